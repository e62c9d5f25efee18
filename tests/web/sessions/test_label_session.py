"""PATCH /sessions/{id}."""

from collections.abc import Callable

import pytest

from chatterkeep.domain.messages import Capability, TokenKind
from chatterkeep.domain.phone import parse_phone
from chatterkeep.services.wiring import Services
from tests import databases
from tests.make import NOW, make_phone
from tests.web.sessions.api import Api, error, texts

pytestmark = databases.both


def test_outcome_and_assignee_are_noted_and_shown(api: Api) -> None:
    session = api.open()
    answer = api.label(session["id"], outcome="refunded", assignee=" ada ")
    assert (answer["outcome"], answer["assignee"]) == ("refunded", "ada")
    assert texts(answer) == ["Hello, how may I help you?"]
    (listed,) = api.list()["sessions"]
    assert (listed["outcome"], listed["assignee"]) == ("refunded", "ada")


def test_what_is_not_named_stays_and_null_clears(api: Api) -> None:
    session = api.open()
    api.label(session["id"], outcome="refunded", assignee="ada")
    assert api.label(session["id"], outcome=None)["assignee"] == "ada"
    assert api.label(session["id"])["outcome"] is None


def test_labels_outlive_the_messages_that_follow(api: Api) -> None:
    session = api.open()
    api.label(session["id"], assignee="ada")
    assert api.say(session["id"], "Hello?")["assignee"] == "ada"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"outcome": "x" * 65}, 422),
        ({"outcome": ""}, 422),
        ({"outcome": "  "}, 422),
        ({"assignee": 5}, 422),
        ({"status": "closed"}, 422),
        ({"outcome": "\ud800"}, 400),
        ({"outcome": "a\0b"}, 400),
    ],
)
def test_what_cannot_be_used_changes_nothing(api: Api, body: dict[str, object], status: int) -> None:
    session = api.open()
    response = api.call("PATCH", f"/sessions/{session['id']}", json=body)
    assert (response.status_code, error(response)["code"]) == (status, "VALIDATION_ERROR")
    assert error(response)["details"] == {"field": next(iter(body))}
    assert api.show(session["id"])["outcome"] is None


def test_there_is_no_labelling_an_unknown_session(api: Api) -> None:
    response = api.call("PATCH", "/sessions/00000000-0000-4000-8000-000000000000", json={"outcome": "x"})
    assert (response.status_code, error(response)["code"]) == (404, "SESSION_NOT_FOUND")


def test_there_is_nothing_to_label_where_nobody_said_a_word(api: Api, services: Services) -> None:
    page = Capability(services.threads.open(parse_phone(make_phone(), "US"), NOW), TokenKind.PAGE)
    response = api.call("PATCH", f"/sessions/{services.threads.show(page).session_id}", json={"outcome": "x"})
    assert (response.status_code, error(response)["code"]) == (404, "CONVERSATION_NOT_FOUND")


def test_a_session_token_labels_nothing(api: Api, api_with: Callable[..., Api]) -> None:
    session = api.open()
    path = f"/sessions/{session['id']}"
    assert api.with_token(session["token"]).call("PATCH", path, json={"outcome": "x"}).status_code == 401
    assert api_with("sessions:read").call("PATCH", path, json={"outcome": "x"}).status_code == 403
