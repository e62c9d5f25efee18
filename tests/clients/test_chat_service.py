"""Who used the chat-service can go on without a change, but for the key where the server asks for one.

Seed: `POST /sessions` (without a body), `POST /sessions/{session_id}/messages`, `GET /sessions/{session_id}`, `/health`
and `/docs`. What differs from it: the port; a session has more fields (`token`, `flow`, `owner` and others), of which a
client may know nothing; whoever writes as `service_agent` needs a key with the scope `agent`.
"""

import json
from datetime import datetime
from uuid import UUID

import pytest

from tests.clients.chat_service import ChatService
from tests.clients.conftest import Site


def test_a_session_from_its_beginning(site: Site) -> None:
    client = ChatService(site.port, site.key)
    session = client.create_session()
    UUID(session["id"])
    (greeting,) = session["messages"]
    assert greeting["content"] == "Hello, how may I help you?"
    assert greeting["author_type"] == "service_agent"
    assert greeting["timestamp"] == session["created_at"]
    assert datetime.fromisoformat(session["created_at"]).tzinfo
    asked = client.add_message(session["id"], "My order is late.", "customer")
    assert asked["id"] == session["id"]
    answered = client.add_message(session["id"], "Let me see.", "service_agent")
    read = client.get_session(session["id"])
    assert read["messages"] == answered["messages"]
    assert read["created_at"] == session["created_at"]
    told = [(one["content"], one["author_type"]) for one in read["messages"]]
    assert told == [
        ("Hello, how may I help you?", "service_agent"),
        ("My order is late.", "customer"),
        ("Let me see.", "service_agent"),
    ]
    times = [one["timestamp"] for one in read["messages"]]
    assert times == sorted(times)


def test_sessions_are_apart(site: Site) -> None:
    client = ChatService(site.port, site.key)
    one, other = client.create_session(), client.create_session()
    client.add_message(one["id"], "Mine.", "customer")
    assert len(client.get_session(other["id"])["messages"]) == 1


@pytest.mark.parametrize("session_id", ["00000000-0000-4000-8000-000000000000", "no-uuid"])
def test_an_unknown_session_is_not_found(site: Site, session_id: str) -> None:
    client = ChatService(site.port, site.key)
    for call in (client.get_session, lambda unknown: client.add_message(unknown, "Anybody?", "customer")):
        with pytest.raises(LookupError) as found:
            call(session_id)
        assert found.value.args[0] == 404


def test_an_author_that_there_is_not_is_refused(site: Site) -> None:
    client = ChatService(site.port, site.key)
    session = client.create_session()
    with pytest.raises(LookupError) as found:
        client.add_message(session["id"], "Who?", "robot")
    assert found.value.args[0] == 422
    assert len(client.get_session(session["id"])["messages"]) == 1


def test_health_and_docs(site: Site) -> None:
    client = ChatService(site.port, site.key)
    assert client.get("/health")[0] == 200
    assert client.get("/docs")[0] == 200
    status, text = client.get("/openapi.json")
    assert status == 200
    assert "/sessions/{session_id}/messages" in json.loads(text)["paths"]
