"""The shape every JSON error has."""

from datetime import datetime
from typing import Any

from werkzeug.test import TestResponse

KEYS = {"code", "message", "details", "hint", "docs_url", "timestamp", "request_id"}


def error_of(answer: TestResponse, status: int, code: str) -> dict[str, Any]:
    """Check an error answer against the contract and return what stands in it."""
    assert answer.status_code == status, answer.get_data(as_text=True)
    assert answer.mimetype == "application/json"
    assert set(answer.json) == {"error"}
    error: dict[str, Any] = answer.json["error"]
    assert set(error) >= KEYS
    assert error["code"] == code
    assert error["message"].endswith(".")
    assert error["request_id"] == answer.headers["X-Request-Id"]
    assert datetime.fromisoformat(error["timestamp"]).utcoffset() is not None
    assert len(answer.data) < 2000, "an error must not echo what was sent"
    return error
