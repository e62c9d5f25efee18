"""`POST /webhooks/sms`: what a gateway signs is taken in once, for ever, and answered like `POST /chat`."""

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine
from standardwebhooks.webhooks import Webhook as Official
from werkzeug.test import TestResponse

from chatterkeep.services.signatures import generate_secret
from chatterkeep.settings import Settings
from tests import rows
from tests.errors import error_of
from tests.llm.server import LLM
from tests.make import NAME, NOW, Clock, make_payload, make_phone, make_settings
from tests.signing import SECRET, signed

OLD = generate_secret()
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def settings(data_dir: Path, database_url: str) -> Settings:
    secrets = f"{SECRET} {OLD}"
    return make_settings(data_dir=data_dir, database_url=database_url, api_auth="required", channel_secrets=secrets)


def post(client: FlaskClient, body: bytes, headers: dict[str, str], media: str = JSON, **more: str) -> TestResponse:
    headers = {**headers, **{name.replace("_", "-"): value for name, value in more.items()}}
    return client.post("/webhooks/sms", data=body, headers=headers, content_type=media)


def body_of(**changes: str) -> bytes:
    return json.dumps(make_payload(**changes)).encode()


def test_a_signed_message_is_answered_without_a_key(client: FlaskClient) -> None:
    phone = make_phone()
    body = body_of(phone=phone)
    answer = post(client, body, signed(body))
    assert answer.status_code == 200
    assert (answer.json["phone"], answer.json["reply"]) == (phone, "What is your name?")
    assert "Idempotent-Replayed" not in answer.headers


@pytest.mark.parametrize(
    ("names", "reply"),
    [
        (("phone", "message"), "reply"),
        (("user_phone", "user_message"), "bot_message"),
        (("From", "Body"), "Body"),
    ],
)
@pytest.mark.parametrize("media", [JSON, FORM])
def test_it_speaks_the_three_vocabularies(client: FlaskClient, names: tuple[str, str], reply: str, media: str) -> None:
    fields = dict(zip(names, (make_phone(), "hello"), strict=True))
    body = (json.dumps(fields) if media == JSON else urlencode(fields)).encode()
    assert post(client, body, signed(body), media).json[reply] == "What is your name?"


def test_a_person_goes_on_where_they_were(client: FlaskClient) -> None:
    phone = make_phone()
    for n, text in enumerate(("hello", NAME)):
        body = body_of(phone=phone, message=text)
        answer = post(client, body, signed(body, f"sms-{n}"))
    assert answer.json["state"] == "AWAITING_SONG"


@pytest.mark.parametrize("secret", [SECRET, OLD], ids=["new", "old"])
def test_two_secrets_open_while_they_are_exchanged(client: FlaskClient, secret: str) -> None:
    body = body_of()
    assert post(client, body, signed(body, secret=secret)).status_code == 200


def test_a_delivery_that_began_under_the_old_secret_is_the_same_under_the_new(client: FlaskClient) -> None:
    body = body_of()
    first = post(client, body, signed(body, secret=OLD))
    again = post(client, body, signed(body, secret=SECRET))
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.data == first.data


FITTING = {
    "with others before it": "v1,AAAA v1,BBBB {}",
    "with others behind it": "{} v1,AAAA",
    "beside a version we do not know": "v1a,xyz v2,abc {} v0,",
    "beside nonsense": "nonsense ,, v1 {}",
}


@pytest.mark.parametrize("written", FITTING.values(), ids=FITTING)
def test_one_fitting_signature_of_several_will_do(client: FlaskClient, written: str) -> None:
    body = body_of()
    headers = signed(body)
    headers["webhook-signature"] = written.format(headers["webhook-signature"])
    assert post(client, body, headers).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        '{"phone": "+1 415-555-0177", "message": "héllo 👋🏽 日本語 مرحبا"}',
        '{"phone":"+14155550178","message":"h\\u00e9llo \\ud83d\\ude00"}',
        '  {"message" : "hello" , "phone" : "+14155550179"}\n\n',
        '{"phone": "+14155550180", "message": "a.b.c 1773500966.{}"}',
    ],
)
def test_what_is_signed_are_the_bytes_not_what_they_mean(client: FlaskClient, body: str) -> None:
    assert post(client, body.encode(), signed(body.encode())).status_code == 200


@pytest.mark.parametrize("seconds", [-300, -299, 0, 299, 300])
def test_a_clock_may_be_five_minutes_off(client: FlaskClient, clock: Clock, seconds: int) -> None:
    body = body_of()
    headers = signed(body)
    clock.forward(seconds=seconds)
    assert post(client, body, headers).status_code == 200


