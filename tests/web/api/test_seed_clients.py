"""A client of the AI chatbot's design, with nothing but HTTP: sessions, streams, conversations, feedback, health."""

import json
from typing import Any

import pytest

from tests.llm.server import LLM
from tests.make import NAME, SONG
from tests.servers import Server
from tests.web.api.clients import Event, shared, stream, text_of

pytestmark = [shared, pytest.mark.slow]
Json = dict[str, Any]
UNKNOWN = "00000000-0000-4000-8000-000000000000"


class Client:
    """What the design's `StreamingClient` and its stores do, by hand."""

    def __init__(self, server: Server) -> None:
        self._server = server
        begun = server.ask("POST", "/api/v1/sessions")
        assert begun.status == 201, begun.body
        self.session_id = str(begun.json["session"]["id"])
        self.headers = {"Authorization": f"Bearer {begun.json['token']}"}
        assert begun.headers["Location"] == f"/api/v1/sessions/{self.session_id}"

    def chat(self, message: str, conversation_id: str | None = None) -> list[Event]:
        body = {"message": message, "session_id": self.session_id, "file_ids": []}
        body |= {"conversation_id": conversation_id} if conversation_id else {}
        with stream(self._server, "/api/v1/chat", body, self.headers) as (response, events):
            assert response.status == 200, response.read()
            return list(events)

    def ask(self, method: str, path: str, body: Json | None = None) -> tuple[int, Json]:
        sent = {**self.headers, "Content-Type": "application/json"}
        raw = b"" if body is None else json.dumps(body).encode()
        answer = self._server.ask(method, f"/api/v1{path}", raw, sent)
        return answer.status, answer.json

    def conversations(self, query: str = "") -> Json:
        status, told = self.ask("GET", f"/conversations?session_id={self.session_id}{query}")
        assert status == 200, told
        return told


@pytest.fixture
def client(server: Server, fake: LLM) -> Client:
    return Client(server)


def test_a_session_begins_empty_and_can_be_checked(client: Client) -> None:
    status, told = client.ask("GET", f"/sessions/{client.session_id}")
    assert (status, told["session"]["id"], told["session"]["conversation_id"]) == (200, client.session_id, None)
    assert client.conversations() == {"conversations": [], "total": 0, "next_before": None}


def test_every_event_has_an_id_a_token_and_says_whether_it_is_the_last(client: Client) -> None:
    events = client.chat("What is a cat?")
    assert all(event.id and isinstance(event.data["token"], str) for event in events)
    assert [event.data["finished"] for event in events] == [False] * (len(events) - 1) + [True]
    assert set(events[-1].data) >= {"message_id", "conversation_id", "usage"}
    assert all("timestamp" in event.data for event in events[:-1])


def test_new_chat_is_a_message_without_conversation(client: Client) -> None:
    first = client.chat(f"I am {NAME}")[-1].data["conversation_id"]
    assert client.chat("Who am I?", first)[-1].data["conversation_id"] == first
    second = client.chat("Something else")[-1].data["conversation_id"]
    told = client.conversations()
    assert [one["id"] for one in told["conversations"]] == [second, first]
    assert [one["is_active"] for one in told["conversations"]] == [True, False]
    assert [one["message_count"] for one in told["conversations"]] == [2, 4]
    assert told["total"] == 2


def test_a_new_conversation_knows_nothing_of_the_one_before(client: Client, fake: LLM) -> None:
    first = client.chat(f"I am {NAME}")[-1].data["conversation_id"]
    client.chat("Who am I?", first)
    assert NAME in str(fake.requests[-1].body)
    client.chat("Who am I?")
    assert NAME not in str(fake.requests[-1].body)


def test_an_older_conversation_goes_on_where_it_stood(client: Client, fake: LLM) -> None:
    first = client.chat(f"I am {NAME}")[-1].data["conversation_id"]
    second = client.chat("Something else")[-1].data["conversation_id"]
    assert client.chat("Who am I?", first)[-1].data["conversation_id"] == first
    assert NAME in str(fake.requests[-1].body)
    assert "Something else" not in str(fake.requests[-1].body)
    told = client.conversations()["conversations"]
    assert [(one["id"], one["message_count"]) for one in told] == [(first, 4), (second, 2)]
    body = {"message": "more", "session_id": client.session_id, "conversation_id": UNKNOWN}
    status, told = client.ask("POST", "/chat", body)
    assert (status, told["error"]["code"]) == (404, "CONVERSATION_NOT_FOUND")


def test_a_stream_that_was_cut_goes_on_behind_the_last_event(client: Client, server: Server, fake: LLM) -> None:
    fake.between = 0.05
    body = {"message": "What is a cat?", "session_id": client.session_id}
    with stream(server, "/api/v1/chat", body, client.headers) as (_, events):
        read = [next(events) for _ in range(5)]
    path = f"/chat/stream/{read[0].data['reply_id']}"
    with stream(server, path, headers={**client.headers, "Last-Event-ID": read[-1].id}) as (_, events):
        rest = list(events)
    _, told = client.ask("GET", f"/conversations/{read[0].data['conversation_id']}")
    assert text_of(read + rest) == told["messages"][-1]["content"]
    assert rest[-1].data["finished"]


def test_an_error_in_the_middle_ends_the_stream(client: Client, fake: LLM) -> None:
    fake.fault = "unauthorized"
    end = client.chat("hello")[-1].data
    assert (end["finished"], end["error"]["code"]) == (True, "OPENAI_ERROR")


