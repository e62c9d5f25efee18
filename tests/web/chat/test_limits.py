"""How many messages are taken: of one phone, from one address, from everybody."""

import time
from pathlib import Path
from typing import Any, ClassVar

import pytest
from flask import Flask
from flask.testing import FlaskClient
from limits.errors import StorageError
from limits.storage import MemoryStorage
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from chatterkeep.domain.errors import RateLimited
from chatterkeep.services.budget import Budget
from chatterkeep.settings import Settings
from chatterkeep.storage.counters import SharedStorage
from chatterkeep.web.limits import Limits, init, limiting
from tests import rows
from tests.errors import error_of
from tests.make import make_payload, make_phone, make_settings


@pytest.fixture
def limits() -> dict[str, str]:
    return {"limit_phone": "5/10seconds;20/minute;100/hour"}


@pytest.fixture
def settings(data_dir: Path, limits: dict[str, str]) -> Settings:
    return make_settings(data_dir=data_dir, **limits)


def limited_to(**limits: str) -> Any:
    return pytest.mark.parametrize("limits", [limits], ids=["-".join(limits)])


def send(client: FlaskClient, **fields: Any) -> TestResponse:
    return client.post("/chat", json=make_payload(**fields))


def test_five_in_ten_seconds_are_taken_and_the_sixth_is_not(client: FlaskClient, engine: Engine) -> None:
    phone = make_phone()
    assert [send(client, phone=phone).status_code for _ in range(6)] == [200] * 5 + [429]
    assert rows.count(engine)["messages"] == 10


def test_a_refusal_says_when_to_come_back(client: FlaskClient) -> None:
    phone = make_phone()
    answer = [send(client, phone=phone) for _ in range(6)][-1]
    error = error_of(answer, 429, "RATE_LIMIT_EXCEEDED")
    assert answer.headers["Retry-After"] == str(error["details"]["retry_after"])
    assert 1 <= error["details"]["retry_after"] <= 10
    assert answer.headers["RateLimit-Limit"] == "5"
    assert answer.headers["RateLimit-Remaining"] == "0"
    assert answer.headers["RateLimit-Reset"] == answer.headers["Retry-After"]
    assert "phone" in error["details"]["limit"]


def test_other_phones_do_not_pay_for_it(client: FlaskClient) -> None:
    phone = make_phone()
    assert [send(client, phone=phone) for _ in range(6)][-1].status_code == 429
    assert send(client).status_code == 200


def test_every_spelling_counts_for_the_same_phone(client: FlaskClient) -> None:
    spellings = ["+14155550133", "(415) 555-0133", "4155550133", "0014155550133", "1-415-555-0133", "415 555 0133"]
    assert [send(client, phone=spelling).status_code for spelling in spellings][-1] == 429


def test_a_delivery_that_came_before_is_never_refused(client: FlaskClient) -> None:
    phone = make_phone()
    first = send(client, phone=phone, id="SM1")
    assert [send(client, phone=phone).status_code for _ in range(5)][-1] == 429
    again = [send(client, phone=phone, id="SM1") for _ in range(10)]
    assert {answer.data for answer in again} == {first.data}


def test_a_repeated_delivery_does_not_count(client: FlaskClient) -> None:
    phone = make_phone()
    for _ in range(10):
        send(client, phone=phone, id="SM1")
    assert [send(client, phone=phone).status_code for _ in range(5)] == [200] * 4 + [429]


def test_a_bad_request_does_not_count_for_the_phone(client: FlaskClient) -> None:
    phone = make_phone()
    for _ in range(10):
        send(client, phone=phone, message="")
    assert send(client, phone=phone).status_code == 200


def test_a_refused_message_has_no_effect_on_the_dialogue(client: FlaskClient, engine: Engine) -> None:
    phone = make_phone()
    for text in ("hello", "restart", "hello", "restart", "hello"):
        send(client, phone=phone, message=text)
    before = rows.count(engine)
    assert send(client, phone=phone, message="Ada", id="SM9").status_code == 429
    assert rows.count(engine) == before


