"""POST /chat/session, GET /chat/session/{id} and POST /chat/message."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from chatterkeep.services.wiring import Services
from chatterkeep.settings import Settings
from tests import databases, rows
from tests.make import NAME, NOW
from tests.web.api.clients import WHO

pytestmark = databases.both

Call = Callable[..., TestResponse]


@pytest.fixture
def call(client: FlaskClient, services: Services) -> Call:
    """Posts as the holder of a key, or of the token that is given."""
    key = services.api_keys.create("tests", ("chat",), None, NOW)

    def send(path: str, body: dict[str, Any] | None = None, token: str = key, **options: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {token}", **options.pop("headers", {})}
        method = options.pop("method", "GET" if body is None else "POST")
        return client.open(path, method=method, json=body, headers=headers, **options)

    return send


def start(call: Call, **fields: Any) -> dict[str, Any]:
    answer = call("/chat/session", {**WHO, **fields})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def test_a_session_keeps_what_is_told_of_the_customer(call: Call) -> None:
    told = {"flight_no": "CK 42", "date": "2026-03-14", "bags": [1, {"kg": 2.5}], "vip": True, "seat": None}
    started = start(call, **told)
    assert started["status"] == "created"
    assert started["token"].startswith("ck_s_")
    assert started["context"] == {**WHO, **told}
    shown = call(f"/chat/session/{started['session_id']}").get_json()
    assert shown == {"session_id": started["session_id"], "context": {**WHO, **told}}


def test_who_reads_the_database_learns_nothing_of_it(call: Call, settings: Settings) -> None:
    start(call, customer_name=NAME, flight_no="CK 42-secret")
    stored = rows.everything(settings)
    assert [word for word in (NAME, "CK 42-secret", "ada@example.com") if word.encode() in stored] == []


def test_a_session_is_resumed_with_more_known_of_it(call: Call) -> None:
    first = start(call, flight_no="CK 42")
    again = start(call, session_id=first["session_id"], flight_no="CK 43", gate="B7")
    assert again["status"] == "resumed"
    assert again["session_id"] == first["session_id"]
    assert again["context"] == {**WHO, "flight_no": "CK 43", "gate": "B7"}
    shown = call(f"/chat/session/{first['session_id']}", token=first["token"]).get_json()
    assert shown["context"] == again["context"]


def test_one_more_token_is_for_those_who_may_do_all_that_it_may(call: Call, services: Services) -> None:
    """Else the scope `chat` would open every transcript."""
    first = start(call)
    assert start(call, session_id=first["session_id"])["token"] is None
    key = services.api_keys.create("all", ("chat", "sessions:read", "sessions:write"), None, NOW)
    again = call("/chat/session", {**WHO, "session_id": first["session_id"]}, key).get_json()
    assert call(f"/chat/session/{first['session_id']}", token=again["token"]).status_code == 200


def test_the_holder_of_a_token_resumes_without_being_given_another(call: Call) -> None:
    first = start(call)
    again = call("/chat/session", {**WHO, "session_id": first["session_id"]}, first["token"]).get_json()
    assert (again["status"], again["token"]) == ("resumed", None)


def test_a_session_token_opens_no_other_session(call: Call) -> None:
    mine, other = start(call), start(call)
    assert call("/chat/session", WHO, mine["token"]).status_code == 403
    assert call(f"/chat/session/{other['session_id']}", token=mine["token"]).status_code == 404
    for path in ("/chat/message", "/api/v1/chat"):
        answer = call(path, {"session_id": other["session_id"], "message": "hello"}, mine["token"])
        assert answer.status_code == 404
    assert call(f"/chat/session/{other['session_id']}/ticket", {}, mine["token"]).status_code == 404


def test_a_session_that_is_not_there_cannot_be_resumed(call: Call) -> None:
    answer = call("/chat/session", {**WHO, "session_id": "00000000-0000-4000-8000-000000000000"})
    assert answer.status_code == 404
    assert answer.get_json()["error"]["code"] == "SESSION_NOT_FOUND"


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"customer_name": ""}, 422),
        ({"customer_name": 5}, 422),
        ({"customer_email": "nobody"}, 422),
        ({"flow": "no-such"}, 422),
        ({"notes": "x" * 8200}, 422),
        ({"notes": "\ud800"}, 400),
    ],
    ids=["no name", "no text", "no address", "no flow", "too large", "half a pair"],
)
def test_what_is_no_session_is_refused(call: Call, fields: dict[str, Any], status: int) -> None:
    assert call("/chat/session", {**WHO, **fields}).status_code == status


def test_a_number_beyond_all_numbers_is_refused(call: Call) -> None:
    body = '{"customer_name": "Ada", "customer_email": "a@b.c", "bags": 1e999}'
    answer = call("/chat/session", method="POST", data=body, content_type="application/json")
    assert answer.status_code == 422
    assert answer.get_json()["error"]["message"] == "A number is too large."


def test_what_is_known_does_not_grow_without_end(call: Call) -> None:
    session_id = start(call, one="x" * 5000)["session_id"]
    answer = call("/chat/session", {**WHO, "session_id": session_id, "two": "x" * 5000})
    assert answer.status_code == 422
    assert "two" not in call(f"/chat/session/{session_id}").get_json()["context"]


def test_a_message_is_confirmed_and_its_reply_is_there_to_be_read(call: Call) -> None:
    session_id = start(call)["session_id"]
    sent = call("/chat/message", {"session_id": session_id, "message": "hello", "client_id": "phone"}).get_json()
    assert sent["status"] == "message_sent"
    assert sent["session_id"] == session_id
    assert sent["message_id"].endswith(".2")
    done = call(f"/chat/replies/{sent['reply_id']}", headers={"Prefer": "wait=10"}).get_json()
    assert done["status"] == "done"
    assert done["reply"].startswith("Answer to")


def test_a_flow_that_needs_no_model_answers_in_the_session(call: Call, services: Services) -> None:
    session_id = start(call, flow="greeting")["session_id"]
    call("/chat/message", {"session_id": session_id, "message": "hello"})
    assert services.sessions.show(session_id).lines[-1].text == "What is your name?"


def test_a_message_that_comes_again_has_no_second_effect(call: Call, services: Services) -> None:
    session_id = start(call, flow="greeting")["session_id"]
    body, headers = {"session_id": session_id, "message": "hello"}, {"Idempotency-Key": "one"}
    first, again = (call("/chat/message", body, headers=headers) for _ in range(2))
    assert first.get_json() == again.get_json()
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(services.sessions.show(session_id).lines) == 3
    other = call("/chat/message", {**body, "message": "goodbye"}, headers=headers)
    assert other.status_code == 409
