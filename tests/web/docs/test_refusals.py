"""Every status that the document names can be met, in the shape it names; and what is met is named."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from chatterkeep.domain.errors import StoreBusy
from chatterkeep.services.wiring import Services
from chatterkeep.web.knowledge.payload import LARGEST
from tests.make import NOW, Clock
from tests.signing import signed, twilio_signed
from tests.web.docs.described import Described, Documented
from tests.web.docs.typed import HOST

UNKNOWN = "00000000-0000-4000-8000-000000000000"
OPENED = "a session that is there"
SENT: dict[str, Any] = {
    "POST /chat": {"phone": "+14155550123", "message": "hello"},
    "POST /webhooks/sms": {"phone": "+14155550124", "message": "hello"},
    "POST /webhooks/twilio": {"From": "+14155550125", "Body": "hello"},
    "POST /sessions/{session_id}/messages": {"content": "hello", "author_type": "customer"},
    "PATCH /sessions/{session_id}": {"outcome": "refunded"},
    "POST /sessions": {"flow": "greeting"},
    "POST /chat/session": {"customer_name": "Ada", "customer_email": "ada@example.com"},
    "POST /chat/message": {"session_id": OPENED, "message": "hello"},
    "POST /api/v1/knowledge": {"title": "Hours", "text": "From 9 to 18."},
    "POST /api/v1/chat": {"session_id": OPENED, "message": "hello"},
    "POST /api/v1/sessions": {"user_agent": "tests"},
    "POST /api/v1/chat/feedback": {"message_id": f"{UNKNOWN}.1", "feedback": "positive"},
    "PATCH /api/v1/conversations/{conversation_id}": {"title": "Cats"},
}
ASKED_OF = frozenset({"GET /api/v1/conversations"})
"""Those whose query names a session."""

UPLOAD = "POST /api/v1/files/upload"
SAID = {"message": "goodbye", "content": "goodbye", "Body": "goodbye"}
Call = Callable[..., TestResponse]


class Broken:
    """Services that fail at the first touch, but for the clock."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def clock(self) -> datetime:
        return datetime.now(UTC)

    def __getattr__(self, name: str) -> Any:
        raise self._error


@contextmanager
def broken(app: Flask, error: Exception) -> Iterator[None]:
    """Let every service fail until the block ends."""
    sound = app.extensions["chatterkeep"]
    app.extensions["chatterkeep"] = Broken(error)
    yield
    app.extensions["chatterkeep"] = sound


@pytest.fixture
def call(client: FlaskClient, key: str, clock: Clock) -> Call:
    """Calls an operation rightly, but for what the test changes. The gateway signs unless another key is given."""
    opened = client.post("/sessions", headers={"X-API-Key": key}).json["id"]

    whole = key

    def send(one: Documented, session_id: str = opened, key: str = key, **changes: Any) -> TestResponse:
        path = one.path.replace("{session_id}", session_id).replace("{file_id}", UNKNOWN)
        path = path.replace("{reply_id}", UNKNOWN).replace("{conversation_id}", UNKNOWN)
        if one.name in ASKED_OF:
            changes.setdefault("query_string", {"session_id": session_id})
        if one.name == UPLOAD:
            changes |= uploaded(session_id, changes.pop("json", None), changes.get("data"))
        options = {"json": SENT[one.name]} if one.sends and not {"data", "json"} & set(changes) else {}
        body = changes.pop("json", None) or options.pop("json", None)
        if body:
            options["json"] = {name: session_id if value == OPENED else value for name, value in body.items()}
        headers = {**({"X-API-Key": key} if key else {}), **changes.pop("headers", {})}
        if one.name == "POST /webhooks/sms" and key == whole:
            said = json.dumps(options.pop("json")) if "json" in options else changes.pop("data")
            options = {"data": said, "content_type": "application/json"}
            delivery = headers.get("Idempotency-Key", str(uuid4())).strip("/")
            headers |= signed(said.encode(), delivery, clock())
        if one.name == "POST /webhooks/twilio" and key == whole:
            sid = {"MessageSid": headers.get("Idempotency-Key", str(uuid4()))}
            said = json.dumps(options.pop("json") | sid) if "json" in options else changes.pop("data")
            path += f"?bodySHA256={sha256(said.encode()).hexdigest()}"
            options = {"data": said, "content_type": "application/json"}
            headers |= twilio_signed({}, HOST + path)
        return client.open(path, method=one.method, headers=headers, **{**options, **changes})

    return send


