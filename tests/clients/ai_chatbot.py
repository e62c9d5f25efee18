"""A program of somebody who uses the AI chatbot: `/api/v1`, with answers as server-sent events."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.request import Request, urlopen

from sseclient import SSEClient

from tests.files import encoded


class AIChatbot:
    def __init__(self, port: int, key: str = "") -> None:
        self._base = f"http://127.0.0.1:{port}"
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}

    def call(self, method: str, path: str, fields: Any = None) -> Any:
        with self._open(method, f"/api/v1{path}", fields) as response:
            return json.loads(response.read() or b"null")

    def use(self, token: str) -> None:
        """Go on with the token of a session, as the one who holds it."""
        self._headers = {"Authorization": f"Bearer {token}"}

    def events(self, payload: Any) -> Iterator[Any]:
        """Ask, and read the answer with a package for server-sent events."""
        with self._open("POST", "/api/v1/chat", payload) as response:
            yield from SSEClient(response).events()

    def resume(self, reply_id: str, last_event_id: str) -> Iterator[Any]:
        headers = {"Last-Event-ID": last_event_id}
        with self._open("GET", f"/chat/stream/{reply_id}", None, headers) as response:
            yield from SSEClient(response).events()

    def stream_chat(self, payload: Any) -> Iterator[Any]:
        """Ask, and read the answer as the page of the AI chatbot does: by its lines that begin with `data: `."""
        with self._open("POST", "/api/v1/chat", payload) as response:
            for line in response:
                if line.startswith(b"data: "):
                    data = json.loads(line[6:])
                    yield data
                    if data["finished"]:
                        return

    def upload(self, session_id: str, name: str, content: bytes) -> Any:
        """Send a file, as `FormData` of a browser does."""
        body, mimetype = encoded(content, name, session_id=session_id)
        headers = self._headers | {"Content-Type": mimetype}
        with urlopen(Request(f"{self._base}/api/v1/files/upload", body, headers), timeout=30) as response:
            return json.loads(response.read())

    def download(self, path: str) -> bytes:
        with self._open("GET", path, None) as response:
            return bytes(response.read())

    def _open(self, method: str, path: str, fields: Any, more: dict[str, str] | None = None) -> Any:
        body = None if fields is None else json.dumps(fields).encode()
        media = {} if fields is None else {"Content-Type": "application/json"}
        headers = self._headers | media | (more or {})
        return urlopen(Request(self._base + path, body, headers, method=method), timeout=30)
