"""Two lengths for one body: a real server refuses, and what comes next is not what was hidden in it."""

import socket

import pytest

from tests.make import make_payload
from tests.servers import Server, shared

pytestmark = shared

HIDDEN = b"GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n"
START = b"POST /chat HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
CHUNKED = b"0\r\n\r\n" + HIDDEN


def both(transfer: bytes, length: bytes = b"Content-Length: %d\r\n" % len(CHUNKED)) -> bytes:
    return START + length + transfer + b"\r\n" + CHUNKED


VARIANTS = {
    "CL.TE": both(b"Transfer-Encoding: chunked\r\n"),
    "TE.CL": START + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n" + CHUNKED,
    "TE.CL 0": both(b"Transfer-Encoding: chunked\r\n", b"Content-Length: 0\r\n"),
    "TE twice": both(b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"),
    "TE twice the other way": both(b"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n", b""),
    "TE list": both(b"Transfer-Encoding: identity, chunked\r\n"),
    "TE list twice chunked": both(b"Transfer-Encoding: chunked, chunked\r\n", b""),
    "TE unknown": both(b"Transfer-Encoding: xchunked\r\n"),
    "TE space before colon": both(b"Transfer-Encoding : chunked\r\n"),
    "TE tab": both(b"Transfer-Encoding:\tchunked\r\n"),
    "TE vertical tab": both(b"Transfer-Encoding: \x0bchunked\r\n"),
    "TE folded": both(b"Transfer-Encoding:\r\n chunked\r\n"),
    "TE quoted": both(b'Transfer-Encoding: "chunked"\r\n'),
    "TE with a null": both(b"Transfer-Encoding: chunked\x00\r\n"),
    "TE underscore": both(b"Transfer_Encoding: chunked\r\n", b"Content-Length: 0\r\nTransfer-Encoding: chunked\r\n"),
    "TE in capitals": both(b"TRANSFER-ENCODING: CHUNKED\r\n"),
    "TE empty": both(b"Transfer-Encoding:\r\n"),
    "CL twice": START + b"Content-Length: 0\r\nContent-Length: %d\r\n\r\n" % len(HIDDEN) + HIDDEN,
    "CL list": START + b"Content-Length: 0, %d\r\n\r\n" % len(HIDDEN) + HIDDEN,
    "CL with a plus": START + b"Content-Length: +0\r\n\r\n" + HIDDEN,
    "CL negative": START + b"Content-Length: -1\r\n\r\n" + HIDDEN,
    "CL hexadecimal": START + b"Content-Length: 0x0\r\n\r\n" + HIDDEN,
    "CL with an underscore": START + b"Content-Length: 1_0\r\n\r\n" + HIDDEN,
    "chunk size negative": START + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n" + HIDDEN,
    "chunk size with 0x": START + b"Transfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n" + HIDDEN,
    "chunk size with an underscore": START + b"Transfer-Encoding: chunked\r\n\r\n0_0\r\n\r\n" + HIDDEN,
    "chunk ends with a bare line feed": START + b"Transfer-Encoding: chunked\r\n\r\n2\n{}\n0\n\n" + HIDDEN,
    "header ends with a bare line feed": START
    + b"X: y\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n"
    + CHUNKED,
    "in HTTP/1.0": both(b"Transfer-Encoding: chunked\r\n").replace(b"HTTP/1.1", b"HTTP/1.0", 1),
}


def answers(server: Server, request: bytes) -> bytes:
    """All that comes back until the server hangs up, or says nothing more."""
    heard = b""
    with socket.create_connection(("127.0.0.1", server.port), timeout=2) as connection:
        connection.sendall(request)
        try:
            while more := connection.recv(65536):
                heard += more
        except (TimeoutError, ConnectionResetError):
            pass
    return heard


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_request_of_two_lengths_is_refused_and_hides_nothing(server: Server, variant: str) -> None:
    heard = answers(server, VARIANTS[variant])
    statuses = [line.split(b" ")[1] for line in heard.split(b"\r\n") if line.startswith(b"HTTP/1.")]
    assert len(statuses) == 1, heard
    assert statuses[0].startswith(b"4") or statuses[0] == b"501", heard
    assert server.post("/chat", make_payload()).status == 200


def test_there_are_more_than_twenty() -> None:
    assert len(VARIANTS) >= 20


def test_what_a_caller_says_of_a_proxy_is_not_believed(server: Server) -> None:
    """The server stands on loopback, whose word gunicorn would take of its own accord."""
    forged = {"X-Forwarded-Proto": "https", "X-Forwarded-Ssl": "on", "X-Forwarded-For": "192.0.2.1"}
    page = server.ask("GET", "/docs", headers=forged)
    assert page.status == 200
    assert f"http://127.0.0.1:{server.port}".encode() in page.body
    assert b"https://127.0.0.1" not in page.body
    assert server.ask("GET", "/livez", headers={"SCRIPT_NAME": "/evil"}).status == 200
    assert server.ask("GET", "/evil/livez", headers={"SCRIPT_NAME": "/evil"}).status == 404


def test_two_names_at_once_are_refused(server: Server) -> None:
    assert b" 400 " in answers(server, b"GET /livez HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")[:40]
