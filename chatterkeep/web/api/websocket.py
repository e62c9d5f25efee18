"""The server's side of a WebSocket (RFC 6455) on the connection of a WSGI request.

One thread reads and any may send. Nothing is compressed: the state of a compressor is several times what all the rest
of an idle connection costs.
"""

import base64
import hashlib
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from socket import SHUT_RDWR, SHUT_WR, socket
from typing import Final

from flask import Request
from werkzeug.exceptions import BadRequest
from werkzeug.exceptions import NotImplemented as NotOffered
from wsproto.connection import Connection, ConnectionState, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Event, Ping, Pong, TextMessage
from wsproto.frame_protocol import CloseReason
from wsproto.utilities import LocalProtocolError

LARGEST: Final = 64 * 1024
"""Longest message in bytes."""

MOST_FRAMES: Final = 20
"""How many frames a client may send within WINDOW seconds."""

WINDOW: Final = 10.0
SILENCE: Final = 15.0
"""Seconds without a word of the client after which it is asked whether it is there; as many later it is given up."""

_MAGIC: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_PARTING: Final = 2.0
_CHUNK: Final = 4096


class Gone(Exception):
    """The connection is over."""


def accept(request: Request) -> "WebSocket":
    """Take the connection of a request over. Raises BadRequest, and NotOffered (501) where the server gives none."""
    key = request.headers.get("Sec-WebSocket-Key", "")
    if request.headers.get("Sec-WebSocket-Version") != "13" or not _is_nonce(key):
        raise BadRequest
    connection = request.environ.get("gunicorn.socket") or request.environ.get("werkzeug.socket")
    if connection is None:
        raise NotOffered
    proof = base64.b64encode(hashlib.sha1(key.encode() + _MAGIC, usedforsecurity=False).digest()).decode()
    head = ("HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade")
    with suppress(OSError):  # who is gone already is found out by the first read
        connection.sendall("\r\n".join([*head, f"Sec-WebSocket-Accept: {proof}", "", ""]).encode())
    return WebSocket(connection)


class WebSocket:
    """An open connection."""

    __slots__ = ("_asked", "_connection", "_frames", "_parts", "_size", "_times", "lock", "open")

    def __init__(self, connection: socket) -> None:
        connection.settimeout(SILENCE)
        self._connection = connection
        self._frames = Connection(ConnectionType.SERVER)
        self._parts: list[str] = []
        self._size = 0
        self._times: deque[float] = deque(maxlen=MOST_FRAMES)
        self._asked = False
        self.lock = threading.RLock()
        """Whoever holds it sends several messages with nothing in between."""
        self.open = True

    def messages(self) -> Iterator[str]:
        """Yield the client's messages until the connection is over."""
        try:
            while self.open:
                for event in self._received():
                    text = self._take(event)
                    if text is not None:
                        yield text
        except Gone:
            pass
        finally:
            self._part()

    def send(self, text: str) -> None:
        """Send a text message. Raises Gone."""
        self._put(TextMessage(text))

    def close(self, code: int, reason: str = "") -> None:
        """Say good-bye with a close code of RFC 6455, section 7.4; once is enough."""
        with self.lock, suppress(Gone):
            self._put(CloseConnection(code, reason))
            self.open = False
            with suppress(OSError):
                self._connection.shutdown(SHUT_WR)

    def _received(self) -> Iterator[Event]:
        try:
            data = self._connection.recv(_CHUNK)
        except TimeoutError:
            if self._asked:
                raise Gone from None
            self._asked = True
            self._put(Ping())
            return
        except OSError as error:
            raise Gone from error
        if not data:
            raise Gone
        self._asked = False
        self._frames.receive_data(data)
        yield from self._frames.events()

    def _take(self, event: Event) -> str | None:
        match event:
            case TextMessage():
                return self._whole(event)
            case Ping():
                self._put(event.response())
                self._count()
            case Pong():
                self._count()
            case BytesMessage():
                self._end(CloseReason.UNSUPPORTED_DATA, "Only text is understood.")
            case CloseConnection():
                self._answer_close(event)
        return None

    def _whole(self, part: TextMessage) -> str | None:
        """The message that ends with this part, if it does."""
        self._size += len(part.data.encode())
        if self._size > LARGEST:
            self._end(CloseReason.MESSAGE_TOO_BIG, f"A message has at most {LARGEST} bytes.")
        if part.frame_finished:
            self._count()
        self._parts.append(part.data)
        if not part.message_finished:
            return None
        text = "".join(self._parts)
        self._parts.clear()
        self._size = 0
        return text

    def _count(self) -> None:
        now = time.monotonic()
        if len(self._times) == MOST_FRAMES and now - self._times[0] < WINDOW:
            self._end(CloseReason.POLICY_VIOLATION, f"At most {MOST_FRAMES} frames in {WINDOW:.0f} seconds.")
        self._times.append(now)

    def _answer_close(self, event: CloseConnection) -> None:
        with self.lock:
            if self._frames.state is not ConnectionState.CLOSED:
                self._put(event.response())
            self.open = False
        raise Gone

    def _end(self, code: CloseReason, reason: str) -> None:
        self.close(code, reason)
        raise Gone

    def _put(self, event: Event) -> None:
        with self.lock:
            if not self.open:
                raise Gone
            try:
                self._connection.sendall(self._frames.send(event))
            except (OSError, LocalProtocolError) as error:
                self.open = False  # half of a frame may be out: nothing can follow it
                with suppress(OSError):
                    self._connection.shutdown(SHUT_RDWR)
                raise Gone from error

    def _part(self) -> None:
        """Hang up, but not on what the client still sends: that would take back the good-bye it has not read yet."""
        self.close(CloseReason.NORMAL_CLOSURE)
        deadline = time.monotonic() + _PARTING
        with suppress(OSError):
            self._connection.shutdown(SHUT_WR)
            self._connection.settimeout(_PARTING / 2)
            while time.monotonic() < deadline and self._connection.recv(LARGEST):
                pass
            self._connection.shutdown(SHUT_RDWR)


def _is_nonce(key: str) -> bool:
    try:
        return len(base64.b64decode(key, validate=True)) == 16
    except ValueError:
        return False
