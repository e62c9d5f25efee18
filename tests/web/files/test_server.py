"""Uploads to a real server: under gevent and with threads, many at once, in little memory, broken off, too large."""

import http.client
import json
import shutil
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from chatterkeep.domain.files import MAX_FILE
from tests.files import encoded, make_pdf
from tests.make import SONG
from tests.servers import Answer, Server, running

pytestmark = [pytest.mark.xdist_group("files-server"), pytest.mark.slow]

MIB = 1024 * 1024
GROWTH = 40 * MIB
"""What a worker may grow by, however much is sent: one upload alone has a quarter of it in bytes."""

POST = "POST /api/v1/files/upload HTTP/1.1\r\nHost: localhost\r\n"
ROOMY = {"CHATTERKEEP_LIMIT_FILES": "", "CHATTERKEEP_FILES_DAILY": "0"}


@pytest.fixture(scope="module", params=["gevent", "gthread"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, template: Path
) -> Iterator[Server]:
    folder = shutil.copytree(template, tmp_path_factory.mktemp("files") / "data")
    with running(folder, workers=1, GUNICORN_CMD_ARGS=f"-k {request.param} --threads 8", **ROOMY) as server:
        yield server


@pytest.fixture
def session_id(server: Server) -> str:
    return str(server.post("/chat/session", {"customer_name": "Ada", "customer_email": "a@b.c"}).json["session_id"])


def send(server: Server, session_id: str, content: bytes, name: str = "notes.txt") -> Answer:
    body, mimetype = encoded(content, name, session_id=session_id)
    return server.ask("POST", "/api/v1/files/upload", body, {"Content-Type": mimetype})


def resident(server: Server) -> int:
    [worker] = server.workers
    status = Path(f"/proc/{worker}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024


def stored(server: Server) -> list[Path]:
    return list((server.data / "files").glob("*"))


def test_many_at_once_take_little_memory(server: Server, session_id: str) -> None:
    content = b"la la la\n" * (MAX_FILE // 9)
    assert send(server, session_id, content).status == 201
    before = resident(server)
    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(lambda _: send(server, session_id, content).status, range(12)))
    assert statuses == [201] * 12
    assert resident(server) - before <= GROWTH


def test_documents_are_read_side_by_side(server: Server, session_id: str) -> None:
    with ThreadPoolExecutor(6) as pool:
        songs = [f"{SONG} {number}" for number in range(12)]
        answers = list(pool.map(lambda song: send(server, session_id, make_pdf(song), "a.pdf"), songs))
    assert [answer.json["extracted_text"] for answer in answers] == songs


def test_others_are_answered_while_a_document_is_read(server: Server, session_id: str) -> None:
    with ThreadPoolExecutor(2) as pool:
        slow = pool.submit(send, server, session_id, make_pdf(*["x" * 200] * 900), "long.pdf")
        assert [server.get("/livez").status for _ in range(20)] == [200] * 20
        assert slow.result().status in (201, 422)


def test_what_is_too_large_is_refused_in_little_memory(server: Server, session_id: str) -> None:
    before = resident(server)
    for _ in range(10):
        assert announced(server, 1_000_000_000) == 413
    assert endless(server, session_id) == 413
    assert resident(server) - before <= GROWTH


def test_a_hundred_that_break_off_leave_nothing(server: Server, session_id: str) -> None:
    before = len(stored(server))
    body, mimetype = encoded(b"x" * 500_000, "a.txt", session_id=session_id)
    head = f"{POST}Content-Type: {mimetype}\r\nContent-Length: {len(body)}\r\n\r\n"
    for place in range(100):
        with socket.create_connection(("127.0.0.1", server.port), 10) as client:
            client.sendall(head.encode() + body[: 300 + place * 4000])
    deadline = time.monotonic() + 30
    while len(stored(server)) > before and time.monotonic() < deadline:
        time.sleep(0.05)
    assert len(stored(server)) == before


def announced(server: Server, length: int) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.putrequest("POST", "/api/v1/files/upload")
    connection.putheader("Content-Type", "multipart/form-data; boundary=x")
    connection.putheader("Content-Length", str(length))
    connection.endheaders()
    response = connection.getresponse()
    told = json.loads(response.read())
    connection.close()
    assert told["error"]["code"] == "FILE_TOO_LARGE"
    return response.status


def endless(server: Server, session_id: str) -> int:
    """Send pieces until the server has had enough."""
    body, mimetype = encoded(b"", "a.txt", session_id=session_id)
    head = f"{POST}Content-Type: {mimetype}\r\nTransfer-Encoding: chunked\r\n\r\n"
    start = body.removesuffix(b"\r\n--x--\r\n")
    with socket.create_connection(("127.0.0.1", server.port), 30) as client:
        client.sendall(head.encode() + f"{len(start):x}\r\n".encode() + start + b"\r\n")
        piece = b"10000\r\n" + b"x" * 65536 + b"\r\n"
        sent = 0
        try:
            while sent < 2 * MAX_FILE:
                client.sendall(piece)
                sent += 65536
        except OSError:
            pass  # it hung up
        answer = client.recv(4096)
    return int(answer.split()[1])
