"""What people try with numbers that are not theirs, and how it ends."""

import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from chatterkeep.services.wiring import Services
from chatterkeep.settings import Settings
from chatterkeep.storage.db import db
from tests import databases, rows
from tests.carrier import Pigeonhole, attached
from tests.make import SONG, Clock, make_phone
from tests.web.chat.visitor import Visitor, text

pytestmark = databases.both
_CHANGES = (
    re.compile(r"/c/[\w-]{43}(/verify/[\w-]{43})?"),
    re.compile(r"<code>\w{3} \w{3}</code>"),
    re.compile(r"\*\d{3}"),
    re.compile(r"<code>[0-9a-f]{16}</code>"),
)

_VALUE = re.compile(r"X?'(?:[^']|'')*'|\b\d+\b", re.IGNORECASE)


@pytest.fixture
def carrier(services: Services) -> Pigeonhole:
    return attached(services)


@pytest.fixture
def visitor(client: FlaskClient) -> Visitor:
    return Visitor(client, make_phone()).start()


def test_a_link_that_was_planted_shows_nothing_after_a_proof(client: FlaskClient, visitor: Visitor) -> None:
    text(client, visitor.phone, SONG)
    planted = visitor.address
    visitor.begin()
    text(client, visitor.phone, visitor.shown())
    visitor.post(visitor.attempt)
    assert client.get(planted).status_code == 404
    assert client.post(visitor.attempt.replace(planted, f"/c/{'x' * 43}"), data={}).status_code in (303, 404)
    assert client.get(visitor.attempt).status_code == 404


def test_a05_a_crowd_of_guesses_gets_five_tries(app: Flask, carrier: Pigeonhole, visitor: Visitor) -> None:
    visitor.begin().ask()
    code = carrier.code()
    guesses = [f"{(int(code) + 1 + number) % 1_000_000:06d}" for number in range(100)]

    def guess(typed: str) -> int:
        return app.test_client().post(visitor.attempt, data={"code": typed}).status_code

    with ThreadPoolExecutor(16) as pool:
        answers = Counter(pool.map(guess, guesses))
    assert answers == {422: 5, 429: 95}
    late = visitor.post(visitor.attempt, code=code)
    assert late.status_code == 429
    assert int(late.headers["Retry-After"]) >= 1


def test_a06_nothing_tells_a_known_number_from_an_unknown_one(client: FlaskClient, carrier: Pigeonhole) -> None:
    bodies = []
    for known in (True, False):
        phone = make_phone()
        if known:
            text(client, phone, "hello")
        visitor = Visitor(client, phone).start().begin()
        visitor.ask()
        visitor.page(visitor.attempt)
        visitor.post(visitor.attempt, code="none")
        bodies.append(
            [(answer.status_code, blurred(answer.text), sorted(answer.headers.keys())) for answer in visitor.seen]
        )
    assert bodies[0] == bodies[1]


def test_a06_a_known_number_makes_the_database_do_the_same(
    app: Flask, client: FlaskClient, carrier: Pigeonhole, settings: Settings
) -> None:
    """How fast the answers are `benchmarks/probing.py` measures; here is what that rests on."""
    if settings.database_url:
        pytest.skip("the driver of SQLite alone tells what it runs")
    with app.app_context():
        engine = db.engine
    asked: list[list[str]] = [[]]
    event.listen(engine, "checkout", lambda driver, *_: driver.set_trace_callback(lambda sql: asked[-1].append(sql)))
    for known in (True, False, True, False):
        phone = make_phone()
        if known:
            text(client, phone, "hello")
        asked.append([])
        visitor = Visitor(client, phone).start().begin()
        visitor.ask()
        visitor.page(visitor.attempt)
        visitor.post(visitor.attempt, code="000000")
    kinds = [[_VALUE.sub("?", sql) for sql in one if "audit" not in sql] for one in asked[3:]]
    assert len(kinds[0]) >= 20
    assert kinds[0] == kinds[1]


def test_a06_the_sixth_code_of_a_day_is_not_sent_and_nobody_is_told(
    client: FlaskClient, carrier: Pigeonhole, clock: Clock
) -> None:
    phone, answers = make_phone(), []
    for _ in range(6):
        visitor = Visitor(client, phone).start().begin()
        answers.append([blurred(visitor.ask().text), blurred(visitor.page(visitor.attempt).html)])
        clock.forward(minutes=31)
    carrier.text(5)
    assert len(carrier.texts) == 5
    times = re.compile(r"\d\d:\d\d|\d{4}-\d\d-\d\dT[\d:+]+")
    assert [[times.sub("", part) for part in answer] for answer in answers] == [
        [times.sub("", part) for part in answers[0]]
    ] * 6


def test_a07_a_code_is_known_to_the_carrier_alone(
    client: FlaskClient,
    carrier: Pigeonhole,
    visitor: Visitor,
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
) -> None:
    visitor.begin().ask()
    code = carrier.code()
    visitor.page(visitor.attempt)
    visitor.post(visitor.attempt, code="none")
    stored = rows.everything(settings)
    visitor.post(visitor.attempt, code=code)
    visitor.page(visitor.seen[-1].location)
    said = "\n".join(f"{answer.text}{answer.headers}" for answer in visitor.seen)
    assert code not in said
    assert code not in "\n".join(str(record.__dict__) for record in caplog.records)
    assert code.encode() not in stored
    assert code.encode() not in rows.everything(settings)


def blurred(html: str) -> str:
    """A page without what is different on each: tokens, codes, the end of the number."""
    for pattern in _CHANGES:
        html = pattern.sub("", html)
    return html
