"""Sockets for httpcore2 that never wait long without asking whether to go on."""

import ssl
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, wait
from typing import Any, Final

import httpcore2

from chatterkeep.answerers.watch import Watch
from chatterkeep.services.ports import SLICE

CONNECT: Final = 5.0
"""Longest time in seconds to connect to one address, and to shake hands for TLS."""


class Network(httpcore2.NetworkBackend):
    """Opens connections, for one watch."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._sockets = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """Connect within CONNECT seconds for each address of the host. Raises ConnectError and what the watch does."""
        return _watched(self._watch, lambda: self._sockets.connect_tcp(host, port, CONNECT))


class Line(httpcore2.NetworkStream):
    """A connected socket, with or without TLS."""

    def __init__(self, stream: httpcore2.NetworkStream, watch: Watch) -> None:
        self._stream = stream
        self._watch = watch
        self._socket = stream.get_extra_info("socket")
        # once for all, not at each read: it is a call of the system
        self._socket.settimeout(SLICE)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Wait for bytes as long as the watch allows. Raises ReadError and what the watch does."""
        while True:
            try:
                data: bytes = self._socket.recv(max_bytes)
            except TimeoutError:
                self._watch.check()
            except OSError as error:
                raise httpcore2.ReadError from error
            else:
                self._watch.check()
                return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send all. Raises WriteError and what the watch does."""
        rest = memoryview(buffer)
        while rest:
            try:
                rest = rest[self._socket.send(rest) :]
            except TimeoutError:
                self._watch.check()
            except OSError as error:
                raise httpcore2.WriteError from error

    def close(self) -> None:
        """Close the socket."""
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        """Shake hands within CONNECT seconds. Raises ConnectError and what the watch does."""
        return _watched(self._watch, lambda: self._stream.start_tls(ssl_context, server_hostname, CONNECT))

    def get_extra_info(self, info: str) -> Any:
        """Tell what httpcore2 asks about its own streams."""
        return self._stream.get_extra_info(info)


def _watched(watch: Watch, connect: Callable[[], httpcore2.NetworkStream]) -> Line:
    """Connect in a thread of its own: looking up a name and shaking hands cannot be done in slices."""
    made: Future[httpcore2.NetworkStream] = Future()
    threading.Thread(target=_fulfil, args=(made, connect), name="connect", daemon=True).start()
    try:
        watch.check()
        while not made.done():
            wait((made,), SLICE)
            watch.check()
    except BaseException:
        made.add_done_callback(_discard)
        raise
    return Line(made.result(), watch)


def _fulfil(made: Future[httpcore2.NetworkStream], connect: Callable[[], httpcore2.NetworkStream]) -> None:
    try:
        made.set_result(connect())
    except UnicodeError as error:
        # what no host can be called
        made.set_exception(httpcore2.ConnectError(type(error).__name__))
    except Exception as error:
        made.set_exception(error)


def _discard(made: Future[httpcore2.NetworkStream]) -> None:
    if made.exception() is None:
        made.result().close()
