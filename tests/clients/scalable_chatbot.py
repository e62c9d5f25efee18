"""A program of somebody who uses the scalable chatbot: REST to begin, a WebSocket to talk."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.request import Request, urlopen

from websockets.sync.client import ClientConnection, connect


class ScalableChatbot:
    def __init__(self, port: int, key: str = "") -> None:
        self._at = f"127.0.0.1:{port}"
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}

    def create_session(self, **context: Any) -> Any:
        return self._ask("/chat/session", context)

    def send_message(self, session_id: str, message: str, client_id: str) -> Any:
        return self._ask("/chat/message", {"session_id": session_id, "message": message, "client_id": client_id})

    def get(self, path: str) -> str:
        with urlopen(Request(f"http://{self._at}{path}", headers=self._headers), timeout=30) as response:
            return str(response.read().decode())

    @contextmanager
    def chat(self, session_id: str, client_id: str, after: str = "") -> Iterator[ClientConnection]:
        resume = f"?after={after.replace('+', '%2B')}" if after else ""
        address = f"ws://{self._at}/ws/{session_id}/{client_id}{resume}"
        with connect(address, additional_headers=self._headers) as socket:
            yield socket

    def _ask(self, path: str, fields: Any) -> Any:
        headers = {"Content-Type": "application/json", **self._headers}
        request = Request(f"http://{self._at}{path}", json.dumps(fields).encode(), headers)
        with urlopen(request, timeout=30) as response:
            return json.load(response)


def say(socket: ClientConnection, message: str) -> None:
    socket.send(json.dumps({"message": message}))


def hear(socket: ClientConnection, *kinds: str) -> list[Any]:
    """Everything up to the first message of one of these types."""
    heard: list[Any] = []
    while not heard or heard[-1]["type"] not in kinds:
        heard.append(json.loads(socket.recv(timeout=30)))
    return heard
