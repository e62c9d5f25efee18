"""A program of somebody who uses the chat-service: start a session, write in it, fetch it."""

import http.client
import json
from contextlib import closing
from typing import Any


class ChatService:
    def __init__(self, port: int, key: str = "") -> None:
        self._port = port
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}

    def create_session(self) -> Any:
        return self._ask("POST", "/sessions")

    def add_message(self, session_id: str, content: str, author_type: str) -> Any:
        fields = {"content": content, "author_type": author_type}
        return self._ask("POST", f"/sessions/{session_id}/messages", fields)

    def get_session(self, session_id: str) -> Any:
        return self._ask("GET", f"/sessions/{session_id}")

    def get(self, path: str) -> tuple[int, str]:
        return self._send("GET", path, None, {})

    def _ask(self, method: str, path: str, fields: Any = None) -> Any:
        media = {} if fields is None else {"Content-Type": "application/json"}
        status, text = self._send(method, path, None if fields is None else json.dumps(fields), self._headers | media)
        if status not in (200, 201):
            raise LookupError(status, text)
        return json.loads(text)

    def _send(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> tuple[int, str]:
        with closing(http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)) as connection:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return response.status, response.read().decode()
