"""One connection of the fake server: reads requests, plays scripts, and notes when the client goes away."""

import asyncio
import json
import socket
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any, Protocol

from tests.llm import replies
from tests.llm.faults import End, Step

_NUMBERS = count(1)
_BURST = 64
"""How many steps without a wait are taken in one go, so that an endless answer leaves the others their turn."""


@dataclass(slots=True)
class Request:
    """A request as the server saw it. Times are of `time.monotonic`."""

    connection: int
    headers: dict[str, str]
    body: dict[str, Any]
    began: float
    answered: float | None = None
    """When the answer was complete."""
    gone: float | None = None
    """When the client closed the connection before that."""

    @property
    def question(self) -> str:
        """What the user wrote last."""
        return str(next(line["content"] for line in reversed(self.body["messages"]) if line["role"] == "user"))


class Host(Protocol):
    """What a connection needs of its server."""

    connections: "set[Connection]"

    def script(self, request: Request) -> Iterator[Step]:
        """Note a request and decide how to answer it."""
        ...

    def embed(self, headers: dict[str, str], body: dict[str, Any]) -> bytes | None:
        """Note texts and return a response with their vectors, None to say nothing."""
        ...

    def control(self, orders: dict[str, Any]) -> None:
        """Change the server's settings."""
        ...


class Connection(asyncio.Protocol):
    """HTTP/1.1 with keep-alive, one request at a time."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._number = next(_NUMBERS)
        self._received = b""
        self._request: Request | None = None
        self._steps: Iterator[Step] = iter(())
        self._timer: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()
        self._full = self._held = False
        self._waiting: bytes | End | None = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._host.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._host.connections.discard(self)
        if self._timer:
            self._timer.cancel()
        if self._request and self._request.answered is None:
            self._request.gone = time.monotonic()

    def pause_writing(self) -> None:
        self._full = True

    def resume_writing(self) -> None:
        self._full = False
        if self._held:
            self._held = False
            self._play()

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._received[:1].isupper():
            self._transport.write(replies.error("400 Bad Request", "This is no HTTP."))
            self._transport.close()
            return
        head, found, rest = self._received.partition(b"\r\n\r\n")
        if not found:
            return
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = int(headers.get("content-length", 0))
        if len(rest) >= length:
            self._received = rest[length:]
            self._answer(first, headers, rest[:length])

    def close(self) -> None:
        """Go away, at once."""
        self._transport.abort()

    def _answer(self, first: str, headers: dict[str, str], body: bytes) -> None:
        method, path, _ = first.split(" ")
        if (method, path) == ("POST", "/v1/chat/completions"):
            self._request = Request(self._number, headers, json.loads(body), time.monotonic())
            self._steps = self._host.script(self._request)
            self._next()
        elif (method, path) == ("POST", "/v1/embeddings"):
            if response := self._host.embed(headers, json.loads(body)):
                self._transport.write(response)
        elif (method, path) == ("GET", "/v1/models"):
            known = [{"id": name, "object": "model", "owned_by": "tests"} for name in ("fake-1", "fake-embed-1")]
            models = {"object": "list", "data": known}
            self._transport.write(replies.page("200 OK", json.dumps(models).encode()))
        elif (method, path) == ("POST", "/control"):
            self._host.control(json.loads(body))
            self._transport.write(replies.page("200 OK", b"{}"))
        else:
            self._transport.write(replies.error("404 Not Found", "There is nothing here."))

    def _next(self) -> None:
        """Take steps until one has to wait: for its time, or for the client to read."""
        for _ in range(_BURST):
            wait, self._waiting = next(self._steps, (0.0, End.CLOSE))
            if wait:
                self._timer = self._loop.call_later(wait, self._play)
                return
            if not self._may_act():
                return
        self._timer = self._loop.call_later(0, self._next)

    def _play(self) -> None:
        if self._may_act():
            self._next()

    def _may_act(self) -> bool:
        """Take the step that waits unless the client does not read; say whether another may follow."""
        self._held = self._full
        return not self._full and self._act()

    def _act(self) -> bool:
        act, self._waiting = self._waiting, None
        if self._transport.is_closing():
            return False
        if isinstance(act, bytes):
            self._transport.write(act)
            return True
        self._end(act or End.CLOSE)
        return False

    def _end(self, end: End) -> None:
        if end is End.HANG:
            return
        if self._request:
            self._request.answered = time.monotonic()
        if end is End.RESET:
            no_linger = struct.pack("ii", 1, 0)
            self._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, no_linger)
            self._transport.abort()
        elif end is End.CLOSE:
            self._transport.close()
