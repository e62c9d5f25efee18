"""POST /sessions/{id}/close."""

from collections.abc import Callable

from tests import databases
from tests.make import SONG
from tests.web.sessions.api import Api, error, texts

pytestmark = databases.both


def test_a_closed_session_says_so_and_keeps_its_messages(api: Api) -> None:
    session = api.open()
    api.say(session["id"], SONG)
    assert api.close(session["id"])["status"] == "closed"
    assert texts(api.show(session["id"])) == ["Hello, how may I help you?", SONG]
    assert api.list()["sessions"][0]["status"] == "closed"


def test_closing_twice_is_closing_once(api: Api) -> None:
    session = api.open()
    assert api.close(session["id"]) == api.close(session["id"])


def test_a_closed_flow_begins_again(api: Api) -> None:
    session = api.open(flow="greeting")
    api.say(session["id"], "hello")
    api.close(session["id"])
    answer = api.say(session["id"], "hello")
    assert texts(answer)[-2:] == ["hello", "What is your name?"]
    assert (answer["status"], answer["owner"]) == ("open", "bot")


def test_an_unknown_session_cannot_be_closed(api: Api) -> None:
    response = api.call("POST", "/sessions/00000000-0000-4000-8000-000000000000/close")
    assert (response.status_code, error(response)["code"]) == (404, "SESSION_NOT_FOUND")


def test_closing_is_not_for_customers_or_readers(api: Api, api_with: Callable[..., Api]) -> None:
    session = api.open()
    path = f"/sessions/{session['id']}/close"
    assert api.with_token(session["token"]).call("POST", path).status_code == 401
    assert api_with("sessions:read").call("POST", path).status_code == 403
    assert api.show(session["id"])["status"] == "open"
