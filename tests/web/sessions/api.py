"""A program that uses the sessions API."""

from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse


class Api:
    """Calls with one credential. What expects success returns the JSON; `call` returns any answer."""

    def __init__(self, client: FlaskClient, credential: str) -> None:
        self._client = client
        self._headers = {"Authorization": f"Bearer {credential}"} if credential else {}

    def with_token(self, token: str) -> "Api":
        """The same program with another credential."""
        return Api(self._client, token)

    def call(self, method: str, path: str, *, headers: dict[str, str] | None = None, **options: Any) -> TestResponse:
        return self._client.open(path, method=method, headers={**self._headers, **(headers or {})}, **options)

    def open(self, **fields: Any) -> dict[str, Any]:
        return _expect(self.call("POST", "/sessions", json=fields), 201)

    def send(self, session_id: str, content: str, author_type: str = "customer", **options: Any) -> TestResponse:
        body = {"content": content, "author_type": author_type, **options.pop("fields", {})}
        return self.call("POST", f"/sessions/{session_id}/messages", json=body, **options)

    def say(self, session_id: str, content: str, author_type: str = "customer", **fields: Any) -> dict[str, Any]:
        return _expect(self.send(session_id, content, author_type, fields=fields), 201)

    def show(self, session_id: str, **query: str) -> dict[str, Any]:
        return _expect(self.call("GET", f"/sessions/{session_id}", query_string=query), 200)

    def list(self, **query: Any) -> dict[str, Any]:
        return _expect(self.call("GET", "/sessions", query_string=query), 200)

    def close(self, session_id: str) -> dict[str, Any]:
        return _expect(self.call("POST", f"/sessions/{session_id}/close"), 200)

    def label(self, session_id: str, **labels: str | None) -> dict[str, Any]:
        return _expect(self.call("PATCH", f"/sessions/{session_id}", json=labels), 200)


def texts(session: dict[str, Any]) -> list[str]:
    """What was said in a session, in order."""
    return [message["content"] for message in session["messages"]]


def error(response: TestResponse) -> dict[str, Any]:
    """The error of an answer."""
    found: dict[str, Any] = response.get_json()["error"]
    return found


def _expect(response: TestResponse, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.get_data(as_text=True)
    data: dict[str, Any] = response.get_json()
    return data