def uploaded(session_id: str, wrong: object, body: str | None) -> dict[str, Any]:
    """What is sent where others send JSON: a file, or what is as wrong as what they send."""
    form = {"session_id": session_id, "file": (BytesIO(b"hello"), "hello.txt")}
    if body == "x":
        return {}
    if body == "{":
        return {"content_type": "multipart/form-data"}
    if body is not None:
        return {"data": body * 200, "content_type": "multipart/form-data; boundary=x"}
    return {"data": {**form, "no_such": "1"} if wrong else form}


def those_with(described: Described, status: int) -> list[Documented]:
    found = [one for one in described if str(status) in one.facts["responses"]]
    assert found, f"nothing answers {status}"
    return found


def meet(described: Described, status: int, send: Call) -> None:
    """Provoke a status wherever it is documented."""
    for one in those_with(described, status):
        answer = send(one)
        assert answer.status_code == status, f"{one.name}: {answer.status_code} {answer.text}"
        described.check(one, answer)


def test_400_a_body_that_cannot_be_read(described: Described, call: Call) -> None:
    meet(described, 400, lambda one: call(one, data="{", content_type="application/json"))


def test_401_nobody(described: Described, call: Call) -> None:
    meet(described, 401, lambda one: call(one, key=""))


def test_403_a_key_without_the_scope(described: Described, call: Call, services: Services) -> None:
    weak = services.api_keys.create("weak", ("agent",), None, NOW)
    meet(described, 403, lambda one: call(one, key=weak))


def test_404_what_is_not_there(described: Described, call: Call, app: Flask) -> None:
    def astray(one: Documented) -> TestResponse:
        if number := SENT.get(one.name, {}).get("phone") or SENT.get(one.name, {}).get("From"):
            delivery = str(uuid4())
            assert call(one, headers={"Idempotency-Key": delivery}).status_code == 200
            assert app.test_cli_runner().invoke(args=["sessions", "erase", number, "--yes"]).exit_code == 0
            return call(one, headers={"Idempotency-Key": delivery})
        named = {"json": {**SENT[one.name], "session_id": UNKNOWN}} if one.name == "POST /chat/session" else {}
        if one.name == "GET /api/v1/knowledge":
            named = {"query_string": {"cursor": UNKNOWN}}
        return call(one, session_id=UNKNOWN, **named)

    meet(described, 404, astray)


def test_409_one_delivery_id_for_two_messages(described: Described, call: Call) -> None:
    def twice(one: Documented) -> TestResponse:
        again = {name: SAID.get(name, value) for name, value in SENT[one.name].items()}
        assert call(one, headers={"Idempotency-Key": one.path}).status_code < 300
        return call(one, headers={"Idempotency-Key": one.path}, json=again)

    meet(described, 409, twice)


def test_413_too_large(described: Described, call: Call) -> None:
    meet(
        described,
        413,
        lambda one: call(
            one, data="x" * (LARGEST + 1 if "knowledge" in one.path else 70_000), content_type="application/json"
        ),
    )


def test_415_not_json(described: Described, call: Call) -> None:
    meet(described, 415, lambda one: call(one, data="x", content_type="text/plain"))


def test_422_a_field_that_is_none(described: Described, call: Call) -> None:
    def wrong(one: Documented) -> TestResponse:
        return call(one, json={"no_such": 1}) if one.sends else call(one, query_string="no_such=1")

    meet(described, 422, wrong)


@pytest.mark.parametrize("limits", [{"limit_total": "3/hour"}], ids=["tight"])
def test_429_too_many(described: Described, call: Call) -> None:
    chat = described.operation("POST", "/chat")
    assert call(chat).status_code == call(chat).status_code == 200
    meet(described, 429, call)


def test_500_a_crash(app: Flask, described: Described, call: Call) -> None:
    with broken(app, RuntimeError("broken on purpose")):
        meet(described, 500, call)


def test_503_a_store_that_is_busy(app: Flask, described: Described, call: Call) -> None:
    with broken(app, StoreBusy()):
        for one in those_with(described, 503):
            if one.facts["security"]:
                answer = call(one)
                assert answer.status_code == 503
                described.check(one, answer)


def test_a_message_that_comes_again(described: Described, call: Call) -> None:
    replayed = [one for one in described if "409" in one.facts["responses"]]
    for one in replayed:
        headers = {"Idempotency-Key": one.path, "Prefer": "wait=1"}
        first, again = (call(one, headers=headers) for _ in range(2))
        assert again.headers["Idempotent-Replayed"] == "true"
        assert first.json == again.json
        described.check(one, again)


def test_an_authorization_without_a_token_is_no_way_round(described: Described, call: Call, key: str) -> None:
    for one in those_with(described, 401):
        answer = call(one, headers={"Authorization": "Bearer ", "X-API-Key": key})
        assert answer.status_code == 401, one.name
        described.check(one, answer)
