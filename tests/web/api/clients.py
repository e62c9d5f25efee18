"""Programs that follow a session: over a socket, and by a stream of events."""

import http.client
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import pytest
from simple_websocket import Client, ConnectionClosed

from tests.servers import Server

Json = dict[str, Any]

shared = pytest.mark.xdist_group("realtime")
"""The mark of tests that use the `server` of this package."""

WHO = {"customer_name": "Ada", "customer_email": "ada@example.com"}
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Event:
    """A server-sent event, and when it came."""

    id: str
    name: str
    data: Json
    at: float


class Socket:
    """A client at a socket. `heard` is all that it was told, `times` are when."""

    def __init__(self, server: Server, path: str, headers: dict[str, str] | None = None) -> None:
        self._client = Client(f"ws://127.0.0.1:{server.port}{path}", headers=headers)
        self.heard: list[Json] = []
        self.times: list[float] = []
        # This client keeps to itself what came together with the handshake, until something else comes.
        self._own_pings = 1
        self.send(type="ping")

    def send(self, **order: Any) -> None:
        self._client.send(json.dumps(order))

    def send_raw(self, data: str | bytes) -> None:
        self._client.send(data)

    def hear(self) -> Json:
        """The next message."""
        text = self._client.receive(timeout=_LONGEST)
        assert text is not None, f"Nothing was said after {self.heard}"
        message: Json = json.loads(text)
        if self._own_pings and message == {"type": "pong"}:
            self._own_pings -= 1
            return self.hear()
        self.heard.append(message)
        self.times.append(time.monotonic())
        return message

    def until(self, *kinds: str) -> Json:
        """Hear on up to a message of one of these types."""
        while True:
            message = self.hear()
            if message["type"] in kinds:
                return message

    def chunks(self) -> list[Json]:
        return [message for message in self.heard if message["type"] == "chunk"]

    def closing(self) -> int:
        """Hear on until the server closes; the close code."""
        try:
            while True:
                self.hear()
        except ConnectionClosed as closed:
            return int(closed.reason)

    def close(self) -> None:
        with suppress(ConnectionClosed):
            self._client.close()


@contextmanager
def socket(server: Server, session_id: str, query: str = "", headers: dict[str, str] | None = None) -> Iterator[Socket]:
    """A socket of a session."""
    opened = Socket(server, f"/ws/{session_id}/tests{query}", headers)
    try:
        yield opened
    finally:
        opened.close()


def start(server: Server, **fields: Any) -> str:
    """Start a session; its id."""
    answer = server.post("/chat/session", {**WHO, **fields})
    assert answer.status == 200, answer.body
    return str(answer.json["session_id"])


@contextmanager
def stream(
    server: Server, path: str, body: Json | None = None, headers: dict[str, str] | None = None
) -> Iterator[tuple[http.client.HTTPResponse, Iterator[Event]]]:
    """The answer, and its events as they come; with a body it is posted."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=_LONGEST)
    sent = {"Content-Type": "application/json", "Connection": "close", **(headers or {})}
    connection.request("POST" if body else "GET", path, json.dumps(body) if body else None, sent)
    response = connection.getresponse()
    try:
        yield response, _events(response)
    finally:
        response.close()
        connection.close()


def ask(server: Server, session_id: str, message: str) -> list[Event]:
    """All events of an answer."""
    with stream(server, "/api/v1/chat", {"session_id": session_id, "message": message}) as (response, events):
        assert response.status == 200, response.read()
        return list(events)


def text_of(events: list[Event]) -> str:
    """What a reader of these events has read."""
    text = ""
    for event in events:
        text = "" if event.name == "restart" else text + event.data.get("token", "")
    return text


def _events(response: http.client.HTTPResponse) -> Iterator[Event]:
    fields: dict[str, str] = {}
    for line in response:
        name, _, value = line.decode().rstrip("\n").partition(": ")
        if name:
            fields[name] = value
        elif "data" in fields:
            at = time.monotonic()
            yield Event(fields.get("id", ""), fields.get("event", ""), json.loads(fields["data"]), at)
            fields = {}
