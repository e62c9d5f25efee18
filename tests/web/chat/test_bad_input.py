"""Whatever is posted to the webhook: a documented refusal, never a crash, and nothing stored."""

import json
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine

from chatterkeep.storage.db import db
from tests import rows
from tests.errors import error_of
from tests.make import make_phone

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MALFORMED = (400, "MALFORMED_JSON")
NO_TEXT = (400, "VALIDATION_ERROR")
INVALID = (422, "VALIDATION_ERROR")
NOT_READ = (415, "UNSUPPORTED_MEDIA_TYPE")
LARGE = (413, "PAYLOAD_TOO_LARGE")
PHONE = "+14155550166"


def body(**fields: Any) -> str:
    return json.dumps({"phone": PHONE, "message": "hello", **fields})


def form(text: str) -> str:
    return text.replace("PHONE", "%2B14155550166")


SYNTAX = {
    "no body": b"",
    "null": "null",
    "list": "[]",
    "text": '"x"',
    "number": "5",
    "half": "{",
    "trailing": body() + "x",
    "two": body() + body(),
    "twins": '{"phone": "+14155550166", "phone": "+14155550167", "message": "hello"}',
    "NaN": '{"phone": NaN, "message": "hello"}',
    "Infinity": '{"phone": "+14155550166", "message": "hello", "x": -Infinity}',
    "400 digits": '{"phone": ' + "4" * 400 + ', "message": "hello"}',
    "33 deep": '{"x": ' + "[" * 32 + "]" * 32 + "}",
    "30,000 deep": "[" * 30_000,
    "30,000 deep, closed": '{"x": ' + "[" * 30_000 + "]" * 30_000 + "}",
    "invalid UTF-8": b'{"phone": "+14155550166", "message": "\xff\xfe"}',
    "UTF-16": body().encode("utf-16"),
    "BOM": "\ufeff" + body(),
    "a bare NUL": '{"phone": "+14155550166", "message": "a\0b"}',
    "a bare newline": '{"phone": "+14155550166", "message": "a\nb"}',
    "an ISO date": "2026-03-14",
}
FIELDS: dict[str, tuple[str, tuple[int, str]]] = {
    "phone missing": ('{"message": "hello"}', INVALID),
    "message missing": (body().replace("message", "massage"), INVALID),
    "both missing": ("{}", INVALID),
    "two vocabularies mixed": ('{"phone": "+14155550166", "Body": "hello"}', INVALID),
    **{f"phone {value!r}": (body(phone=value), INVALID) for value in (5, 1.5, ["x"], {}, True, None)},
    **{f"message {value!r}": (body(message=value), INVALID) for value in (5, 1.5, ["x"], {}, False, None)},
    **{f"id {value!r}": (body(id=value), INVALID) for value in (5, ["x"], {}, True, "", "a b", "x" * 256, "\u00e9")},
    **{f"phone {value[:20]!r}": (body(phone=value), INVALID) for value in (
        "", "<script>", "hello", "+123", "+1415555016612345", "9" * 60_000, "+14155550166,+14155550167",
        "'; DROP TABLE",
        "\u202e", "anonymous", "ACME", "12345", "whatsapp:", "whatsapp:x", "+1415555016\u00b2"[:11])},
    "phone with NUL": (body(phone=PHONE + "\0"), NO_TEXT),
    "phone with half a pair": (body(phone=PHONE + "\ud800"), NO_TEXT),
    "message empty": (body(message=""), INVALID),
    "message of spaces": (body(message=" \t\n "), INVALID),
    "message of nothing visible": (body(message="\u200b\u200d\u2060\ufeff"), INVALID),
    "message too long": (body(message="x" * 1601), INVALID),
    "10,000 combining marks": (body(message="a" + "\u0301" * 5_000), INVALID),
    "message with NUL": (body(message="a\0b"), NO_TEXT),
    "message with half a pair": (body(message="a\ud800b"), NO_TEXT),
    "65,537 bytes": (body(message="x" * 65_536), LARGE),
}  # fmt: skip
FORMS: dict[str, tuple[str, tuple[int, str]]] = {
    "nothing": ("", INVALID),
    "no Body": (form("From=PHONE"), INVALID),
    "no From": ("Body=hello", INVALID),
    "From twice": (form("From=PHONE&From=PHONE&Body=hello"), INVALID),
    "empty Body": (form("From=PHONE&Body="), INVALID),
    "1,601 characters": (form("From=PHONE&Body=" + "x" * 1601), INVALID),
    "a short code": ("From=12345&Body=hello", INVALID),
    "a name for a number": ("From=ACME&Body=hello", INVALID),
    "NUL in Body": (form("From=PHONE&Body=a%00b"), NO_TEXT),
    "NUL in From": (form("From=PHONE%00&Body=hello"), NO_TEXT),
    "a broken escape": (form("From=PHONE&Body=%ZZ"), MALFORMED),
    "half an escape": (form("From=PHONE&Body=100%"), MALFORMED),
    "broken UTF-8": (form("From=PHONE&Body=%ff%fe"), MALFORMED),
    "half a pair": (form("From=PHONE&Body=%ed%a0%80"), MALFORMED),
    "101 fields": (form("From=PHONE&Body=hello&") + "&".join(f"f{n}=x" for n in range(99)), MALFORMED),
    "1,001 fields": (form("From=PHONE&Body=hello&") + "&".join(f"f{n}=x" for n in range(999)), MALFORMED),
    "a name of 100 kB": ("x" * 100_000 + "=1", LARGE),
    "JSON": (body(), INVALID),
}
TYPES = ("", "text/plain", "application/xml", "multipart/form-data; boundary=x", f"{JSON}; charset=latin1",
         "application/x-www-form-urlencodedx", "application/json5", "\u00e9", ";",
         "application/octet-stream")  # fmt: skip
