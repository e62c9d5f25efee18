"""Forged, mutated and replayed signatures: more than ten thousand, of which none is taken."""

import base64
import json
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine

from chatterkeep.domain.signatures import read_secret, write_secret
from chatterkeep.services.signatures import generate_secret
from chatterkeep.settings import Settings
from tests import databases, rows
from tests.errors import error_of
from tests.make import NOW, Clock, make_payload, make_settings
from tests.signing import SECRET, signed

BODY = json.dumps(make_payload(message="hello there, how are you? " + "It is raining. " * 6)).encode()
NAMES = ("webhook-id", "webhook-timestamp", "webhook-signature")
Mutant = tuple[dict[str, str], bytes]


@pytest.fixture
def settings(data_dir: Path, database_url: str) -> Settings:
    return make_settings(data_dir=data_dir, database_url=database_url, channel_secrets=SECRET, log_level="ERROR")


def flipped(data: bytes) -> Iterator[bytes]:
    """All that differ in one bit."""
    for place in range(len(data) * 8):
        changed = bytearray(data)
        changed[place // 8] ^= 1 << place % 8
        yield bytes(changed)


def mutants() -> Iterator[Mutant]:
    """Requests that nobody signed, each a small step away from one that somebody did."""
    whole = signed(BODY, "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W")
    for name in NAMES:
        for changed in flipped(whole[name].encode()):
            yield {**whole, name: changed.decode("latin-1")}, BODY
        for length in range(len(whole[name])):
            yield {**whole, name: whole[name][:length]}, BODY
            yield {**whole, name: whole[name][length + 1 :]}, BODY
        yield {**whole, name: f"{whole[name]},{whole[name]}"}, BODY
        if name != "webhook-signature":  # of signatures there may be several
            yield {**whole, name: f"{whole[name]}, {whole[name]}"}, BODY
        yield {other: value for other, value in whole.items() if other != name}, BODY
    for changed in flipped(BODY):
        yield whole, changed
    for length in range(len(BODY)):
        yield whole, BODY[:length]
        yield whole, BODY[length + 1 :]
        yield whole, BODY[:length] + b" " + BODY[length:]
    yield from _by_others(whole)
    yield from _spelt_otherwise(whole)
    yield from _cut_elsewhere(whole)


def _by_others(whole: dict[str, str]) -> Iterator[Mutant]:
    for n in range(1000):
        yield signed(BODY, whole["webhook-id"], secret=generate_secret()), BODY
        yield signed(BODY, f"msg_{n}") | {"webhook-id": whole["webhook-id"]}, BODY
        moment = NOW + timedelta(seconds=n - 500 or 1)
        yield whole | {"webhook-timestamp": str(int(moment.timestamp()))}, BODY
        yield signed(BODY, now=moment) | {"webhook-timestamp": whole["webhook-timestamp"]}, BODY
    for near in flipped(read_secret(SECRET)):
        yield signed(BODY, whole["webhook-id"], secret=write_secret(near)), BODY
    random = Random(7)
    for _ in range(4000):
        guess = base64.b64encode(random.randbytes(32)).decode()
        yield whole | {"webhook-signature": f"v1,{guess}"}, BODY


def _spelt_otherwise(whole: dict[str, str]) -> Iterator[Mutant]:
    """The right bytes in another spelling, a version that is not ours, odd numbers."""
    signature = whole["webhook-signature"].removeprefix("v1,")
    digest = base64.b64decode(signature)
    for version in ("v0", "v2", "v1a", "V1", "", "v1 ", "v01", "v1,v1", "*"):
        yield whole | {"webhook-signature": f"{version},{signature}"}, BODY
    for spelling in (
        digest.hex(),
        signature.rstrip("="),
        signature + "=",
        base64.urlsafe_b64encode(digest).decode() + "_",
        base64.b32encode(digest).decode(),
        signature.swapcase(),
        signature.replace("=", "%3D"),
    ):
        yield whole | {"webhook-signature": f"v1,{spelling}"}, BODY
    moment = whole["webhook-timestamp"]
    for odd in (f"0{moment}", f"+{moment}", f"{moment}.0", f" {moment}", f"{moment} ", "1e9", "-1", "٣", moment * 9):
        yield whole | {"webhook-timestamp": odd}, BODY


def _cut_elsewhere(whole: dict[str, str]) -> Iterator[Mutant]:
    """The signed bytes, divided otherwise: with full stops in an id, its end could be read as time or body."""
    moment = whole["webhook-timestamp"]
    for inner in (b"x", b'{"phone": "+14155550166", "message": "hello"}'):
        outer = f"{moment}.".encode() + inner
        headers = signed(outer, "msg_1")
        yield headers | {"webhook-id": f"msg_1.{moment}"}, inner


def call(app: Flask, headers: dict[str, str], body: bytes, **more: str) -> int:
    """Ask the application itself: a test client would refuse some of these headers."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/webhooks/sms",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": BytesIO(body),
        "wsgi.errors": BytesIO(),
        "wsgi.url_scheme": "http",
        **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()},
        **more,
    }
    status: list[str] = []
    list(app.wsgi_app(environ, lambda line, *_: status.append(line)))  # type: ignore[arg-type, func-returns-value]
    return int(status[0][:3])


def test_of_ten_thousand_mutants_none_is_taken(app: Flask, engine: Engine) -> None:
    tried, whole = 0, signed(BODY, "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W")
    for headers, body in mutants():
        if (headers, body) != (whole, BODY):
            assert call(app, headers, body) == 403, (headers, body)
            tried += 1
    assert tried >= 10_000
    assert set(rows.count(engine).values()) == {0}
    assert call(app, whole, BODY) == 200


def test_what_is_not_signed_changes_nothing(app: Flask, engine: Engine) -> None:
    """The signature holds wherever the request arrived, so proxies in front may rename what they like."""
    odd = [
        {"HTTP_X_FORWARDED_FOR": "192.0.2.1"},
        {"HTTP_X_FORWARDED_HOST": "evil.example"},
        {"HTTP_X_FORWARDED_PROTO": "https"},
        {"HTTP_HOST": "127.0.0.1:8443"},
        {"SERVER_PORT": "8443"},
        {"wsgi.url_scheme": "https"},
        {"HTTP_AUTHORIZATION": "Bearer ck_live_nobody"},
        {"QUERY_STRING": "a=b"},
    ]
    for n, more in enumerate(odd):
        assert call(app, signed(BODY, f"sms-{n}"), BODY, **more) == 200, more
    assert call(app, signed(BODY, "sms-x"), BODY, QUERY_STRING="phone=%2B14155550123&message=hello") == 422
    assert rows.count(engine)["messages"] == 2 * len(odd)


@databases.both
def test_a_captured_request_has_no_second_effect(client: FlaskClient, clock: Clock, engine: Engine) -> None:
    headers = signed(BODY)
    first = client.post("/webhooks/sms", data=BODY, headers=headers, content_type="application/json")
    before = rows.count(engine)
    clock.forward(seconds=1)
    again = client.post("/webhooks/sms", data=BODY, headers=headers, content_type="application/json")
    assert (again.status_code, again.data) == (200, first.data)
    assert again.headers["Idempotent-Replayed"] == "true"
    for step in ({"minutes": 10}, {"days": 30}):
        clock.forward(**step)
        late = client.post("/webhooks/sms", data=BODY, headers=headers, content_type="application/json")
        error_of(late, 403, "BAD_SIGNATURE")
    assert rows.count(engine) == before


@databases.both
def test_a_delivery_signed_anew_is_known_for_ever(client: FlaskClient, clock: Clock, engine: Engine) -> None:
    def deliver(body: bytes) -> Any:
        headers = signed(body, now=clock())
        return client.post("/webhooks/sms", data=body, headers=headers, content_type="application/json")

    first = deliver(BODY)
    before = rows.count(engine)
    for step in ({"seconds": 1}, {"minutes": 10}, {"days": 30}, {"days": 3650}):
        clock.forward(**step)
        again = deliver(BODY)
        assert again.headers["Idempotent-Replayed"] == "true"
        assert again.data == first.data
        error_of(deliver(BODY.replace(b"there", b"where")), 409, "IDEMPOTENCY_CONFLICT")
    assert rows.count(engine) == before
