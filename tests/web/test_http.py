"""What only a real server can be asked: bodies in pieces, lies about their length, callers that leave."""

import json
import socket
from collections.abc import Iterable

from tests.make import make_payload
from tests.servers import Answer, Server, shared

pytestmark = shared
JSON = {"Content-Type": "application/json"}


def raw(server: Server, request: bytes) -> bytes:
    """Say exactly this, and return what comes back."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


POST = b"POST /chat HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


def chunked(parts: Iterable[bytes]) -> bytes:
    head = POST + b"Transfer-Encoding: chunked\r\n\r\n"
    body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)
    return head + body + b"0\r\n\r\n"


def test_a_body_in_pieces_is_read(server: Server) -> None:
    text = json.dumps(make_payload()).encode()
    assert b" 200 OK" in raw(server, chunked([text[:10], text[10:]]))[:40]


def test_a_body_in_pieces_without_end_is_too_large(server: Server) -> None:
    answer = raw(server, chunked([b"x" * 10_000] * 20))
    assert b" 413 " in answer[:40]
    assert b"PAYLOAD_TOO_LARGE" in answer


def test_a_body_that_says_it_is_large_is_refused_before_it_is_sent(server: Server) -> None:
    head = POST + b"Content-Length: 1000000000\r\n\r\n"
    assert b"PAYLOAD_TOO_LARGE" in raw(server, head)


def test_a_body_shorter_than_it_says_is_no_crash(server: Server) -> None:
    head = b"POST /chat HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n{"
    answer = raw(server, head)
    assert b" 500 " not in answer[:40]


def test_the_next_caller_is_served_after_a_refused_body(server: Server) -> None:
    refused: Answer = server.ask("POST", "/chat", b"x" * 70_000, JSON)
    assert refused.status == 413
    assert server.post("/chat", make_payload()).status == 200


def test_noise_is_no_request(server: Server) -> None:
    for noise in (
        b"\r\n\r\n",
        b"GET\r\n\r\n",
        b"\x16\x03\x01\x02\x00",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /chat HTTP/1.1\r\n" * 50,
    ):
        assert b" 500 " not in raw(server, noise)[:40]
    assert server.get("/livez").status == 200


def test_an_odd_host_or_path_is_no_crash(server: Server) -> None:
    for path in (
        "/%00",
        "/c/%ff%fe",
        "/c/..%2f..%2fetc",
        "/static/../../wsgi.py",
        "/static/..%2f..%2fwsgi.py",
        "//",
        "/?%zz",
    ):
        assert server.ask("GET", path).status in (200, 308, 400, 404)


def test_the_data_folder_is_never_served(server: Server) -> None:
    for path in ("/data/keys.json", "/static/keys.json", "/keys.json", "/.env", "/wsgi.py"):
        assert server.get(path).status == 404
