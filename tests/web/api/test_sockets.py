"""WS /ws/{session_id}/{client_id}: a session over a socket, on real workers."""

import shutil
from pathlib import Path

import pytest

from tests.llm.server import LLM
from tests.servers import Server, running
from tests.web.api.clients import Json, shared, socket, start, stream, text_of
from tests.web.api.conftest import asking

pytestmark = [shared, pytest.mark.slow]


def test_the_answer_comes_in_pieces_while_it_is_written(server: Server, fake: LLM) -> None:
    fake.between = 0.1
    with socket(server, start(server)) as client:
        client.send(message="What is a cat?")
        assert client.hear()["type"] == "message_sent"
        complete = client.until("complete")
        chunks = client.chunks()
        assert len(chunks) > 5
        assert client.times[-1] - client.times[1] > 1.0
        assert "".join(chunk["content"] for chunk in chunks) == complete["content"]
        assert [chunk["offset"] for chunk in chunks] == [
            sum(len(other["content"]) for other in chunks[:place]) for place in range(len(chunks))
        ]
        assert complete["metadata"]["reply_id"] == client.heard[0]["reply_id"] == chunks[0]["reply_id"]
        assert complete["metadata"]["state"] == "done"
        assert complete["metadata"]["usage"]["completion_tokens"] == 20
        assert complete["metadata"]["author"] == "bot"


def test_a_flow_without_a_model_answers_in_one_piece(server: Server, fake: LLM) -> None:
    with socket(server, start(server, flow="greeting")) as client:
        client.send(message="hello")
        sent, complete = client.hear(), client.hear()
        assert (sent["type"], complete["type"]) == ("message_sent", "complete")
        assert complete["content"] == "What is your name?"


def test_without_a_place_nothing_old_is_told(server: Server, fake: LLM) -> None:
    session_id = start(server, flow="greeting")
    with socket(server, session_id) as client:
        client.send(type="ping")
        assert client.hear() == {"type": "pong"}
    with socket(server, session_id, "?after=0.0") as client:
        assert client.hear()["content"] == "Hello, how may I help you?"


def test_a_reader_goes_on_within_a_reply_without_gap_or_repeat(server: Server, fake: LLM) -> None:
    fake.between = 0.05
    session_id = start(server)
    with socket(server, session_id) as client:
        client.send(message="What is a cat?")
        while len(client.chunks()) < 6:
            client.hear()
    read, cursor = client.chunks(), client.heard[-1]["cursor"]
    for escaped in (cursor.replace("+", "%2B"), cursor, cursor):  # new connections go to either worker
        with socket(server, session_id, f"?after={escaped}") as client:
            complete = client.until("complete")
        assert "".join(chunk["content"] for chunk in read + client.chunks()) == complete["content"]


def test_a_reader_goes_on_behind_a_message(server: Server, fake: LLM) -> None:
    session_id = start(server)
    with socket(server, session_id) as client:
        client.send(message="One?")
        first = client.until("complete")
    with socket(server, session_id) as other:
        other.send(message="Two?")
        second = other.until("complete")
    with socket(server, session_id, f"?after={first['metadata']['cursor']}") as client:
        assert client.until("complete")["metadata"] == second["metadata"]
        assert {chunk["reply_id"] for chunk in client.chunks()} <= {second["metadata"]["reply_id"]}


def test_two_readers_of_one_reply_read_the_same(server: Server, fake: LLM) -> None:
    fake.between = 0.05
    session_id = start(server)
    body = {"session_id": session_id, "message": "What is a cat?"}
    with socket(server, session_id) as client, stream(server, "/api/v1/chat", body) as (_, events):
        streamed = text_of(list(events))
        complete = client.until("complete")
        assert streamed == complete["content"] == "".join(chunk["content"] for chunk in client.chunks())


def test_stop_ends_the_answer_and_keeps_what_there_is(server: Server, fake: LLM) -> None:
    fake.between, fake.tokens = 0.1, 100
    with socket(server, start(server)) as client:
        client.send(message="Tell me all.")
        while len(client.chunks()) < 3:
            client.hear()
        client.send(type="stop")
        complete = client.until("complete")
        assert complete["metadata"]["state"] == "stopped"
        assert complete["content"] == "".join(chunk["content"] for chunk in client.chunks())


def test_a_stopped_answer_is_tried_again(server: Server, fake: LLM) -> None:
    fake.first_token = 5
    with socket(server, start(server)) as client:
        client.send(message="Tell me all.")
        first = client.hear()
        client.send(type="stop")
        assert client.until("complete")["metadata"]["state"] == "stopped"
        fake.first_token = 0
        client.send(type="retry")
        again = client.until("retrying")
        assert again["reply_id"] != first["reply_id"]
        assert client.until("complete")["metadata"]["reply_id"] == again["reply_id"]


def test_after_a_failed_answer_the_talk_goes_on(server: Server, fake: LLM) -> None:
    fake.fault = "unauthorized"
    with socket(server, start(server)) as client:
        client.send(message="One?")
        failed = client.until("error")
        assert failed["code"] == "OPENAI_ERROR"
        assert failed["metadata"]["state"] == "failed"
        assert failed["content"].startswith("Sorry")
        fake.fault = "none"
        client.send(type="retry")
        assert client.until("complete")["content"].startswith("Answer to")


def test_an_answer_that_begins_anew_says_so(server: Server, fake: LLM) -> None:
    fake.fault, fake.between = "reset", 0.1
    with socket(server, start(server)) as client:
        client.send(message="One?")
        client.until("chunk")
        fake.fault = "none"
        client.until("restart")
        anew = len(client.heard)
        complete = client.until("complete")
        chunks = [message for message in client.heard[anew:] if message["type"] == "chunk"]
        assert "".join(chunk["content"] for chunk in chunks) == complete["content"]


def test_what_a_person_says_is_told_too(server: Server, fake: LLM) -> None:
    session_id = start(server, flow="support")
    with socket(server, session_id) as client:
        client.send(message="My order is late.")
        assert client.hear()["reply_id"] is None
        said = {"content": "Let me see.", "author_type": "service_agent"}
        assert server.post(f"/sessions/{session_id}/messages", said).status == 201
        complete = client.until("complete")
        assert complete["content"] == "Let me see."
        assert complete["metadata"]["author"] == "agent"


def test_a_delivery_that_comes_again_is_stored_once(server: Server, fake: LLM) -> None:
    with socket(server, start(server, flow="greeting")) as client:
        for _ in range(2):
            client.send(message="hello", id="one")
        first, again = client.until("message_sent"), client.until("message_sent")
        assert (first["message_id"], first["replayed"]) == (again["message_id"], False)
        assert again["replayed"]


def test_a_server_that_stops_asks_its_clients_to_come_back(template: Path, tmp_path: Path, fake: LLM) -> None:
    fake.between = 0.2
    data = shutil.copytree(template, tmp_path / "data")
    with running(data, workers=1, **asking(fake)) as server:
        session_id = start(server)
        with socket(server, session_id) as client:
            client.send(message="What is a cat?")
            client.until("chunk")
            server.process.terminate()
            assert client.closing() == 1012
    read = client.heard[1:]
    place = f"?after={read[-1]['cursor']}"
    with running(data, workers=1, **asking(fake)) as server, socket(server, session_id, place) as client:
        complete = client.until("complete")
    assert read_from(read + client.heard) == complete["content"]


def read_from(messages: list[Json]) -> str:
    """The text that these messages build up."""
    text = ""
    for message in messages:
        text = "" if message["type"] == "restart" else text + message["content"] * (message["type"] == "chunk")
    return text
