"""POST /sessions/{id}/messages."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from chatterkeep.settings import Settings
from tests import databases
from tests.make import NAME, SONG, Clock, make_settings
from tests.web.sessions.api import Api, error, texts

pytestmark = databases.both

AGENT = "service_agent"


def test_the_answer_is_the_whole_session_in_order(api: Api, clock: Clock) -> None:
    session = api.open()
    clock.forward(seconds=5)
    api.say(session["id"], NAME)
    answer = api.say(session["id"], SONG, AGENT)
    assert [(m["content"], m["author_type"], m["author"]) for m in answer["messages"]] == [
        ("Hello, how may I help you?", AGENT, "bot"),
        (NAME, "customer", "customer"),
        (SONG, AGENT, "agent"),
    ]
    assert answer["messages"][1]["timestamp"] == "2026-03-14T15:09:31.000+00:00"
    assert answer["created_at"] == session["created_at"]


def test_a_bot_replies_in_the_same_answer(api: Api) -> None:
    session = api.open(flow="greeting")
    answer = api.say(session["id"], "hello")
    assert texts(answer) == ["Hello, how may I help you?", "hello", "What is your name?"]
    assert answer["state"] == "AWAITING_NAME"


def test_a_person_who_answers_silences_the_bot(api: Api) -> None:
    session = api.open(flow="greeting")
    assert api.say(session["id"], "Let me take this.", AGENT)["owner"] == "human"
    answer = api.say(session["id"], "hello")
    assert texts(answer)[-2:] == ["Let me take this.", "hello"]
    assert answer["state"] == "INITIAL"


def test_a_completed_conversation_is_open_again_once_a_person_writes(api: Api) -> None:
    session = api.open(flow="greeting")
    for text in ("hello", NAME, SONG):
        completed = api.say(session["id"], text)
    assert completed["status"] == "complete"
    answer = api.say(session["id"], "Anything else?", AGENT)
    assert (answer["status"], answer["state"], answer["owner"]) == ("open", "COMPLETE", "human")


@pytest.mark.parametrize("author_type", ["customer", AGENT])
def test_after_closing_the_next_message_begins_a_new_conversation(api: Api, author_type: str) -> None:
    session = api.open()
    api.close(session["id"])
    answer = api.say(session["id"], "Once more", author_type)
    assert texts(answer) == ["Hello, how may I help you?", "Once more"]
    first, second = answer["messages"]
    assert first["conversation_id"] != second["conversation_id"]
    assert (answer["status"], answer["owner"]) == ("open", "human")


def test_a_customer_begins_anew_after_a_long_silence_but_an_agent_goes_on(api: Api, clock: Clock) -> None:
    session = api.open()
    clock.forward(days=3)
    first, answer = api.say(session["id"], "Sorry for the wait.", AGENT)["messages"]
    assert answer["conversation_id"] == first["conversation_id"]
    clock.forward(days=3)
    *_, later = api.say(session["id"], "Hello again")["messages"]
    assert later["conversation_id"] != first["conversation_id"]


@pytest.mark.parametrize("author_type", ["customer", AGENT])
def test_the_same_delivery_again_changes_nothing(api: Api, author_type: str) -> None:
    session = api.open()
    first = api.send(session["id"], SONG, author_type, fields={"id": "m-1"})
    again = api.send(session["id"], SONG, author_type, headers={"Idempotency-Key": '"m-1"'})
    assert (first.status_code, again.status_code) == (201, 201)
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.get_json() == first.get_json()


@pytest.mark.parametrize(("content", "author_type"), [("Something else", AGENT), (SONG, "customer")])
def test_a_delivery_id_is_for_one_message_only(api: Api, content: str, author_type: str) -> None:
    session = api.open()
    api.say(session["id"], SONG, AGENT, id="m-1")
    response = api.send(session["id"], content, author_type, fields={"id": "m-1"})
    assert (response.status_code, error(response)["code"]) == (409, "IDEMPOTENCY_CONFLICT")
    assert len(api.show(session["id"])["messages"]) == 2


def test_two_sessions_may_count_their_messages_alike(api: Api) -> None:
    for session in (api.open(), api.open()):
        assert texts(api.say(session["id"], SONG, id="1"))[-1] == SONG


def test_a_session_token_writes_as_the_customer_only(api: Api) -> None:
    session = api.open()
    customer = api.with_token(session["token"])
    assert texts(customer.say(session["id"], SONG))[-1] == SONG
    response = customer.send(session["id"], "I work here.", AGENT)
    assert (response.status_code, error(response)["code"]) == (403, "FORBIDDEN")
    assert len(api.show(session["id"])["messages"]) == 2


@pytest.mark.parametrize(
    ("scopes", "author_type", "status"),
    [
        (("sessions:write",), "customer", 201),
        (("sessions:write",), AGENT, 403),
        (("sessions:write", "agent"), AGENT, 201),
        (("sessions:read", "agent"), "customer", 403),
    ],
)
def test_scopes_decide_who_may_write_as_whom(
    api: Api, api_with: Callable[..., Api], scopes: tuple[str, ...], author_type: str, status: int
) -> None:
    session = api.open()
    assert api_with(*scopes).send(session["id"], SONG, author_type).status_code == status


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"author_type": "customer"}, 422),
        ({"content": "hi"}, 422),
        ({"content": "hi", "author_type": "bot"}, 422),
        ({"content": 5, "author_type": "customer"}, 422),
        ({"content": ["hi"], "author_type": "customer"}, 422),
        ({"content": "hi", "author_type": "customer", "owner": "bot"}, 422),
        ({"content": "hi", "author_type": "customer", "id": ""}, 422),
        ({"content": "hi", "author_type": "customer", "id": "two words"}, 422),
        ({"content": " \u200b\n", "author_type": "customer"}, 422),
        ({"content": "x" * 1601, "author_type": AGENT}, 422),
        ({"content": "\0", "author_type": "customer"}, 400),
        ({"content": "\ud800", "author_type": AGENT}, 400),
        ({"content": "hi", "author_type": "\ud800"}, 400),
    ],
)
def test_what_cannot_be_used_is_not_stored(api: Api, body: dict[str, object], status: int) -> None:
    session = api.open()
    response = api.call("POST", f"/sessions/{session['id']}/messages", json=body)
    assert response.status_code == status
    assert error(response)["code"] == "VALIDATION_ERROR"
    assert len(api.show(session["id"])["messages"]) == 1


@pytest.mark.parametrize("session_id", ["00000000-0000-4000-8000-000000000000", "17", "%00", "x" * 500, "{}"])
@pytest.mark.parametrize("author_type", ["customer", AGENT])
def test_nobody_writes_to_a_session_that_is_not_there(api: Api, session_id: str, author_type: str) -> None:
    response = api.send(session_id, SONG, author_type)
    assert (response.status_code, error(response)["code"]) == (404, "SESSION_NOT_FOUND")


class TestLimits:
    @pytest.fixture
    def settings(self, data_dir: Path, database_url: str) -> Settings:
        return make_settings(data_dir=data_dir, database_url=database_url, limit_phone="2/hour", limit_address="6/hour")

    @pytest.fixture
    def api(self, api_with: Callable[..., Api]) -> Api:
        return api_with("admin")

    def test_a_customer_is_limited_in_each_session_for_itself(self, api: Api) -> None:
        one, other = api.open(), api.open()
        assert [api.send(one["id"], "hi").status_code for _ in range(3)] == [201, 201, 429]
        assert api.send(other["id"], "hi").status_code == 201
        assert len(api.show(one["id"])["messages"]) == 3

    def test_an_agent_is_limited_by_the_address_alone(self, api: Api) -> None:
        session = api.open()
        assert [api.send(session["id"], "hi", AGENT).status_code for _ in range(6)] == [201] * 5 + [429]


def test_a_repeated_delivery_is_answered_after_the_conversation_went_on(api: Api, clock: Clock) -> None:
    session = api.open(flow="greeting")
    api.say(session["id"], "hello", id="m-1")
    api.say(session["id"], NAME)
    clock.now += timedelta(days=400)
    again = api.send(session["id"], "hello", fields={"id": "m-1"})
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(again.get_json()["messages"]) == 5
