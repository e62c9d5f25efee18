"""A16: no single request ends a worker, nor makes it unable to answer the next one."""

import socket
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests import servers
from tests.make import make_payload
from tests.servers import Server
from tests.web.chat.test_bad_input import FIELDS, FORM, FORMS, JSON, SYNTAX, TYPES

pytestmark = [servers.shared, pytest.mark.slow]

JSON_ROUTES = ("/chat", "/sessions", "/chat/session", "/chat/message", "/api/v1/chat", "/webhooks/sms")
POST = b"POST /chat HTTP/1.1\r\nHost: localhost\r\n"
RAW = {
    "nothing": b"",
    "bytes of no protocol": bytes(range(256)) * 16,
    "TLS": bytes.fromhex("1603010200010001fc0303") + bytes(500),
    "half a line": b"GET / HT",
    "half the headers": b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ",
    "half the body": POST + b"Content-Type: application/json\r\nContent-Length: 99\r\n\r\n{",
    "a line of 100 kB": b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "1,000 headers": b"GET / HTTP/1.1\r\n" + b"".join(b"X-%d: x\r\n" % n for n in range(1000)) + b"\r\n",
    "a header of 100 kB": b"GET / HTTP/1.1\r\nX: " + b"a" * 100_000 + b"\r\n\r\n",
    "a negative length": POST + b"Content-Length: -1\r\n\r\n",
    "a length of a googol": POST + b"Content-Length: 1" + b"0" * 100 + b"\r\n\r\n",
    "broken chunks": POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nx\r\n0\r\n\r\n",
    "an endless chunk": POST + b"Transfer-Encoding: chunked\r\n\r\nffffffffffff\r\nx",
    "NUL in the path": b"GET /\0 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "bad escapes": b"GET /c/%ff%00%zz%c0%ae HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "no such version": b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
    "no such method": b"\xff\xfe / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "an odd host": b"GET / HTTP/1.1\r\nHost: \xff\xfe[::1\r\n\r\n",
    "a socket and no handshake": b"GET /ws/x/y HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    "ten requests at once": b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n" * 10,
}


@pytest.fixture
def unhurt(server: Server) -> Iterator[Server]:
    """The server; at the end its workers are those it had, and each still answers."""
    before = server.workers
    yield server
    assert server.workers == before, "a worker ended"
    assert [server.post("/chat", make_payload()).status for _ in range(8)] == [200] * 8
    assert "request.crashed" not in server.log.read_text()


def test_no_body_ends_a_worker(unhurt: Server) -> None:
    bodies = [*SYNTAX.values(), *(text for text, _ in FIELDS.values()), *(text for text, _ in FORMS.values())]
    for place, body in enumerate(bodies):
        data = body if isinstance(body, bytes) else body.encode("utf-8", "surrogatepass")
        for media in (JSON, FORM):
            path = JSON_ROUTES[place % len(JSON_ROUTES)]
            assert unhurt.ask("POST", path, data, {"Content-Type": media}).status < 500, (path, media, data[:99])
    for media in TYPES:
        assert unhurt.ask("POST", "/chat", b"{}", {"Content-Type": media}).status < 500


@pytest.mark.parametrize("sent", RAW.values(), ids=RAW)
def test_nothing_on_the_wire_ends_a_worker(unhurt: Server, sent: bytes) -> None:
    # Hanging up on it is an answer too.
    with socket.create_connection(("127.0.0.1", unhurt.port), timeout=10) as connection, suppress(OSError):
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65_536):
            pass