CASES = [
    *(pytest.param(text, JSON, *MALFORMED, id=f"json: {name}") for name, text in SYNTAX.items()),
    *(pytest.param(text, JSON, *expected, id=f"json: {name}") for name, (text, expected) in FIELDS.items()),
    *(pytest.param(text, FORM, *expected, id=f"form: {name}") for name, (text, expected) in FORMS.items()),
    *(pytest.param(body(), kind, *NOT_READ, id=f"type: {kind}") for kind in TYPES),
]


@pytest.fixture
def client(still_app: Flask) -> FlaskClient:
    """What is refused changes nothing, so that all of it may be said to the same application."""
    return still_app.test_client()


@pytest.fixture
def engine(still_app: Flask) -> Engine:
    with still_app.app_context():
        return db.engine


@pytest.mark.parametrize(("sent", "content_type", "status", "code"), CASES)
def test_a_bad_request_is_refused_and_leaves_nothing(
    client: FlaskClient, engine: Engine, sent: str | bytes, content_type: str, status: int, code: str
) -> None:
    before = rows.count(engine)
    answer = client.post("/chat", data=sent, content_type=content_type)
    assert error_of(answer, status, code)["hint"]
    assert rows.count(engine) == before


@pytest.mark.parametrize("sent", ["{}", '{"phone": "+123", "message": "hello"}'])
def test_the_hint_is_an_example_that_works(client: FlaskClient, sent: str) -> None:
    hint = error_of(client.post("/chat", data=sent, content_type=JSON), 422, "VALIDATION_ERROR")["hint"]
    works = hint if hint.startswith("{") else body(phone=hint)
    assert client.post("/chat", data=works, content_type=JSON).status_code == 200


def test_what_was_understood_of_a_number_is_told(client: FlaskClient) -> None:
    error = error_of(client.post("/chat", json={"phone": "+123", "message": "hello"}), 422, "VALIDATION_ERROR")
    assert error["details"] == {"field": "phone", "understood": "+1 23"}


def test_the_field_is_named_as_the_caller_names_it(client: FlaskClient) -> None:
    error = error_of(client.post("/chat", json={"From": PHONE, "Body": ""}), 422, "VALIDATION_ERROR")
    assert error["details"]["field"] == "Body"


@pytest.mark.parametrize("query", ["From=%2B14155550166", "Body=hello", "phone=x", "user_message=x"])
def test_fields_in_the_address_are_refused(client: FlaskClient, engine: Engine, query: str) -> None:
    before = rows.count(engine)
    answer = client.post(f"/chat?{query}", data=form("From=PHONE&Body=hello"), content_type=FORM)
    error_of(answer, 422, "VALIDATION_ERROR")
    assert rows.count(engine) == before


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "TRACE"])
def test_another_method_is_told_which_one_works(client: FlaskClient, method: str) -> None:
    answer = client.open("/chat", method=method)
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


@pytest.mark.parametrize("path", ["/chat/", "/chat/x", "/Chat"])
def test_another_path_is_not_found(client: FlaskClient, path: str) -> None:
    assert client.post(path, json={"phone": PHONE, "message": "hello"}).status_code == 404


ACCEPTED = {
    "1,600 characters": "x" * 1600,
    "1,600 characters outside the BMP": "\U0001f3b5" * 1600,
    "right-to-left override": "\u202eevil",
    "many combining marks": "a" + "\u0301" * 1000,
    "a family": "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466",
    "control characters": "a\x07b\x1b[31mc",
    "brackets that nest nothing": '[{"' * 100,
    "markup": "<script>alert(1)</script>",
    "SQL": "'; DROP TABLE messages; --",
    "a template": "{{ 7 * 7 }} {name} %s",
}


@pytest.mark.parametrize("text", ACCEPTED.values(), ids=ACCEPTED)
def test_an_odd_text_is_a_text(client: FlaskClient, engine: Engine, text: str) -> None:
    before = rows.count(engine)["messages"]
    assert client.post("/chat", json={"phone": make_phone(), "message": text}).status_code == 200
    assert rows.count(engine)["messages"] == before + 2


@pytest.mark.parametrize(
    "more", [{"colour": "red"}, {"x": [[[]]]}, {"id": None}, {"MediaUrl0": "https://x"}, {"x": 1e300}]
)
def test_fields_nobody_knows_are_ignored(client: FlaskClient, more: dict[str, Any]) -> None:
    assert client.post("/chat", json={"phone": PHONE, "message": "hello", **more}).status_code == 200


def test_a_hundred_fields_are_not_too_many(client: FlaskClient) -> None:
    fields = {"From": PHONE, "Body": "hello", **{f"f{n}": "x" for n in range(98)}}
    assert client.post("/chat", data=fields).status_code == 200