@pytest.mark.parametrize("seconds", [-301, 301, 600, 86400, -86400])
def test_a_signature_of_another_time_is_refused(client: FlaskClient, clock: Clock, seconds: int) -> None:
    body = body_of()
    headers = signed(body)
    clock.forward(seconds=seconds)
    error_of(post(client, body, headers), 403, "BAD_SIGNATURE")


def test_the_official_package_signs_what_we_take(client: FlaskClient, clock: Clock) -> None:
    body = body_of(message="héllo")
    signature = Official(SECRET).sign("msg_1", NOW, body.decode())
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(int(NOW.timestamp())), "webhook-signature": signature}
    assert post(client, body, headers).status_code == 200


def test_a_refusal_sounds_the_same_whatever_is_wrong(client: FlaskClient, engine: Engine) -> None:
    body = body_of()
    headers = signed(body)
    wrong = [
        ({}, body),
        ({**headers, "webhook-signature": "v1,AAAA"}, body),
        ({**headers, "webhook-id": "other"}, body),
        ({**headers, "webhook-id": "o.ther"}, body),
        ({**headers, "webhook-timestamp": "0"}, body),
        ({**headers, "webhook-timestamp": "now"}, body),
        (headers, body + b" "),
        (headers, b"{"),
        (headers, b""),
        (signed(body, secret=generate_secret()), body),
    ]
    said = set()
    for fields, sent in wrong:
        error = error_of(post(client, sent, fields), 403, "BAD_SIGNATURE")
        said.add((error["message"], error["hint"], str(error["details"])))
    assert len(said) == 1
    assert set(rows.count(engine).values()) == {0}


def test_size_comes_before_the_signature_and_the_signature_before_the_words(client: FlaskClient) -> None:
    large, odd = b"x" * 70_000, b"{"
    error_of(post(client, large, signed(large)), 413, "PAYLOAD_TOO_LARGE")
    error_of(post(client, odd, {}), 403, "BAD_SIGNATURE")
    error_of(post(client, odd, signed(odd)), 400, "MALFORMED_JSON")
    error_of(post(client, odd, signed(odd), "text/plain"), 415, "UNSUPPORTED_MEDIA_TYPE")


def test_no_other_id_is_looked_at(client: FlaskClient) -> None:
    phone = make_phone()
    for n in range(2):
        body = body_of(phone=phone, id="same")
        answer = post(client, body, signed(body, f"sms-{n}"), Idempotency_Key="same")
        assert answer.status_code == 200
        assert "Idempotent-Replayed" not in answer.headers


def test_what_we_sent_to_the_gateway_cannot_be_sent_back(client: FlaskClient, engine: Engine) -> None:
    """Both ways use one secret: a text of ours, whose signature fits, must not become a message of that number."""
    sent = {"id": "k1", "phone": make_phone(), "text": "Your code is 111222.", "sent_at": NOW.isoformat()}
    body = json.dumps(sent).encode()
    error_of(post(client, body, signed(body, "k1")), 422, "VALIDATION_ERROR")
    assert set(rows.count(engine).values()) == {0}


@pytest.mark.parametrize("prefer", ["wait=0", "respond-async", "wait=2"])
def test_a_preference_is_told(client: FlaskClient, prefer: str) -> None:
    body = body_of()
    assert "Preference-Applied" in post(client, body, signed(body), Prefer=prefer).headers


class TestWithoutASecret:
    @pytest.fixture
    def settings(self, data_dir: Path) -> Settings:
        return make_settings(data_dir=data_dir)

    def test_nothing_is_taken_even_where_the_api_is_open(self, client: FlaskClient, engine: Engine) -> None:
        body = body_of()
        for headers in ({}, signed(body), {"webhook-id": "a", "webhook-timestamp": "1", "webhook-signature": ""}):
            error_of(post(client, body, headers), 403, "BAD_SIGNATURE")
        assert set(rows.count(engine).values()) == {0}


class TestWithALanguageModel:
    @pytest.fixture
    def settings(self, data_dir: Path, llm: LLM) -> Settings:
        model = {"flow": "assistant", "openai_base_url": llm.url, "openai_api_key": "x"}
        return make_settings(data_dir=data_dir, api_auth="required", channel_secrets=SECRET, **model)

    @pytest.fixture
    def llm(self) -> Iterator[LLM]:
        with LLM(first_token=0.5, says="Meow.").running() as model:
            yield model

    def test_a_reply_that_is_not_ready_is_told_to_the_same_delivery_later(self, client: FlaskClient) -> None:
        body = body_of(message="why")
        first = post(client, body, signed(body), Prefer="respond-async")
        assert (first.status_code, first.json["status"]) == (202, "pending")
        assert first.headers["Location"] == first.json["reply_url"]
        again = post(client, body, signed(body), Prefer="wait=10")
        assert (again.status_code, again.json["reply"]) == (200, "Meow.")
