"""/docs/try: a message that is sent from a page goes the way of every other, and by no right of its own."""

import re
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from chatterkeep.services.wiring import Services
from chatterkeep.settings import Settings
from tests import rows
from tests.errors import error_of
from tests.make import NOW, make_settings
from tests.pages import Page

FORM = "application/x-www-form-urlencoded"


def filled(**changes: str) -> dict[str, str]:
    return {
        "phone": "+14155550199",
        "message": "hello",
        "words": "phone",
        "media": "application/json",
        "delivery_id": "try-1",
        "wait": "3",
        **changes,
    }


def blocks(answer: TestResponse) -> list[str]:
    """The request, its answer, and the line of curl."""
    assert answer.status_code == 200
    return [unescape(text) for text in re.findall(r"<pre[^>]*><code>(.*?)</code></pre>", answer.text, re.DOTALL)]


def test_it_shows_the_request_and_the_answer(client: FlaskClient, key: str) -> None:
    request, answer, curl = blocks(client.post("/docs/try", data=filled(key=key)))
    assert request.splitlines() == [
        "POST /chat HTTP/1.1",
        "Host: localhost",
        "Authorization: Bearer $KEY",
        "Content-Type: application/json",
        "",
        '{"phone": "+14155550199", "message": "hello", "id": "try-1"}',
    ]
    assert answer.startswith("HTTP/1.1 200 OK\nContent-Type: application/json\n")
    assert "\nX-Request-Id: " in answer
    assert '"reply": "What is your name?"' in answer
    assert curl.startswith("curl -s http://localhost/chat ")


@pytest.mark.parametrize("words", ["phone", "user_phone", "From"])
@pytest.mark.parametrize("media", ["application/json", FORM])
def test_every_vocabulary_goes_both_ways(client: FlaskClient, key: str, words: str, media: str) -> None:
    sent = client.post("/docs/try", data=filled(key=key, words=words, media=media))
    request, answer, _ = blocks(sent)
    assert words in request
    assert "What is your name?" in answer
    again = client.post("/docs/try", data=filled(key=key, words=words, media=media))
    assert "\nIdempotent-Replayed: true\n" in blocks(again)[1]
    assert "replayed: it came before" in again.text


def test_what_is_refused_is_shown_with_its_reason(client: FlaskClient, key: str, engine: Engine) -> None:
    _, answer, _ = blocks(client.post("/docs/try", data=filled(key=key, phone="<b>12</b>", message="")))
    assert answer.startswith("HTTP/1.1 422 ")
    _, answer, _ = blocks(client.post("/docs/try", data=filled(key=key, message="a\0b")))
    assert answer.startswith("HTTP/1.1 400 ")
    assert set(rows.count(engine).values()) == {0} or rows.count(engine)["messages"] == 0


def test_the_next_message_is_another_delivery_of_the_same_person(client: FlaskClient, engine: Engine) -> None:
    page = Page(client.post("/docs/try", data=filled(next="1", words="From")).text)
    fields = {one["name"]: one.get("value") for one in page.all("input")}
    assert fields["phone"] == "+14155550199"
    assert str(fields["delivery_id"]).startswith("try-")
    assert fields["delivery_id"] != "try-1"
    assert rows.count(engine)["messages"] == 0


def test_without_a_key_nothing_is_done(client: FlaskClient, engine: Engine) -> None:
    for key in ("", "ck_live_nobody", "a\r\nX-API-Key: b", "é"):
        _, answer, _ = blocks(client.post("/docs/try", data=filled(key=key)))
        assert answer.startswith("HTTP/1.1 401 ")
    assert rows.count(engine)["messages"] == 0


def test_a_key_needs_its_scope_and_is_not_shown_again(client: FlaskClient, services: Services) -> None:
    weak = services.api_keys.create("weak", ("files",), None, NOW)
    sent = client.post("/docs/try", data=filled(key=weak))
    assert blocks(sent)[1].startswith("HTTP/1.1 403 ")
    assert weak not in sent.text


def test_another_site_cannot_send(client: FlaskClient, key: str, engine: Engine) -> None:
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        assert client.post("/docs/try", data=filled(key=key), headers=headers).status_code == 403
    assert rows.count(engine)["messages"] == 0


@pytest.mark.parametrize("limits", [{"limit_address": "2/hour"}])
def test_it_counts_for_the_address_that_the_page_was_sent_from(client: FlaskClient, key: str) -> None:
    first, other = ({"REMOTE_ADDR": f"192.0.2.{n}"} for n in (1, 2))
    for _ in range(2):
        sent = client.post("/docs/try", data=filled(key=key), environ_base=first)
        assert blocks(sent)[1].startswith("HTTP/1.1 200 ")
    assert blocks(client.post("/docs/try", data=filled(key=key), environ_base=first))[1].startswith("HTTP/1.1 429 ")
    assert blocks(client.post("/docs/try", data=filled(key=key), environ_base=other))[1].startswith("HTTP/1.1 200 ")


def test_the_page_and_what_it_sent_are_two_requests(client: FlaskClient, key: str) -> None:
    sent = client.post("/docs/try", data=filled(key=key))
    inner = re.search(r"X-Request-Id: (\w+)", blocks(sent)[1])
    assert inner
    assert sent.headers["X-Request-Id"] != inner[1]


class TestWhereTheApiIsOpen:
    @pytest.fixture
    def settings(self, data_dir: Path) -> Settings:
        return make_settings(data_dir=data_dir)

    def test_no_key_is_asked_for(self, app: Flask) -> None:
        sent = app.test_client().post("/docs/try", data=filled())
        assert 'name="key"' not in sent.text
        assert "Authorization" not in blocks(sent)[0]
        assert blocks(sent)[1].startswith("HTTP/1.1 200 ")


def test_errors_of_the_page_itself_are_pages(client: FlaskClient) -> None:
    error = client.post("/docs/try", data=b"x" * 70_000, content_type=FORM)
    assert (error.status_code, error.mimetype) == (413, "text/html")
    error_of(client.post("/chat", data=b"x"), 401, "UNAUTHORIZED")
