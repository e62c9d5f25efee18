"""POST /api/v1/chat and GET /chat/stream/{id}: an answer as server-sent events, on real workers."""

import shutil
import socket as sockets
from pathlib import Path

import pytest

from tests.llm.server import LLM
from tests.servers import Server, running
from tests.waiting import until
from tests.web.api.clients import Event, ask, shared, start, stream, text_of
from tests.web.api.conftest import asking

pytestmark = [shared, pytest.mark.slow]


def test_tokens_arrive_while_the_answer_is_written(server: Server, fake: LLM) -> None:
    fake.between, fake.tokens = 0.1, 40
    session_id, tokens = start(server), list[Event]()
    with stream(server, "/api/v1/chat", {"session_id": session_id, "message": "What is a cat?"}) as (_, events):
        while len([event for event in tokens if event.data["token"]]) < 3:
            tokens.append(next(events))
        assert fake.requests[-1].answered is None, "the answer was held back until it was whole"
        *rest, end = events
    tokens += rest
    assert len([event for event in tokens if event.data["token"]]) > 5
    assert text_of(tokens).startswith("Answer to")
    assert end.data["finished"]
    assert end.data["state"] == "done"
    assert end.data["usage"]["completion_tokens"] == 40
    shown = server.get(f"/chat/replies/{end.data['reply_id']}").json
    assert shown["reply"] == text_of(tokens)


def test_the_headers_say_what_proxies_must_know(server: Server, fake: LLM) -> None:
    session_id = start(server)
    with stream(server, "/api/v1/chat", {"session_id": session_id, "message": "Hm?"}) as (response, events):
        assert response.headers["Content-Type"] == "text/event-stream; charset=utf-8"
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["X-Accel-Buffering"] == "no"
        first, *_, end = events
        assert first.data["reply_id"] == end.data["reply_id"] == response.headers["X-Reply-Id"]


def test_a_flow_without_a_model_is_told_at_once(server: Server, fake: LLM) -> None:
    token, end = ask(server, start(server, flow="greeting"), "hello")
    assert token.data["token"] == "What is your name?"
    assert end.data["finished"]
    assert end.data["state"] == "done"
    assert end.data["reply_id"] == end.data["message_id"]


def test_where_a_person_is_to_answer_the_stream_ends_without_a_word(server: Server, fake: LLM) -> None:
    (end,) = ask(server, start(server, flow="support"), "hello")
    assert (end.data["finished"], end.data["reply_id"], end.data["state"]) == (True, None, "waiting")


def test_a_failed_answer_is_an_error_in_the_shape_of_all_errors(server: Server, fake: LLM) -> None:
    fake.fault = "unauthorized"
    end = ask(server, start(server), "hello")[-1]
    assert end.data["finished"]
    assert end.data["state"] == "failed"
    assert end.data["error"]["code"] == "OPENAI_ERROR"
    assert end.data["error"]["request_id"]
    assert end.data["error"]["docs_url"].endswith("/docs/errors#openai-error")


def test_an_answer_that_begins_anew_says_so(server: Server, fake: LLM) -> None:
    fake.fault, fake.between = "reset", 0.2
    session_id = start(server)
    read: list[Event] = []
    with stream(server, "/api/v1/chat", {"session_id": session_id, "message": "hello"}) as (_, events):
        for event in events:
            read.append(event)
            if event.name == "restart":
                break
            if event.data["token"]:
                fake.fault = "none"
        read += events
    assert "restart" in [event.name for event in read]
    assert text_of(read) == server.get(f"/chat/replies/{read[-1].data['reply_id']}").json["reply"]


@pytest.mark.parametrize("by", ["header", "query"])
def test_a_reader_goes_on_where_it_left_off(server: Server, fake: LLM, by: str) -> None:
    fake.between = 0.05
    session_id, read = start(server), list[Event]()
    with stream(server, "/api/v1/chat", {"session_id": session_id, "message": "hello"}) as (_, events):
        while len(read) < 6:
            read.append(next(events))
    last = read[-1]
    path = f"/chat/stream/{read[0].data['reply_id']}"
    query, headers = ("", {"Last-Event-ID": last.id}) if by == "header" else (f"?after={last.id}", {})
    for _ in range(6):  # new connections go to either worker
        with stream(server, path + query, headers=headers) as (_, events):
            rest = list(events)
        assert rest[0].id == last.id
        whole = text_of(read + rest)
        assert whole == server.get(f"/chat/replies/{read[0].data['reply_id']}").json["reply"]


def test_a_reader_goes_on_after_a_restart_of_the_server(template: Path, tmp_path: Path, fake: LLM) -> None:
    fake.between, fake.tokens = 0.1, 30
    data, read = shutil.copytree(template, tmp_path / "data"), list[Event]()
    with running(data, **asking(fake)) as server:
        session_id = start(server)
        body = {"session_id": session_id, "message": "hello"}
        with stream(server, "/api/v1/chat", body) as (_, events):
            while len(read) < 6:
                read.append(next(events))
            server.process.terminate()
            read += events
    assert "finished" in read[-1].data
    assert not read[-1].data["finished"]
    path, headers = f"/chat/stream/{read[0].data['reply_id']}", {"Last-Event-ID": read[-1].id}
    with running(data, **asking(fake)) as server:
        with stream(server, path, headers=headers) as (_, events):
            read += events
        assert text_of(read) == server.get(f"/chat/replies/{read[0].data['reply_id']}").json["reply"]
    assert read[-1].data["state"] == "done"


@pytest.mark.parametrize("place", ["x", "1", "1.-2", "1.2.3", "9999999999.1"])
def test_a_place_that_is_none_is_refused(server: Server, fake: LLM, place: str) -> None:
    end = ask(server, start(server), "hello")[-1]
    assert server.get(f"/chat/stream/{end.data['reply_id']}?after={place}").status == 422


def test_a_reply_that_is_not_there_is_not_found(server: Server) -> None:
    assert server.get("/chat/stream/00000000-0000-4000-8000-000000000000").status == 404


def test_files_and_foreign_conversations_are_refused(server: Server, fake: LLM) -> None:
    session_id = start(server)
    body = {"session_id": session_id, "message": "hello"}
    files = server.post("/api/v1/chat", {**body, "file_ids": ["one"]})
    assert (files.status, files.json["error"]["code"]) == (404, "FILE_NOT_FOUND")
    talk = server.post("/api/v1/chat", {**body, "conversation_id": "00000000-0000-4000-8000-000000000000"})
    assert (talk.status, talk.json["error"]["code"]) == (404, "CONVERSATION_NOT_FOUND")
    own = ask(server, session_id, "hello")[-1].data["conversation_id"]
    assert server.post("/api/v1/chat", {**body, "conversation_id": own, "file_ids": []}).status == 200


def test_a_reader_who_is_gone_takes_nothing_along(server: Server, fake: LLM) -> None:
    fake.between = 0.05
    session_id = start(server)
    with stream(server, "/api/v1/chat", {"session_id": session_id, "message": "hello"}) as (_, events):
        reply_id = next(events).data["reply_id"]
    until(lambda: server.get(f"/chat/replies/{reply_id}").json["status"] == "done")


def test_silence_is_broken_by_comments(server: Server, fake: LLM) -> None:
    fake.first_token = 40
    session_id = start(server)
    raw = f'{{"session_id": "{session_id}", "message": "hello"}}'.encode()
    head = (
        b"POST /api/v1/chat HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    )
    with sockets.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        connection.sendall(head % len(raw) + raw)
        said = b""
        while b": keep-alive" not in said and (more := connection.recv(4096)):
            said += more
    assert b": keep-alive" in said
