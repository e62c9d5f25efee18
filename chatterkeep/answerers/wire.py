"""Carries requests to a provider over HTTP/1.1, and asks at least every SLICE whether the answer is still wanted.

One connection serves one call at a time. Those that are free wait on a stack: taking one costs the same with one as
with a thousand in use, where a pool of httpcore2 looks through all of them at every request and every end.
"""

import ssl
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Final

import httpcore2
import httpx2

from chatterkeep.answerers.network import Network
from chatterkeep.answerers.watch import Watch
from chatterkeep.domain.answers import Failure, NoAnswer
from chatterkeep.services.ports import Call

MOST_IDLE: Final = 256
"""How many free connections are kept."""

KEPT: Final = 4.0
"""How long a free connection is kept, in seconds: less than the 5 after which uvicorn and Node close theirs."""

LONGEST_BODY: Final = 64 * 64 * 1024
"""Bytes of a good response: 16 KiB of text in tokens of two bytes, wrapped in 400 bytes of JSON each, pass."""

LONGEST_ERROR: Final = 64 * 1024
"""Bytes that are read of a response that reports an error."""

_CALL: ContextVar[Call] = ContextVar("call")


@contextmanager
def on_behalf_of(call: Call) -> Iterator[None]:
    """Requests sent in this block, by this thread or greenlet, are for this call."""
    token = _CALL.set(call)
    try:
        yield
    finally:
        _CALL.reset(token)


class _Connection:
    """A connection and who watches over it."""

    def __init__(self, origin: httpcore2.Origin, tls: ssl.SSLContext | None) -> None:
        self.freed = 0.0
        self.watch = Watch()
        self.http = httpcore2.HTTPConnection(
            origin, ssl_context=tls, keepalive_expiry=KEPT, network_backend=Network(self.watch)
        )


class Transport(httpx2.BaseTransport):
    """Sends the requests of a client to one origin. Raises NoAnswer and Unwanted instead of the errors of httpx2."""

    def __init__(self, base_url: str) -> None:
        self._origin = httpcore2.URL(base_url).origin
        self._tls = httpcore2.default_ssl_context() if self._origin.scheme == b"https" else None
        self._idle: deque[_Connection] = deque()

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request on behalf of the call of `on_behalf_of`. The response has its Watch among its extensions."""
        connection = self._take()
        connection.watch.begin(_CALL.get())
        with _as_no_answer():
            response = connection.http.handle_request(self._translated(request))
        body, headers = _Body(response, lambda: self._give_back(connection)), response.headers
        if response.status >= 300:
            body.most, body.strict = LONGEST_ERROR, False
            # unpacked, it might be of any size
            headers = [header for header in headers if header[0].lower() != b"content-encoding"]
        return httpx2.Response(response.status, headers=headers, stream=body, extensions={"watch": connection.watch})

    def close(self) -> None:
        """Close the connections that are free."""
        while self._idle:
            self._idle.pop().http.close()

    def _translated(self, request: httpx2.Request) -> httpcore2.Request:
        url = request.url
        target = httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        return httpcore2.Request(request.method, target, headers=request.headers.raw, content=request.read())

    def _take(self) -> _Connection:
        try:
            while (connection := self._idle.pop()).http.has_expired():
                connection.http.close()
            return connection
        except IndexError:
            return _Connection(self._origin, self._tls)

    def _give_back(self, connection: _Connection) -> None:
        if not connection.http.is_idle():
            connection.http.close()
            return
        connection.freed = time.monotonic()
        self._idle.append(connection)
        # the oldest lies at the bottom: so the stack shrinks again after a rush
        with suppress(IndexError):
            oldest = self._idle.popleft()
            if len(self._idle) < MOST_IDLE and connection.freed - oldest.freed < KEPT:
                self._idle.appendleft(oldest)
            else:
                oldest.http.close()


class _Body(httpx2.SyncByteStream):
    """The body of a response, up to a number of bytes: beyond, a strict one fails, another just ends."""

    def __init__(self, response: httpcore2.Response, give_back: Callable[[], None]) -> None:
        self.most = LONGEST_BODY
        self.strict = True
        self._response = response
        self._give_back: Callable[[], None] | None = give_back

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        with _as_no_answer():
            for chunk in self._response.iter_stream():
                size += len(chunk)
                if size <= self.most:
                    yield chunk
                elif self.strict:
                    raise NoAnswer(Failure.TOO_LONG, f"more than {self.most} bytes on the wire")
                else:
                    return

    def close(self) -> None:
        """Free the connection where the response was read to its end, else close it."""
        give_back, self._give_back = self._give_back, None
        if give_back:
            self._response.close()
            give_back()


@contextmanager
def _as_no_answer() -> Iterator[None]:
    try:
        yield
    except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
        raise NoAnswer(Failure.UNREACHABLE, type(error.__context__ or error).__name__) from None
    except (httpcore2.NetworkError, httpcore2.RemoteProtocolError, httpcore2.TimeoutException) as error:
        raise NoAnswer(Failure.CUT_OFF, type(error).__name__) from None
