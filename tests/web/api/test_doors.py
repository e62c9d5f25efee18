"""Who may open a socket, what may be sent over it, and how it is closed."""

import base64
import http.client
import json
import os
import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from chatterkeep.services.api_keys import PREFIX
from tests.apps import running_app
from tests.llm.server import LLM
from tests.make import Clock, make_settings
from tests.servers import Server, running
from tests.waiting import until
from tests.web.api.clients import WHO, shared, socket, start
from tests.web.api.conftest import asking

pytestmark = [shared, pytest.mark.slow]


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory, template: Path, model: LLM) -> Iterator[Server]:
    """A server that asks for credentials, and takes five messages from one session in a minute."""
    folder = tmp_path_factory.mktemp("guarded") / "data"
    strict = {"CHATTERKEEP_API_AUTH": "required", "CHATTERKEEP_LIMIT_PHONE": "5/minute"}
    with running(shutil.copytree(template, folder), **{**asking(model), **strict}) as server:
        yield server


@pytest.fixture(scope="module")
def key(guarded: Server) -> dict[str, str]:
    """The header of a key with the scope `chat`."""
    return {"Authorization": f"Bearer {_make_key(guarded, 'chat')}"}


def test_a_token_opens_its_own_session_alone(guarded: Server, key: dict[str, str]) -> None:
    mine, other = (guarded.post("/chat/session", WHO, key).json for _ in range(2))
    bearer = {"Authorization": f"Bearer {mine['token']}"}
    with socket(guarded, mine["session_id"], headers=bearer) as client:
        client.send(type="ping")
        assert client.hear() == {"type": "pong"}
    assert handshake(guarded, other["session_id"], bearer) == (404, "SESSION_NOT_FOUND")


def test_a_key_needs_the_scope(guarded: Server, key: dict[str, str]) -> None:
    session_id = guarded.post("/chat/session", WHO, key).json["session_id"]
    weak = {"Authorization": f"Bearer {_make_key(guarded, 'files')}"}
    assert handshake(guarded, session_id, key) == (101, "")
    assert handshake(guarded, session_id, weak) == (403, "FORBIDDEN")
    assert handshake(guarded, session_id) == (401, "UNAUTHORIZED")
    assert handshake(guarded, session_id, {"Authorization": "Bearer ck_s_wrong"}) == (401, "UNAUTHORIZED")


def test_a_key_that_is_revoked_closes_what_it_opened(guarded: Server) -> None:
    key = _make_key(guarded, "chat")
    bearer = {"Authorization": f"Bearer {key}"}
    session_id = guarded.post("/chat/session", WHO, bearer).json["session_id"]
    ticket = guarded.post(f"/chat/session/{session_id}/ticket", {}, bearer).json["ticket"]
    with (
        socket(guarded, session_id, headers=bearer) as by_key,
        socket(guarded, session_id, f"?ticket={ticket}") as by_ticket,
    ):
        for client in (by_key, by_ticket):
            client.send(type="ping")
            client.hear()
        with running_app(make_settings(data_dir=guarded.data), Clock()) as app:
            app.extensions["chatterkeep"].api_keys.revoke(key[:PREFIX], datetime.now(UTC))
        assert (by_key.closing(), by_ticket.closing()) == (1008, 1008)


def test_a_ticket_opens_its_session_once(guarded: Server, key: dict[str, str]) -> None:
    mine, other = (guarded.post("/chat/session", WHO, key).json for _ in range(2))
    path = f"/chat/session/{mine['session_id']}/ticket"
    tickets = [guarded.post(path, {}, {"Authorization": f"Bearer {mine['token']}"}).json for _ in range(2)]
    assert tickets[0]["expires_in"] == 30
    first, second = (ticket["ticket"] for ticket in tickets)
    with socket(guarded, mine["session_id"], f"?ticket={first}") as client:
        client.send(message="hello")
        assert client.hear()["type"] == "message_sent"
    for _ in range(4):  # whichever worker is asked
        assert handshake(guarded, mine["session_id"], query=f"?ticket={first}") == (401, "UNAUTHORIZED")
    assert handshake(guarded, other["session_id"], query=f"?ticket={second}") == (404, "SESSION_NOT_FOUND")
    assert handshake(guarded, mine["session_id"], query="?ticket=forged") == (401, "UNAUTHORIZED")


def test_a_session_that_is_not_there_has_no_tickets_and_no_socket(guarded: Server, key: dict[str, str]) -> None:
    nobody = "00000000-0000-4000-8000-000000000000"
    assert guarded.post(f"/chat/session/{nobody}/ticket", {}, key).status == 404
    for session_id in (nobody, "nonsense"):
        assert handshake(guarded, session_id, key) == (404, "SESSION_NOT_FOUND")


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", "http://127.0.0.1.evil"])
def test_another_site_is_refused(server: Server, origin: str) -> None:
    assert handshake(server, start(server), {"Origin": origin}) == (403, "FORBIDDEN")


