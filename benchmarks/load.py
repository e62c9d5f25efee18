"""A closed-loop HTTP load: each connection sends its next request when its last was answered.

Plain sockets and the least parsing that is still right, because the load shares the cores with the
servers it measures: its own cost must stay small beside a bare Flask route.
"""

import re
import socket
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from selectors import EVENT_READ, DefaultSelector
from typing import Protocol

Address = tuple[str, int]

SILENCE_SECONDS = 30.0
_CONTENT_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_WITHOUT_BODY = {204, 304}


class Dialogue(Protocol):
    """One connection's side of the talk: what it sends next, and whether the answer is right."""

    def request(self) -> bytes: ...

    def fault(self, status: int, body: bytes) -> str | None: ...


class Unanswered(Exception):
    """The server says nothing for longer than any answer may take."""


@dataclass(slots=True)
class Measure:
    """What one round saw: the seconds each answer took, and what was wrong with wrong ones."""

    seconds: float
    timings: list[float] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)

    @property
    def rate(self) -> float:
        return len(self.timings) / self.seconds

    def percentile(self, percent: float) -> float:
        """The time within which that share of the answers came, in milliseconds."""
        ordered = sorted(self.timings)
        position = min(len(ordered) - 1, int(len(ordered) * percent / 100))
        return ordered[position] * 1000 if ordered else 0.0

    def __str__(self) -> str:
        times = "  ".join(f"p{p} {self.percentile(p):.1f} ms" for p in (50, 95, 99))
        faults = f"  FAULTS {dict(self.faults)}" if self.faults else ""
        return f"{self.rate:6.0f}/s  {times}{faults}"


class _Connection:
    """A kept-alive connection with at most one request on its way."""

    def __init__(self, opened: socket.socket, dialogue: Dialogue) -> None:
        self._address = opened.getpeername()
        self.dialogue = dialogue
        self.sent_at = 0.0
        self.socket = opened
        self._received = b""

    def reconnect(self) -> None:
        self.socket.close()
        self.socket = connect(self._address)
        self._received = b""

    def send(self) -> None:
        request = self.dialogue.request()
        self.sent_at = time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> tuple[int, bytes] | None:
        """The answer once it is whole, else None. Raises ConnectionError when there is none."""
        chunk = self.socket.recv(65536)
        if not chunk:
            raise ConnectionResetError
        self._received = received = self._received + chunk
        head_end = received.find(b"\r\n\r\n")
        if head_end < 0:
            return None
        status = int(received[9:12])
        body_start = head_end + 4
        body_end = body_start + content_length(status, received[:head_end])
        if len(received) < body_end:
            return None
        self._received = received[body_end:]
        return status, received[body_start:body_end]


def content_length(status: int, head: bytes) -> int:
    """Bytes of the body that follows this head."""
    found = _CONTENT_LENGTH.search(head)
    if found:
        return int(found[1])
    if status in _WITHOUT_BODY:
        return 0
    raise ValueError(f"an answer {status} without Content-Length, which this load does not read")


def connect(address: Address) -> socket.socket:
    opened = socket.create_connection(address, timeout=SILENCE_SECONDS)
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return opened


def drive(
    opened: Sequence[socket.socket],
    dialogues: Sequence[Dialogue],
    seconds: float,
    warm_up: float = 1.0,
) -> Measure:
    """Let each dialogue talk over its connection for that long; the warm-up is not counted."""
    connections = [_Connection(*pair) for pair in zip(opened, dialogues, strict=True)]
    measure = Measure(seconds)
    with DefaultSelector() as selector:
        for connection in connections:
            selector.register(connection.socket, EVENT_READ, connection)
            connection.send()
        counted_from = time.perf_counter() + warm_up
        _talk(selector, measure, counted_from, counted_from + seconds)
        _hear_the_last(selector, len(connections))
    for connection in connections:
        connection.socket.close()
    return measure


def _talk(selector: DefaultSelector, measure: Measure, counted_from: float, until: float) -> None:
    while time.perf_counter() < until:
        for connection in _ready(selector):
            try:
                answer = connection.receive()
            except ConnectionError:
                measure.faults["connection closed"] += 1
                selector.unregister(connection.socket)
                connection.reconnect()
                selector.register(connection.socket, EVENT_READ, connection)
                connection.send()
                continue
            if answer is None:
                continue
            now = time.perf_counter()
            if counted_from <= now < until:
                measure.timings.append(now - connection.sent_at)
            fault = connection.dialogue.fault(*answer)
            if fault:
                measure.faults[fault] += 1
            connection.send()


def _hear_the_last(selector: DefaultSelector, waiting: int) -> None:
    """Take the answers still on their way, so that no work of this round is left for the next."""
    while waiting:
        for connection in _ready(selector):
            try:
                waiting -= connection.receive() is not None
            except ConnectionError:
                selector.unregister(connection.socket)
                waiting -= 1


def _ready(selector: DefaultSelector) -> Iterator[_Connection]:
    events = selector.select(SILENCE_SECONDS)
    if not events:
        raise Unanswered(f"no answer on any connection for {SILENCE_SECONDS:.0f} s")
    for key, _ in events:
        yield key.data