def test_a_conversation_is_read_with_roles_and_costs(client: Client) -> None:
    conversation_id = client.chat("What is a cat?")[-1].data["conversation_id"]
    status, told = client.ask("GET", f"/conversations/{conversation_id}")
    question, answer = told["messages"]
    assert (status, told["conversation"]["title"]) == (200, "What is a cat?")
    assert [(one["role"], one["author"]) for one in (question, answer)] == [("user", "customer"), ("assistant", "bot")]
    assert (question["model_name"], answer["model_name"], answer["token_count"]) == (None, "fake-1", 20)


def test_pages_follow_each_other_by_offset_and_by_cursor(client: Client) -> None:
    ids = [client.chat(f"question {number}")[-1].data["conversation_id"] for number in range(3)][::-1]
    first = client.conversations("&limit=2")
    assert ([one["id"] for one in first["conversations"]], first["total"]) == (ids[:2], 3)
    for query in (f"&limit=2&before={first['next_before']}", "&limit=2&offset=2"):
        rest = client.conversations(query)
        assert ([one["id"] for one in rest["conversations"]], rest["next_before"]) == (ids[2:], None)


def test_a_conversation_is_named_and_deleted(client: Client) -> None:
    conversation_id = client.chat("What is a cat?")[-1].data["conversation_id"]
    status, told = client.ask("PATCH", f"/conversations/{conversation_id}", {"title": f"  {SONG}\n"})
    assert (status, told["conversation"]["title"]) == (200, SONG)
    assert client.ask("PATCH", f"/conversations/{conversation_id}", {})[1]["conversation"]["title"] == SONG
    assert client.ask("PATCH", f"/conversations/{conversation_id}", {"title": None})[1]["conversation"]["title"]
    assert client.ask("DELETE", f"/conversations/{conversation_id}") == (200, {"id": conversation_id, "deleted": True})
    for method in ("GET", "DELETE"):
        status, told = client.ask(method, f"/conversations/{conversation_id}")
        assert (status, told["error"]["code"]) == (404, "CONVERSATION_NOT_FOUND")
    assert client.conversations()["total"] == 0
    assert client.chat("Still there?")[-1].data["state"] == "done"


def test_feedback_is_kept_the_last_word_counts(client: Client) -> None:
    end = client.chat("What is a cat?")[-1].data
    for feedback, comment in (("negative", NAME), ("negative", ""), ("positive", None)):
        body = {"message_id": end["message_id"], "feedback": feedback, "comment": comment}
        status, told = client.ask("POST", "/chat/feedback", body)
        assert (status, told["feedback"], told["comment"]) == (200, feedback, comment or None)
    _, told = client.ask("GET", f"/conversations/{end['conversation_id']}")
    assert [(one["feedback"] or {}).get("feedback") for one in told["messages"]] == [None, "positive"]


@pytest.mark.parametrize("message_id", ["x", "", "1.2", f"{UNKNOWN}.2", f"{UNKNOWN}.0"])
def test_feedback_on_what_is_not_there_is_not_found(client: Client, message_id: str) -> None:
    status, told = client.ask("POST", "/chat/feedback", {"message_id": message_id, "feedback": "positive"})
    assert (status, told["error"]["code"]) == (404, "MESSAGE_NOT_FOUND")


@pytest.mark.parametrize(
    ("field", "value"),
    [("feedback", "fine"), ("feedback", 1), ("comment", 7), ("comment", "  "), ("comment", "x" * 1001), ("stars", 5)],
)
def test_feedback_that_is_none_is_told_why(client: Client, field: str, value: object) -> None:
    body = {"message_id": f"{UNKNOWN}.2", "feedback": "positive", field: value}
    status, told = client.ask("POST", "/chat/feedback", body)
    assert (status, told["error"]["details"]) == (422, {"field": field})


@pytest.mark.parametrize("title", ["", "x" * 201])
def test_a_name_that_is_none_is_told_with_one_that_is(client: Client, title: str) -> None:
    path = f"/conversations/{client.chat('What is a cat?')[-1].data['conversation_id']}"
    status, told = client.ask("PATCH", path, {"title": title})
    assert (status, told["error"]["hint"]) == (422, "Cats and dogs")
    assert client.ask("PATCH", path, {"title": told["error"]["hint"]})[0] == 200


def test_another_session_sees_and_changes_nothing(client: Client, server: Server, fake: LLM) -> None:
    end = client.chat("What is a cat?")[-1].data
    path = f"/conversations/{end['conversation_id']}"
    other = Client(server)
    attempts = [
        other.ask("GET", path),
        other.ask("PATCH", path, {"title": "mine"}),
        other.ask("DELETE", path),
        other.ask("GET", f"/conversations?session_id={client.session_id}"),
        other.ask("GET", f"/sessions/{client.session_id}"),
        other.ask("POST", "/chat/feedback", {"message_id": end["message_id"], "feedback": "negative"}),
    ]
    assert [status for status, _ in attempts] == [404] * 6
    assert client.conversations()["conversations"][0]["title"] == "What is a cat?"


def test_the_service_says_how_it_is(client: Client) -> None:
    status, told = client.ask("GET", "/health")
    assert (status, told["status"]) == (200, "ok")
    assert set(told) >= {"version", "uptime"}
