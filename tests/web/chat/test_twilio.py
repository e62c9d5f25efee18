"""`POST /webhooks/twilio`: what Twilio signs is taken in once, for ever, and answered as TwiML."""

import json
import secrets
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine
from twilio.request_validator import RequestValidator as Official
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from chatterkeep.domain.twilio import sign
from chatterkeep.settings import Settings
from chatterkeep.web.chat.twilio import ONLY_TEXT
from chatterkeep.web.logs import JsonFormatter
from tests import databases, rows
from tests.errors import error_of
from tests.llm.server import LLM
from tests.make import NAME, Clock, make_phone, make_settings
from tests.signing import ADDRESS, TOKEN

PATH = "/webhooks/twilio"
OLD = secrets.token_hex(16)
Form = list[tuple[str, str]]


@pytest.fixture
def settings(data_dir: Path, database_url: str) -> Settings:
    return twilio_settings(data_dir, database_url=database_url)


def twilio_settings(data_dir: Path, **more: Any) -> Settings:
    """A server behind a proxy, whose own host has another name than the one that people use."""
    told = {"twilio_tokens": f"{TOKEN} {OLD}", "public_url": ADDRESS, "trusted_hosts": "localhost", **more}
    return make_settings(data_dir=data_dir, api_auth="required", **told)


def form_of(**changes: str) -> Form:
    """What Twilio sends of a text message."""
    said = {
        "ToCountry": "US",
        "MediaContentType0": "",
        "SmsMessageSid": "SM",
        "NumMedia": "0",
        "From": make_phone(),
        "To": "+14155550100",
        "Body": "hello",
        "MessageSid": f"SM{secrets.token_hex(16)}",
        "AccountSid": "AC00000000000000000000000000000000",
        "ApiVersion": "2010-04-01",
    }
    return list((said | changes).items())


def deliver(
    client: FlaskClient, form: Form, url: str = ADDRESS + PATH, token: str = TOKEN, query: str = "", **more: str
) -> TestResponse:
    """Send a form, signed by Twilio's own package."""
    signature = Official(token).compute_signature(url, MultiDict(form), more.pop("algorithm", None))
    headers = {"X-Twilio-Signature": signature} | {name.replace("_", "-"): value for name, value in more.items()}
    body = urlencode(form)
    return client.post(PATH, query_string=query, data=body, headers=headers, content_type=FORM_TYPE)


FORM_TYPE = "application/x-www-form-urlencoded"


def said(answer: TestResponse) -> list[str]:
    """The messages of an answer in TwiML."""
    assert answer.status_code == 200, answer.text
    assert answer.content_type == "text/xml; charset=utf-8"
    root = ElementTree.fromstring(answer.data)
    assert root.tag == "Response"
    assert {one.tag for one in root} <= {"Message"}
    return [one.text or "" for one in root]


def test_a_message_is_answered_without_a_key(client: FlaskClient) -> None:
    phone = make_phone()
    assert said(deliver(client, form_of(From=phone))) == ["What is your name?"]
    assert said(deliver(client, form_of(From=phone, Body=NAME))) == [f"Hello {NAME}, what is your favorite song?"]
    assert said(deliver(client, form_of(From=phone, Body="Rock & <Roll>"))) == ["Playing Rock & <Roll>"]


def test_a_number_is_the_same_person_however_it_writes(client: FlaskClient) -> None:
    phone = make_phone()
    deliver(client, form_of(From=phone))
    other = deliver(client, form_of(From=f"whatsapp:{phone}", Body=NAME))
    assert said(other) == ["Invalid initial input, please say hello."]
    assert said(deliver(client, form_of(From=phone, Body=NAME))) == [f"Hello {NAME}, what is your favorite song?"]


def as_json(fields: dict[str, str], token: str = TOKEN, port: str = "") -> dict[str, Any]:
    body = json.dumps(fields)
    query = f"bodySHA256={sha256(body.encode()).hexdigest()}"
    signature = Official(token).compute_signature(f"{ADDRESS}{port}{PATH}?{query}", {})
    headers = {"X-Twilio-Signature": signature}
    return {"query_string": query, "data": body, "headers": headers, "content_type": "application/json"}


