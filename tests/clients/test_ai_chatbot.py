"""Who used the AI chatbot can go on without a change, but for the key where the server asks for one.

Seed: `/api/v1` with sessions, chat as server-sent events, feedback, conversations and health. What differs from it: a
session's token is no JWT and comes in the answer, never as a cookie, so a page keeps it and sends `Authorization:
Bearer`; the last event says more (`message_id`, `conversation_id`, `usage`); an error in a stream is an object with
`code` and `message`, as it is everywhere.
"""

import json
from typing import Any
from urllib.error import HTTPError

import pytest

from tests.clients.ai_chatbot import AIChatbot
from tests.clients.conftest import Site


@pytest.fixture
def client(site: Site) -> AIChatbot:
    return AIChatbot(site.port, site.key)


@pytest.fixture
def session_id(client: AIChatbot) -> str:
    begun = client.call("POST", "/sessions", {"user_agent": "Tests/1.0"})
    client.use(begun["token"])
    return str(begun["session"]["id"])


def ask(client: AIChatbot, session_id: str, message: str, **more: Any) -> list[dict[str, Any]]:
    return list(client.stream_chat({"session_id": session_id, "message": message, **more}))


def test_a_session_is_begun_and_checked(client: AIChatbot, session_id: str) -> None:
    checked = client.call("GET", f"/sessions/{session_id}")["session"]
    assert checked["id"] == session_id
    assert checked["created_at"]


def test_a_session_needs_no_word(client: AIChatbot) -> None:
    assert client.call("POST", "/sessions")["session"]["id"]


def test_the_page_reads_an_answer_token_by_token(site: Site, client: AIChatbot, session_id: str) -> None:
    site.llm.between = 0.05
    told = ask(client, session_id, "What does a cat say?", file_ids=[])
    *tokens, end = told
    assert end["finished"] is True
    assert {"message_id", "conversation_id", "usage"} <= set(end)
    assert all(one["finished"] is False and one["timestamp"] for one in tokens)
    assert len(tokens) > 2
    # The page adds up `token` of whatever comes, also of the last.
    text = "".join(one["token"] for one in told)
    kept = client.call("GET", f"/conversations/{end['conversation_id']}")["messages"][-1]
    assert text == kept["content"]


def test_a_package_for_events_reads_it_too_and_goes_on_where_it_stopped(
    site: Site, client: AIChatbot, session_id: str
) -> None:
    site.llm.between, site.llm.tokens = 0.05, 60
    payload = {"session_id": session_id, "message": "Tell me a long story"}
    stream = client.events(payload)
    first = [next(stream) for _ in range(4)]
    stream.close()
    assert all(event.id for event in first)
    reply_id = first[0].data and _json(first[0])["reply_id"]
    rest = list(client.resume(reply_id, first[-1].id))
    assert _json(rest[-1])["finished"] is True
    text = "".join(_json(event).get("token", "") for event in (*first, *rest))
    whole = client.call("GET", f"/conversations/{_json(rest[-1])['conversation_id']}")["messages"][-1]
    assert text == whole["content"]


def _json(event: Any) -> Any:
    return json.loads(event.data)


def test_conversations_are_listed_read_named_and_deleted(client: AIChatbot, session_id: str) -> None:
    ids = [ask(client, session_id, f"Question {n}?")[-1]["conversation_id"] for n in range(3)]
    page = client.call("GET", f"/conversations?session_id={session_id}&limit=2&offset=1")
    assert page["total"] == len(set(ids)) == 3
    assert [one["id"] for one in page["conversations"]] == [ids[1], ids[0]]
    read = client.call("GET", f"/conversations/{ids[0]}")
    assert read["conversation"]["id"] == ids[0]
    assert read["messages"][0]["content"] == "Question 0?"
    assert [one["role"] for one in read["messages"]] == ["user", "assistant"]
    client.call("PATCH", f"/conversations/{ids[0]}", {"title": "Animals"})
    assert client.call("GET", f"/conversations/{ids[0]}")["conversation"]["title"] == "Animals"
    client.call("DELETE", f"/conversations/{ids[0]}")
    with pytest.raises(HTTPError, match="404"):
        client.call("GET", f"/conversations/{ids[0]}")
    assert client.call("GET", f"/conversations?session_id={session_id}")["total"] == 2


def test_any_conversation_of_the_sidebar_is_gone_on_with(client: AIChatbot, session_id: str) -> None:
    first = ask(client, session_id, "What does a cat say?")[-1]["conversation_id"]
    assert ask(client, session_id, "And a dog?", conversation_id=first)[-1]["conversation_id"] == first
    ask(client, session_id, "Something else?")
    assert ask(client, session_id, "And a cow?", conversation_id=first)[-1]["conversation_id"] == first
    assert len(client.call("GET", f"/conversations/{first}")["messages"]) == 6


@pytest.mark.parametrize("feedback", ["positive", "negative"])
def test_feedback_is_given(client: AIChatbot, session_id: str, feedback: str) -> None:
    end = ask(client, session_id, "What does a cat say?")[-1]
    client.call("POST", "/chat/feedback", {"message_id": end["message_id"], "feedback": feedback, "comment": "Well."})


def test_a_file_is_sent_looked_at_talked_about_and_deleted(site: Site, client: AIChatbot, session_id: str) -> None:
    file_id = client.upload(session_id, "cats.txt", b"Cats say meow.")["file_id"]
    facts = client.call("GET", f"/files/{file_id}")
    assert (facts["name"], facts["type"], facts["size"], facts["message_id"]) == ("cats.txt", "txt", 14, None)
    assert (facts["extracted_characters"], client.download(facts["content_url"])) == (14, b"Cats say meow.")
    site.llm.echo = True
    end = ask(client, session_id, "What does a cat say?", file_ids=[file_id])[-1]
    question, answer = client.call("GET", f"/conversations/{end['conversation_id']}")["messages"]
    assert question["files"] == [{"file_id": file_id, "name": "cats.txt", "type": "txt", "size": 14}]
    assert answer["files"] == []
    assert client.call("GET", f"/files/{file_id}")["message_id"] == question["id"]
    with pytest.raises(HTTPError, match="422"):
        ask(client, session_id, "And once more?", file_ids=[file_id])
    client.call("DELETE", f"/files/{file_id}")
    with pytest.raises(HTTPError, match="404"):
        client.call("GET", f"/files/{file_id}")
    assert client.call("GET", f"/conversations/{end['conversation_id']}")["messages"][0]["files"] == []


def test_what_is_optional_may_be_null(client: AIChatbot) -> None:
    """Typed clients send every field they know."""
    session = client.call("POST", "/sessions", {"user_agent": None})
    session_id = session["session"]["id"]
    end = ask(client, session_id, "What does a cat say?", conversation_id=None, file_ids=None)[-1]
    assert end["state"] == "done"
    client.call("POST", "/chat/feedback", {"message_id": end["message_id"], "feedback": "positive", "comment": None})


def test_an_error_in_a_stream_ends_it(site: Site, client: AIChatbot, session_id: str) -> None:
    site.llm.fault = "unprocessable"
    end = ask(client, session_id, "What does a cat say?")[-1]
    assert end["finished"] is True
    assert end["error"]["code"] == "OPENAI_ERROR"


def test_health(client: AIChatbot) -> None:
    health = client.call("GET", "/health")
    assert health["status"] in ("ok", "degraded")
    assert health["version"]
    assert health["uptime"] >= 0
