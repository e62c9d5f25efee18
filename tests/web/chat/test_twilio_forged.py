"""Forged and mutated requests of Twilio: more than ten thousand, of which none is taken."""

import json
import secrets
from collections.abc import Iterator
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from sqlalchemy import Engine
from twilio.request_validator import RequestValidator as Official
from werkzeug.datastructures import MultiDict

from chatterkeep.settings import Settings
from tests import rows
from tests.make import make_phone, make_settings
from tests.signing import ADDRESS, TOKEN
from tests.web.chat.test_forged import flipped
from tests.web.chat.test_twilio import FORM_TYPE, PATH, Form, form_of

QUERY = "tenant=a&b=%20c"
OLD = secrets.token_hex(16)
Mutant = dict[str, Any]


@pytest.fixture
def settings(data_dir: Path, database_url: str) -> Settings:
    known = {
        "twilio_tokens": f"{TOKEN} {OLD}",
        "public_url": ADDRESS,
        "trusted_hosts": "localhost",
        "api_auth": "required",
    }
    return make_settings(data_dir=data_dir, database_url=database_url, log_level="ERROR", **known)


def signature_of(form: Form, url: str = f"{ADDRESS}{PATH}?{QUERY}", token: str = TOKEN) -> str:
    return Official(token).compute_signature(url, MultiDict(form))


def request_of(form: Form, **changes: Any) -> Mutant:
    return {"signature": signature_of(form), "query": QUERY, "body": urlencode(form).encode(), **changes}


def mutants(form: Form) -> Iterator[Mutant]:
    """Requests that nobody signed, each a small step away from one that Twilio did."""
    whole = request_of(form)
    for changed in flipped(whole["signature"].encode()):
        yield whole | {"signature": changed.decode("latin-1")}
    for changed in flipped(QUERY.encode()):
        yield whole | {"query": changed.decode("latin-1")}
    yield from _with_other_fields(form, whole)
    yield from _for_other_addresses(form)
    yield from _by_others(form)
    yield from _as_json(form)


def _with_other_fields(form: Form, whole: Mutant) -> Iterator[Mutant]:
    for place, (name, value) in enumerate(form):
        for changed in flipped(name.encode()):
            yield whole | {"body": _encoded([*form[:place], (changed, value), *form[place + 1 :]])}
        for changed in flipped(value.encode()):
            yield whole | {"body": _encoded([*form[:place], (name, changed), *form[place + 1 :]])}
        yield whole | {"body": _encoded([*form[:place], *form[place + 1 :]])}
        yield whole | {"body": _encoded([*form, (name, f"{value}x")])}
        yield whole | {"body": _encoded([*form, (f"{name}2", "")])}
    for wrong in ("text/plain", "application/json", "multipart/form-data; boundary=x", ""):
        yield whole | {"type": wrong}


def _encoded(fields: list[tuple[Any, Any]]) -> bytes:
    return urlencode(fields).encode()


def _for_other_addresses(form: Form) -> Iterator[Mutant]:
    """Signed by Twilio indeed, for somebody else's address."""
    for port in range(1, 1500):
        if port != 443:
            yield request_of(form, signature=signature_of(form, f"{ADDRESS}:{port}{PATH}?{QUERY}"))
    for changed in flipped(f"{ADDRESS}{PATH}?{QUERY}".encode()):
        yield request_of(form, signature=signature_of(form, changed.decode("latin-1")))
    for other in (
        f"http://chat.example.org{PATH}?{QUERY}",
        f"https://localhost{PATH}?{QUERY}",
        f"http://localhost{PATH}?{QUERY}",
        f"{ADDRESS}{PATH}",
        f"{ADDRESS}{PATH}?",
        f"{ADDRESS}{PATH}/?{QUERY}",
        f"{ADDRESS}.{PATH}?{QUERY}",
        f"https://user@chat.example.org{PATH}?{QUERY}",
        f"{PATH}?{QUERY}",
        "",
    ):
        for host in ("localhost", "chat.example.org", "evil.example"):
            spoofed = {"HTTP_HOST": host, "HTTP_X_FORWARDED_HOST": host, "HTTP_X_FORWARDED_PROTO": "https"}
            yield request_of(form, signature=signature_of(form, other), environ=spoofed)


def _by_others(form: Form) -> Iterator[Mutant]:
    random = Random(7)
    for token in flipped(TOKEN.encode()):
        yield request_of(form, signature=signature_of(form, token=token.decode("latin-1")))
    for _ in range(2500):
        yield request_of(form, signature=signature_of(form, token=f"{random.getrandbits(128):032x}"))
    yield request_of(form, signature="")
    yield request_of(form, signature=signature_of(form, token=""))
    yield request_of(form, signature=signature_of(form).rstrip("="))
    yield request_of(form, signature=f"{signature_of(form)},{signature_of(form)}")


def _as_json(form: Form) -> Iterator[Mutant]:
    """The body of a request in JSON is signed by its hash, which stands in the address."""
    body = json.dumps(dict(form)).encode()
    query = f"bodySHA256={sha256(body).hexdigest()}"
    signature = signature_of([], f"{ADDRESS}{PATH}?{query}")
    whole = {"signature": signature, "query": query, "body": body, "type": "application/json"}
    for changed in flipped(body):
        yield whole | {"body": changed}
        own = f"bodySHA256={sha256(changed).hexdigest()}"
        yield whole | {"body": changed, "query": own}
        yield whole | {"body": changed, "query": f"{query}&{own}"}
    yield whole | {"query": ""}
    yield whole | {"type": FORM_TYPE}


def call(app: Flask, mutant: Mutant) -> int:
    """Ask the application itself: a test client would refuse some of these."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": PATH,
        "QUERY_STRING": mutant["query"],
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_TYPE": mutant.get("type", FORM_TYPE),
        "CONTENT_LENGTH": str(len(mutant["body"])),
        "HTTP_X_TWILIO_SIGNATURE": mutant["signature"],
        "wsgi.input": BytesIO(mutant["body"]),
        "wsgi.errors": BytesIO(),
        "wsgi.url_scheme": "http",
        **mutant.get("environ", {}),
    }
    status: list[str] = []
    list(app.wsgi_app(environ, lambda line, *_: status.append(line)))  # type: ignore[arg-type, func-returns-value]
    return int(status[0][:3])


@pytest.mark.slow
def test_of_ten_thousand_mutants_none_is_taken(app: Flask, engine: Engine) -> None:
    form = form_of(From=make_phone(), Body="hello there, how are you?")
    tried, statuses = 0, dict[int, int]()
    for mutant in mutants(form):
        status = call(app, mutant)
        statuses[status] = statuses.get(status, 0) + 1
        assert status in (400, 403), mutant
        tried += 1
    assert tried >= 10_000, statuses
    assert set(rows.count(engine).values()) == {0}
    assert call(app, request_of(form)) == 200