VALID: dict[str, Any] = {
    "as the console has it": lambda client: deliver(client, form_of()),
    "with the port of https": lambda client: deliver(client, form_of(), f"{ADDRESS}:443{PATH}"),
    "under the token that goes": lambda client: deliver(client, form_of(), token=OLD),
    "from a messaging service": lambda client: deliver(client, form_of(MessagingServiceSid=f"MG{'0' * 32}")),
    "with empty fields": lambda client: deliver(client, form_of(FromCity="", FromZip="")),
    "with a field twice": lambda client: deliver(client, [*form_of(), ("MediaUrl", "b"), ("MediaUrl", "a")]),
    "with the same field twice": lambda client: deliver(client, [*form_of(), ("Tag", "a"), ("Tag", "a")]),
    "beyond ASCII": lambda client: deliver(client, form_of(Body="Grüße 👋🏽 日本語 مرحبا", FromCity="São Paulo")),
    "with marks of addresses": lambda client: deliver(client, form_of(Body="a=b&c+d %41\r\nhello")),
    "with a query": lambda client: deliver(client, form_of(), f"{ADDRESS}{PATH}?a=b&c=%20", query="a=b&c=%20"),
    "as JSON": lambda client: client.post(PATH, **as_json(dict(form_of()))),
    "as JSON, with the port": lambda client: client.post(PATH, **as_json(dict(form_of()), OLD, ":443")),
    "with the newer digest": lambda client: deliver(
        client,
        form_of(),
        algorithm="HMAC_SHA256",
        X_Twilio_Webhooks_Signature_Settings="key=webhooks_sharedkey_1,algorithm=HMAC_SHA256",
    ),
}


@pytest.mark.parametrize("variant", VALID.values(), ids=VALID)
def test_all_that_twilio_signs_is_taken(client: FlaskClient, engine: Engine, variant: Any) -> None:
    assert len(said(variant(client))) == 1
    assert rows.count(engine)["messages"] == 2


def test_what_the_request_says_of_its_host_is_not_believed(client: FlaskClient) -> None:
    spoofed = {"X_Forwarded_Host": "evil.example", "X_Forwarded_Proto": "http", "Forwarded": "host=evil.example"}
    assert len(said(deliver(client, form_of(), **spoofed))) == 1
    for url in (f"http://localhost{PATH}", f"https://evil.example{PATH}", f"http://evil.example{PATH}"):
        error_of(deliver(client, form_of(), url, **spoofed), 403, "BAD_SIGNATURE")


@databases.both
def test_a_message_has_one_effect_for_ever(client: FlaskClient, clock: Clock, engine: Engine) -> None:
    form = form_of()
    first = deliver(client, form)
    before = rows.count(engine)
    for step in ({"seconds": 1}, {"minutes": 10}, {"days": 30}, {"days": 3650}):
        clock.forward(**step)
        again = deliver(client, form)
        assert again.headers["Idempotent-Replayed"] == "true"
        assert again.data == first.data
        other = [(name, "another" if name == "Body" else value) for name, value in form]
        error_of(deliver(client, other), 409, "IDEMPOTENCY_CONFLICT")
    assert rows.count(engine) == before


def test_a_refusal_sounds_the_same_whatever_is_wrong(client: FlaskClient, engine: Engine) -> None:
    form = form_of()
    right = sign(TOKEN, ADDRESS + PATH, form)
    whole = as_json(dict(form))
    wrong = [
        client.post(PATH, data=urlencode(form), content_type=FORM_TYPE),
        client.post(PATH, data=urlencode(form), content_type=FORM_TYPE, headers={"X-Twilio-Signature": right[:-1]}),
        client.post(PATH, data=b"\xff", content_type=FORM_TYPE, headers={"X-Twilio-Signature": right}),
        client.post(PATH, data=b"", headers={"X-Twilio-Signature": right}),
        deliver(client, form, token=secrets.token_hex(16)),
        deliver(client, form, X_Twilio_Webhooks_Signature_Settings="algorithm=NONE"),
        deliver(client, form, X_Twilio_Webhooks_Signature_Settings="algorithm=HMAC_SHA256"),
        client.post(PATH, **whole | {"query_string": ""}),
        client.post(PATH, **whole | {"data": whole["data"].replace("hello", "jello")}),
        client.post(PATH, **whole | {"query_string": f"{whole['query_string']}&{whole['query_string']}"}),
        client.post(PATH, json=dict(form), headers={"X-Twilio-Signature": sign(TOKEN, ADDRESS + PATH, [])}),
    ]
    errors = [error_of(answer, 403, "BAD_SIGNATURE") for answer in wrong]
    assert len({(error["message"], error["hint"], str(error["details"])) for error in errors}) == 1
    assert set(rows.count(engine).values()) == {0}


