"""Whoever follows a session with a token that is ended hears of it within seconds, on real workers."""

from dataclasses import dataclass

import pytest

from tests.llm.server import LLM
from tests.make import NAME, SONG, make_phone
from tests.servers import Server
from tests.web.api.clients import WHO, shared, socket, stream

pytestmark = [shared, pytest.mark.slow]


@dataclass(frozen=True, slots=True)
class Session:
    """A session with a page and a token for programs."""

    server: Server
    session_id: str
    page: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def end(self) -> None:
        """Press the button on the page."""
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        assert self.server.ask("POST", f"{self.page}/sign-out", b"where=everywhere", form).status == 303


@pytest.fixture
def session(server: Server, fake: LLM) -> Session:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    page = server.ask("POST", "/", f"phone=%2B{make_phone()[1:]}".encode(), form).headers["Location"]
    for text in ("hello", NAME, SONG):
        assert server.ask("POST", f"{page}/messages", f"text={text}".encode(), form).status == 303
    session_id = str(server.get("/sessions?limit=1").json["sessions"][0]["id"])
    token = server.post("/chat/session", {**WHO, "session_id": session_id}).json["token"]
    return Session(server, session_id, page, token)


def test_a_socket_is_closed(session: Session) -> None:
    with socket(session.server, session.session_id, headers=session.headers) as client:
        client.send(type="ping")
        client.hear()
        session.end()
        assert client.closing() == 1008


def test_a_socket_that_was_opened_with_a_ticket_is_closed_too(session: Session) -> None:
    asked = session.server.post(f"/chat/session/{session.session_id}/ticket", {}, session.headers)
    with socket(session.server, session.session_id, f"?ticket={asked.json['ticket']}") as client:
        client.send(type="ping")
        client.hear()
        session.end()
        assert client.closing() == 1008


def test_a_stream_ends_with_an_error(session: Session, fake: LLM) -> None:
    fake.between, fake.tokens = 0.1, 600
    body = {"session_id": session.session_id, "message": "What is a cat?"}
    with stream(session.server, "/api/v1/chat", body, session.headers) as (response, events):
        assert response.status == 200, response.read()
        next(events)
        session.end()
        last = list(events)[-1]
    assert (last.data["finished"], last.data["error"]["code"]) == (True, "MESSAGE_NOT_FOUND")