@limited_to(limit_phone="1/minute")
def test_after_the_time_named_the_same_message_is_taken(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    phone = make_phone()
    send(client, phone=phone)
    refused = send(client, phone=phone, message="Ada", id="SM1")
    named = time.time() + int(refused.headers["Retry-After"])
    monkeypatch.setattr(SharedStorage, "clock", lambda _: named)
    assert send(client, phone=phone, message="Ada", id="SM1").json["state"] == "AWAITING_SONG"


@limited_to(limit_phone="100/second;3/minute")
def test_the_longer_window_counts_too(client: FlaskClient) -> None:
    phone = make_phone()
    assert [send(client, phone=phone).status_code for _ in range(4)] == [200, 200, 200, 429]


@limited_to(limit_phone="2/minute;4/hour")
def test_what_was_refused_does_not_use_up_the_longer_window(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = make_phone()
    assert [send(client, phone=phone).status_code for _ in range(8)] == [200] * 2 + [429] * 6
    later = time.time() + 61
    monkeypatch.setattr(SharedStorage, "clock", lambda _: later)
    assert [send(client, phone=phone).status_code for _ in range(2)] == [200] * 2


@limited_to(limit_phone="", limit_address="3/minute")
def test_an_address_has_its_own_limit(client: FlaskClient) -> None:
    answers = [send(client) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert "address" in answers[-1].json["error"]["details"]["limit"]
    elsewhere = client.post("/chat", json=make_payload(), environ_base={"REMOTE_ADDR": "192.0.2.7"})
    assert elsewhere.status_code == 200


@limited_to(limit_phone="", limit_total="3/minute")
def test_everybody_together_has_a_limit(client: FlaskClient) -> None:
    froms = [f"192.0.2.{n}" for n in range(4)]
    answers = [client.post("/chat", json=make_payload(), environ_base={"REMOTE_ADDR": address}) for address in froms]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]


@limited_to(limit_phone="", limit_address="2/minute", limit_total="4/minute")
def test_one_address_cannot_use_up_what_everybody_shares(client: FlaskClient) -> None:
    assert [send(client).status_code for _ in range(9)] == [200] * 2 + [429] * 7
    elsewhere = {"REMOTE_ADDR": "192.0.2.7"}
    assert client.post("/chat", json=make_payload(), environ_base=elsewhere).status_code == 200


@limited_to(limit_phone="2/minute")
def test_a_page_is_limited_like_a_phone(client: FlaskClient) -> None:
    page = client.post("/", data={"phone": make_phone()}).location
    sent = [client.post(f"{page}/messages", data={"text": "hello"}).status_code for _ in range(3)]
    assert sent == [303, 303, 429]


@limited_to(limit_phone="", limit_address="", limit_total="")
def test_an_empty_limit_is_none(client: FlaskClient) -> None:
    phone = make_phone()
    assert {send(client, phone=phone).status_code for _ in range(30)} == {200}


def test_counting_goes_on_where_the_counters_cannot_be_reached(
    client: FlaskClient, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    (settings.data_dir / "limits.counters").mkdir()
    phone = make_phone()
    assert [send(client, phone=phone).status_code for _ in range(6)] == [200] * 5 + [429]
    assert "limits.uncounted" in caplog.messages


class Vanishing(MemoryStorage):
    """Counters that cannot be reached any more once they are asked for more than a count."""

    STORAGE_SCHEME: ClassVar = ["vanishing"]

    def get_expiry(self, key: str) -> float:
        raise StorageError(ConnectionError())


def test_counters_that_vanish_in_the_middle_of_a_count_are_missed_by_nobody() -> None:
    app = Flask(__name__)
    none = dict.fromkeys(("address", "total", "login", "proof", "llm", "llm_total"), "")
    limits = Limits(storage="vanishing://", phone="1/hour", files="", files_daily=1, **none)
    init(app, limits, Budget(MemoryStorage(), 0, 0))
    with app.app_context():
        admit = limiting().message_of("somebody")
        admit(None)
        admit(None)  # the first that this process counts by itself
        with pytest.raises(RateLimited):
            admit(None)
        with pytest.raises(RateLimited):
            limiting().file("some session", 2_000_000)