def test_the_log_names_the_address_that_was_checked(client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    deliver(client, form_of(), "https://other.example/webhooks/twilio", query="a=secret")
    (record,) = (one for one in caplog.records if one.message == "twilio.refused")
    line = JsonFormatter().format(record)
    assert f"{ADDRESS}{PATH} (" in line
    assert "secret" not in line
    assert TOKEN not in line


def test_what_cannot_be_used_is_refused_as_everywhere(client: FlaskClient, engine: Engine) -> None:
    assert error_of(deliver(client, form_of(From="12")), 422, "VALIDATION_ERROR")["details"]["field"] == "phone"
    assert error_of(deliver(client, form_of(Body="")), 422, "VALIDATION_ERROR")["details"]["field"] == "Body"
    error_of(deliver(client, form_of(Body="a" * 1601)), 422, "VALIDATION_ERROR")
    error_of(deliver(client, form_of(Body="a\0b")), 400, "VALIDATION_ERROR")
    error_of(deliver(client, form_of(MessageSid="S M")), 422, "VALIDATION_ERROR")
    error_of(deliver(client, [*form_of(), ("Body", "jello")]), 422, "VALIDATION_ERROR")
    nameless = [(name, value) for name, value in form_of() if name != "MessageSid"]
    assert error_of(deliver(client, nameless), 422, "VALIDATION_ERROR")["details"]["field"] == "MessageSid"
    error_of(client.post(PATH, data="x" * 70_000, content_type=FORM_TYPE), 413, "PAYLOAD_TOO_LARGE")
    assert set(rows.count(engine).values()) == {0}


def test_a_picture_without_a_word_is_answered_and_not_kept(client: FlaskClient, engine: Engine) -> None:
    assert said(deliver(client, form_of(Body="", NumMedia="1"))) == [ONLY_TEXT]
    assert set(rows.count(engine).values()) == {0}


def test_what_twilio_has_answered_itself_is_kept_and_not_answered_again(client: FlaskClient, engine: Engine) -> None:
    assert said(deliver(client, form_of(Body="STOP", OptOutType="STOP"))) == []
    assert rows.count(engine)["messages"] == 2


class TestWithoutATokenOrAnAddress:
    @pytest.fixture(params=[{"twilio_tokens": ""}, {"public_url": ""}], ids=["token", "address"])
    def settings(self, data_dir: Path, request: pytest.FixtureRequest) -> Settings:
        return twilio_settings(data_dir, **request.param)

    def test_nothing_is_taken(self, client: FlaskClient, engine: Engine) -> None:
        for url in (ADDRESS + PATH, f"http://localhost{PATH}", PATH):
            error_of(deliver(client, form_of(), url), 403, "BAD_SIGNATURE")
        error_of(deliver(client, form_of(), token=""), 403, "BAD_SIGNATURE")
        assert set(rows.count(engine).values()) == {0}


class TestWithALanguageModel:
    @pytest.fixture
    def settings(self, data_dir: Path, llm: LLM) -> Settings:
        model = {"openai_base_url": llm.url, "openai_api_key": "x", "first_token_timeout": 30}
        return twilio_settings(data_dir, flow="assistant", **model)

    @pytest.fixture
    def llm(self) -> Iterator[LLM]:
        with LLM(first_token=0.5, says="**Meow.**").running() as model:
            yield model

    def test_it_waits_for_the_answer(self, client: FlaskClient) -> None:
        assert said(deliver(client, form_of(Body="why"))) == ["Meow."]

    def test_what_takes_longer_is_announced_with_the_place_to_read_it(
        self, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("chatterkeep.web.chat.twilio.LONGEST_WAIT", 0)
        form = form_of(Body="why")
        (text,) = said(deliver(client, form))
        assert f"read it at {ADDRESS} " in text
        monkeypatch.undo()
        assert said(deliver(client, form)) == ["Meow."]


class TestWithALanguageModelOfManyWords:
    @pytest.fixture
    def settings(self, data_dir: Path, llm: LLM) -> Settings:
        model = {"openai_base_url": llm.url, "openai_api_key": "x"}
        return twilio_settings(data_dir, flow="assistant", **model)

    @pytest.fixture
    def llm(self) -> Iterator[LLM]:
        with LLM(says="It rains. <b> & so on. " * 200).running() as model:
            yield model

    def test_a_long_answer_comes_in_parts_that_twilio_takes(self, client: FlaskClient) -> None:
        parts = said(deliver(client, form_of(Body="why")))
        assert [part[:6] for part in parts] == [f"({n}/{len(parts)}) " for n in range(1, len(parts) + 1)]
        assert all(len(part) <= 1600 for part in parts)
        assert " ".join(part[6:] for part in parts) == ("It rains. <b> & so on. " * 200).strip()