def test_our_own_pages_are_not(server: Server) -> None:
    assert handshake(server, start(server), {"Origin": server.url}) == (101, "")


@pytest.mark.parametrize("after", ["x", "1.", "1.2+3", "1.2-3.4", "-1.2"])
def test_a_cursor_that_is_none_is_refused_before_anything_is_opened(server: Server, after: str) -> None:
    assert handshake(server, start(server), query=f"?after={after}") == (422, "VALIDATION_ERROR")


def test_what_is_no_handshake_is_refused(server: Server) -> None:
    session_id = start(server)
    assert handshake(server, session_id, {"Sec-WebSocket-Version": "8"})[0] == 400
    assert handshake(server, session_id, {"Sec-WebSocket-Key": "short"})[0] == 400
    assert server.get(f"/ws/{session_id}/tests").status == 400


@pytest.mark.parametrize(
    ("frame", "says"),
    [
        ("hello", "not valid JSON"),
        ("[]", "must be a JSON object"),
        ("{}", "'message' is missing"),
        ('{"message": 5}', "must be a text"),
        ('{"type": "sing"}', "must be"),
        ('{"type": "ping", "loud": true}', "no such field"),
        ('{"message": "' + "x" * 1601 + '"}', "at most 1600"),
        ('{"type": "stop"}', "no such message"),
        ("[" * 5000, "nested deeper"),
    ],
)
def test_what_is_no_order_is_an_error_and_the_talk_goes_on(server: Server, frame: str, says: str) -> None:
    with socket(server, start(server, flow="greeting")) as client:
        client.send_raw(frame)
        error = client.hear()
        assert error["type"] == "error"
        assert says in error["content"]
        client.send(type="ping")
        assert client.hear() == {"type": "pong"}


def test_a_message_over_the_limit_is_told_to_be_lost(guarded: Server, key: dict[str, str]) -> None:
    session_id = guarded.post("/chat/session", {**WHO, "flow": "greeting"}, key).json["session_id"]
    with socket(guarded, session_id, headers=key) as client:
        for number in range(6):
            client.send(message=f"message {number}")
        error = client.until("error")
        assert error["code"] == "RATE_LIMIT_EXCEEDED"
        assert error["content"].endswith("Your message was not stored.")
        assert 1 <= error["retry_after"] <= 60
        assert len([message for message in client.heard if message["type"] == "message_sent"]) == 5


@pytest.mark.parametrize(
    ("frame", "code"),
    [("x" * 65_537, 1009), ("é" * 33_000, 1009), (b"hello", 1003)],
    ids=["too large", "too large in bytes", "binary"],
)
def test_a_frame_that_cannot_be_taken_ends_the_talk(server: Server, frame: str | bytes, code: int) -> None:
    with socket(server, start(server)) as client:
        client.send_raw(frame)
        assert client.closing() == code


def test_a_flood_ends_the_talk(server: Server) -> None:
    with socket(server, start(server)) as client:
        for _ in range(20):
            client.send(type="ping")
        assert client.closing() == 1008
        assert client.heard == [{"type": "pong"}] * 19


def test_the_log_tells_of_a_socket_when_it_is_over(server: Server) -> None:
    def long_ones() -> list[dict[str, Any]]:
        told = [json.loads(line) for line in server.log.read_text().splitlines() if "/ws/<session_id>" in line]
        return [line for line in told if line["ms"] >= 300]

    before = len(long_ones())
    with socket(server, start(server)) as client:
        client.send(type="ping")
        client.hear()
        time.sleep(0.3)
    until(lambda: len(long_ones()) > before)  # sockets of other tests may be told of only now, too
    assert long_ones()[-1]["status"] == 101


def handshake(
    server: Server, session_id: str, headers: dict[str, str] | None = None, query: str = ""
) -> tuple[int, str]:
    """Ask for a socket; the status and the code of the error."""
    sent = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
        **(headers or {}),
    }
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        connection.request("GET", f"/ws/{session_id}/tests{query}", headers=sent)
        response = connection.getresponse()
        return response.status, "" if response.status == 101 else json.loads(response.read())["error"]["code"]
    finally:
        connection.close()


def _make_key(server: Server, scope: str) -> str:
    with running_app(make_settings(data_dir=server.data), Clock()) as app:
        return app.extensions["chatterkeep"].api_keys.create(scope, (scope,), None, datetime.now(UTC))
