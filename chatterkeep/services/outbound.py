"""Requests to addresses that others may have chosen: to nowhere private, to the very address that was looked at, once.

No redirect is followed, no proxy of the environment is used, and one deadline of ours holds for all of it, from the
look-up of the name to the end of the answer, however slowly that drips.
"""

import http.client
import io
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf
from typing import Any, Final

from chatterkeep.domain.tools import Method
from chatterkeep.services.targets import Resolver, Target, UnknownTarget, find_addresses, look_up

LONGEST_ANSWER: Final = 64 * 1024
"""Bytes of an answer that are read; the rest is left."""

SECONDS: Final = 5.0
"""How long one request may take in all."""


SLICE: Final = 0.25
"""Longest time in seconds that is waited for bytes without asking whether they are still wanted."""


class NotSent(Exception):
    """Nobody was reached, so nothing was done. Its words hold no address."""


class Unanswered(Exception):
    """The request went out, at least in part, and no whole answer came in time: nobody knows what was done."""


@dataclass(frozen=True, slots=True)
class Response:
    """What was answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def always() -> bool:
    """Want an answer whatever happens."""
    return True


@dataclass(frozen=True, slots=True)
class Bounds:
    """How long a request may take in all, how much of its answer is read (bytes), and until when it is wanted."""

    seconds: float = SECONDS
    longest: int = LONGEST_ANSWER
    wanted: Callable[[], bool] = always


class Outbound:
    """Makes requests. `private` lets them reach private addresses; `trust` is the TLS context, the system's if None."""

    def __init__(
        self,
        *,
        private: bool,
        seconds: float = SECONDS,
        resolve: Resolver = look_up,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self._private = private
        self._seconds = seconds
        self._resolve = resolve
        self._trust = trust

    def post(self, target: Target, headers: Mapping[str, str], body: bytes) -> Response:
        """Post a body. Raises ForbiddenTarget, NotSent and Unanswered."""
        return self.send(Method.POST, target, headers, body, Bounds(self._seconds))

    def send(self, method: Method, target: Target, headers: Mapping[str, str], body: bytes, bounds: Bounds) -> Response:
        """Make a request within bounds. Raises ForbiddenTarget, NotSent and Unanswered."""
        deadline = _Deadline(bounds.seconds, bounds.wanted)
        connection = self._connect(target, deadline)
        try:
            deadline.limit(connection)
            connection.sendall(_head(method, target, headers, body) + body)
            return _read(connection, deadline, method, bounds.longest)
        except (OSError, http.client.HTTPException) as error:
            raise Unanswered(type(error).__name__) from None
        finally:
            connection.close()

    def _connect(self, target: Target, deadline: "_Deadline") -> socket.socket:
        try:
            addresses = find_addresses(target, self._resolve, deadline.left, private=self._private)
        except UnknownTarget as error:
            raise NotSent(str(error)) from None
        problem: OSError = TimeoutError()
        for address in addresses:
            try:
                return self._secured(target, socket.create_connection((address, target.port), deadline.left), deadline)
            except OSError as error:  # the next address may answer
                problem = error
        raise NotSent(type(problem).__name__) from None

    def _secured(self, target: Target, connection: socket.socket, deadline: "_Deadline") -> socket.socket:
        if target.scheme == "http":
            return connection
        if self._trust is None:
            self._trust = ssl.create_default_context()
        try:
            deadline.limit(connection)
            return self._trust.wrap_socket(connection, server_hostname=target.host)
        except BaseException:
            connection.close()
            raise


class _Deadline:
    """A moment by our own clock. Raises TimeoutError once it has passed, or once nobody wants the answer."""

    def __init__(self, seconds: float, wanted: Callable[[], bool]) -> None:
        self._end = time.monotonic() + seconds
        self._wanted = wanted

    @property
    def left(self) -> float:
        left = self._end - time.monotonic()
        if left <= 0 or not self._wanted():
            raise TimeoutError
        return left

    def limit(self, connection: socket.socket, most: float = inf) -> None:
        connection.settimeout(min(self.left, most))


class _Dripping(io.RawIOBase):
    """The bytes of a connection, each piece of which must come before the deadline of all."""

    def __init__(self, connection: socket.socket, deadline: _Deadline) -> None:
        self._connection = connection
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while True:
            self._deadline.limit(self._connection, SLICE)
            try:
                return self._connection.recv_into(buffer)
            except TimeoutError:
                continue  # unless the deadline has passed

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)


def _head(method: Method, target: Target, headers: Mapping[str, str], body: bytes) -> bytes:
    length = {} if method is Method.GET else {"Content-Length": str(len(body))}
    fields = {"Host": target.authority, **headers, **length, "Connection": "close"}
    lines = [f"{method.value} {target.path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
    if not all(line.isascii() and line.isprintable() for line in lines):
        raise ValueError("a header must be one line of visible ASCII")
    return "\r\n".join([*lines, "", ""]).encode()


def _read(connection: socket.socket, deadline: _Deadline, method: Method, longest: int) -> Response:
    response = http.client.HTTPResponse(_Dripping(connection, deadline), method=method.value)  # type: ignore[arg-type]
    response.begin()
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Response(response.status, headers, response.read(longest))
