"""GET /sessions/{id}."""

from collections.abc import Callable

import pytest
from werkzeug.test import TestResponse

from chatterkeep.services import sessions
from tests import databases
from tests.make import SONG
from tests.web.sessions.api import Api, error, texts

pytestmark = databases.both

ABSENT = "00000000-0000-4000-8000-000000000000"


def test_a_session_is_shown_with_the_messages_of_all_its_conversations(api: Api) -> None:
    session = api.open(flow="greeting")
    api.say(session["id"], "hello")
    api.say(session["id"], "restart")
    assert texts(api.show(session["id"])) == [
        "Hello, how may I help you?",
        "hello",
        "What is your name?",
        "restart",
        "Starting over. Please say hello.",
    ]


def test_a_long_session_is_read_from_its_end_to_its_beginning(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "LONGEST", 3)
    session = api.open()
    for count in range(6):
        api.say(session["id"], f"message {count}")
    newest = api.show(session["id"])
    middle = api.show(session["id"], before=newest["before"])
    oldest = api.show(session["id"], before=middle["before"])
    assert texts(newest) == ["message 3", "message 4", "message 5"]
    assert texts(middle) == ["message 0", "message 1", "message 2"]
    assert texts(oldest) == ["Hello, how may I help you?"]
    assert oldest["before"] is None


def test_all_of_a_thousand_messages_are_shown_at_once(api: Api) -> None:
    assert sessions.LONGEST == 1000
    assert api.show(api.open()["id"])["before"] is None


@pytest.mark.parametrize("before", ["", "1", "1.", "x.1", "-1.1", "1.1.1", "1.9999999999", "٣.1"])
def test_a_place_that_is_none_is_refused(api: Api, before: str) -> None:
    response = api.call("GET", f"/sessions/{api.open()['id']}", query_string={"before": before})
    assert (response.status_code, error(response)["details"]) == (422, {"field": "before"})


def test_an_id_in_capitals_is_the_same_session(api: Api) -> None:
    session = api.open()
    assert api.show(session["id"].upper())["id"] == session["id"]
    assert api.with_token(session["token"]).show(session["id"].upper())["id"] == session["id"]


def test_absent_and_not_yours_look_the_same(api: Api) -> None:
    mine, other = api.open(), api.open()
    me = api.with_token(mine["token"])
    answers = [
        _comparable(caller.call(method, f"/sessions/{session_id}{path}", json=body))
        for method, path, body in (
            ("GET", "", None),
            ("POST", "/messages", {"content": SONG, "author_type": "customer"}),
            ("POST", "/messages", {"nonsense": 5}),
        )
        for caller, session_id in ((me, other["id"]), (me, ABSENT), (me, "no-uuid"))
    ]
    assert len(set(answers)) == 1
    status, body = answers[0]
    assert status == 404
    assert '"SESSION_NOT_FOUND"' in body
    assert _comparable(api.call("GET", f"/sessions/{ABSENT}")) == answers[0]
    assert len(api.show(other["id"])["messages"]) == 1


@pytest.mark.parametrize("session_id", ["17", "%00", "' OR 1=1 --", "x" * 2000, "{" + ABSENT + "}", ABSENT[:-1] + "٣"])
def test_what_is_no_id_is_no_session(api: Api, session_id: str) -> None:
    response = api.call("GET", f"/sessions/{session_id}")
    assert (response.status_code, error(response)["code"]) == (404, "SESSION_NOT_FOUND")


def test_a_session_that_began_on_a_page_or_by_phone_is_shown_too(api: Api) -> None:
    started = api.call("POST", "/chat", json={"phone": "+14155550123", "message": "hello"}).get_json()
    session = api.show(started["session_id"])
    assert texts(session) == ["hello", "What is your name?"]
    assert (session["flow"], session["owner"]) == ("greeting", "bot")


@pytest.mark.parametrize("credential", ["", "ck_s_nonsense", "ck_live_nonsense", "x"])
def test_without_a_good_credential_nothing_is_shown(api: Api, credential: str) -> None:
    response = api.with_token(credential).call("GET", f"/sessions/{api.open()['id']}")
    assert (response.status_code, error(response)["code"]) == (401, "UNAUTHORIZED")
    assert response.headers["WWW-Authenticate"] == "Bearer"


def test_writing_and_reading_are_different_rights(api: Api, api_with: Callable[..., Api]) -> None:
    session = api.open()
    assert api_with("sessions:read").call("GET", f"/sessions/{session['id']}").status_code == 200
    assert api_with("sessions:write").call("GET", f"/sessions/{session['id']}").status_code == 403


def _comparable(response: TestResponse) -> tuple[int, str]:
    body = response.get_data(as_text=True)
    told = error(response)
    return response.status_code, body.replace(told["request_id"], "ID").replace(told["timestamp"], "TIME")
