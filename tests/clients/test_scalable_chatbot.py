"""Who used the scalable chatbot can go on without a change, but for the key where the server asks for one.

Seed: `POST /chat/session`, `POST /chat/message`, `GET /chat/session/{session_id}`, `/health`, `/metrics`, and
`WS /ws/{session_id}/{client_id}` with `chunk` and `complete`. What differs from it: the port; `message_sent` is told at
the socket too, and clients pass over types that they do not know; metrics are Prometheus text with names of our own;
limits and lifetimes are settings of ours.
"""

import json

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection

from tests.clients.conftest import Site
from tests.clients.scalable_chatbot import ScalableChatbot, hear, say

WHO = {"customer_name": "John Doe", "customer_email": "john@example.com", "flight_no": "NZ123", "date": "2025-01-17"}


def begin(site: Site) -> tuple[ScalableChatbot, str]:
    client = ScalableChatbot(site.port, site.key)
    return client, client.create_session(**WHO)["session_id"]


def text_of(heard: list[dict[str, str]]) -> str:
    return "".join(one["content"] for one in heard if one["type"] == "chunk")


def test_a_session_and_its_context(site: Site) -> None:
    client = ScalableChatbot(site.port, site.key)
    created = client.create_session(**WHO)
    assert created["status"] == "created"
    assert created["context"] == WHO
    assert json.loads(client.get(f"/chat/session/{created['session_id']}")) == {
        "session_id": created["session_id"],
        "context": WHO,
    }


def test_an_answer_comes_in_chunks_and_then_whole(site: Site) -> None:
    client, session_id = begin(site)
    site.llm.between = 0.05
    with client.chat(session_id, "client-1") as socket:
        say(socket, "Hello, I need help with my flight")
        heard = hear(socket, "complete", "error")
    whole = heard[-1]
    chunks = [one for one in heard if one["type"] == "chunk"]
    assert whole["type"] == "complete"
    assert len(chunks) > 1
    assert text_of(heard) == whole["content"]
    assert {one["session_id"] for one in chunks} == {session_id}
    assert all(one["timestamp"] for one in chunks)
    assert whole["metadata"]


def test_a_message_by_rest_is_answered_at_the_socket(site: Site) -> None:
    client, session_id = begin(site)
    with client.chat(session_id, "client-1") as socket:
        sent = client.send_message(session_id, "Hello, I need help with my flight", "client-1")
        heard = hear(socket, "complete", "error")
    assert sent["status"] == "message_sent"
    assert sent["session_id"] == session_id
    assert heard[-1]["metadata"]["reply_id"] == sent["reply_id"]


def test_a_heartbeat_is_answered(site: Site) -> None:
    client, session_id = begin(site)
    with client.chat(session_id, "client-1") as socket:
        socket.send(json.dumps({"type": "ping"}))
        assert hear(socket, "pong")[-1] == {"type": "pong"}
        assert socket.ping().wait(30)


def test_a_lost_connection_is_resumed_without_gap_or_repeat(site: Site) -> None:
    client, session_id = begin(site)
    site.llm.between, site.llm.tokens = 0.05, 60
    with client.chat(session_id, "client-1") as socket:
        say(socket, "Tell me a long story")
        before = [*hear(socket, "chunk"), *hear(socket, "chunk")]
    with client.chat(session_id, "client-1", after=before[-1]["cursor"]) as socket:
        behind = hear(socket, "complete", "error")
    assert text_of(before) + text_of(behind) == behind[-1]["content"]
    with client.chat(session_id, "client-1", after="1") as socket:
        assert hear(socket, "complete")[-1]["content"] == behind[-1]["content"]


def test_two_devices_hear_the_same(site: Site) -> None:
    client, session_id = begin(site)
    with client.chat(session_id, "one") as first, client.chat(session_id, "two") as second:
        hear_pong(first)
        hear_pong(second)
        say(first, "Hello")
        assert hear(first, "complete")[-1]["content"] == hear(second, "complete")[-1]["content"]


def hear_pong(socket: ClientConnection) -> None:
    """Wait until the server follows the session for this socket."""
    socket.send(json.dumps({"type": "ping"}))
    hear(socket, "pong")


def test_a_model_that_fails_is_an_error_with_words(site: Site) -> None:
    client, session_id = begin(site)
    site.llm.fault = "unprocessable"
    with client.chat(session_id, "client-1") as socket:
        say(socket, "Hello")
        assert hear(socket, "complete", "error")[-1]["content"]


def test_an_unknown_session_opens_no_socket(site: Site) -> None:
    client = ScalableChatbot(site.port, site.key)
    with pytest.raises(InvalidStatus) as found, client.chat("00000000-0000-4000-8000-000000000000", "client-1"):
        pass
    assert found.value.response.status_code == 404


def test_health_and_metrics(site: Site) -> None:
    client = ScalableChatbot(site.port, site.key)
    health = json.loads(client.get("/health"))
    assert (health["ok"], health["status"]) == (True, "healthy")
    assert {"version", "uptime", "checks"} <= set(health)
    assert "# TYPE " in client.get("/metrics")
