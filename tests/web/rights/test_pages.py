"""A person's page hands out all that is kept of them, and erases it with a receipt."""

import json
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from chatterkeep.domain.audit import VISITOR, Action
from chatterkeep.services.wiring import Services
from tests import databases
from tests.apps import running_app
from tests.make import NAME, SONG, Clock, make_phone, make_settings
from tests.pages import Page


@pytest.fixture
def phone() -> str:
    return make_phone()


@pytest.fixture
def address(client: FlaskClient, phone: str) -> str:
    """The page of somebody who said hello and a name."""
    address = client.post("/", data={"phone": phone}).location
    for text in ("hello", NAME):
        client.post(f"{address}/messages", data={"text": text})
    return address


def erase(client: FlaskClient, address: str, word: str = "erase", receipt: str = "") -> TestResponse:
    return client.post(f"{address}/erase", data={"word": word, "receipt": receipt or str(uuid4())})


@pytest.mark.parametrize(
    ("kind", "content_type"),
    [("txt", "text/plain; charset=utf-8"), ("md", "text/markdown; charset=utf-8"), ("json", "application/json")],
)
@databases.both
def test_a_copy_is_a_file(client: FlaskClient, address: str, phone: str, kind: str, content_type: str) -> None:
    answer = client.get(f"{address}/export/{kind}")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, content_type)
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="chatterkeep-')
    assert answer.headers["Content-Disposition"].endswith(f'-2026-03-14.{kind}"')
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert phone[1:] in answer.text
    assert f"Hello {NAME}" in answer.text


def test_a_copy_is_as_long_as_the_conversation(client: FlaskClient, address: str) -> None:
    told = json.loads(client.get(f"{address}/export/json").text)
    [talk] = told["conversations"]
    assert [line["text"] for line in talk["messages"]] == Page(client.get(address).text).messages


@pytest.mark.parametrize("kind", ["pdf", "TXT", "txt/", ""])
def test_there_are_no_other_kinds_of_file(client: FlaskClient, address: str, kind: str) -> None:
    assert client.get(f"{address}/export/{kind}").status_code == 404


@pytest.mark.parametrize("path", ["export/txt", "export/json", "erase"])
def test_nobody_elses_link_opens_anything(client: FlaskClient, address: str, path: str) -> None:
    for token in ("x" * 43, "..", f"{address[3:]}x"):
        assert client.get(f"/c/{token}/{path}").status_code in (404, 405)
    assert client.post(f"/c/{'x' * 43}/erase", data={"word": "erase"}).status_code == 404


def test_the_menu_leads_to_the_copies_and_the_end(client: FlaskClient, address: str) -> None:
    links = {link["href"] for link in Page(client.get(address).text).all("a")}
    assert {f"{address}/erase", *(f"{address}/export/{kind}" for kind in ("txt", "md", "json"))} <= links


def test_the_page_says_what_would_go(client: FlaskClient, address: str) -> None:
    page = Page(client.get(f"{address}/erase").text)
    for count in ("1 session", "1 conversation", "4 messages", "1 number", "1 link"):
        assert f"<li>{count}</li>" in page.html
    assert UUID(page.value("receipt"))
    assert "“erase”" in page.html


@databases.both
def test_the_word_erases_everything_and_gives_a_receipt(
    client: FlaskClient, address: str, services: Services, phone: str
) -> None:
    receipt = str(uuid4())
    answer = erase(client, address, " ERASE ", receipt)
    assert (answer.status_code, answer.location) == (303, f"/erased/{receipt}")
    for path in ("", "/messages", "/erase", "/export/txt"):
        assert client.get(address + path, headers={"HX-Request": "true"}).status_code == 404
    shown = client.get(answer.location).text
    assert "<li>4 messages</li>" in shown
    assert all(private not in shown for private in (NAME, phone[1:], address[3:]))
    [entry] = [entry for entry in services.audit.newest(10) if entry.action is Action.ERASED]
    assert (entry.actor.name, len(entry.actor.request_id)) == (VISITOR, 16)


def test_a_page_that_proved_no_number_says_that_it_is_not_all_there_is(client: FlaskClient, address: str) -> None:
    page = Page(client.get(f"{address}/erase").text)
    assert (
        "This is about this page only. To take along or erase what was sent from your phone, verify your number first."
        in page.html
    )
    assert [form["action"] for form in page.all("form")] == [f"{address}/verify", f"{address}/erase"]
    assert "what was sent from your phone, verify your number first" in client.get(address).text
    receipt = client.get(erase(client, address).location)
    assert "what was sent from your phone is still kept" in receipt.text


def test_known_and_unknown_numbers_are_told_the_same_before_they_erase(client: FlaskClient, phone: str) -> None:
    client.post("/chat", json={"phone": phone, "message": "hello"})
    told = []
    for number in (phone, make_phone()):
        address = client.post("/", data={"phone": number}).location
        page = client.get(f"{address}/erase").text
        told.append(page.replace(address, "").replace(Page(page).value("receipt"), ""))
    assert told[0] == told[1]


@pytest.mark.parametrize("word", ["", "yes", "erase it"])
def test_another_word_erases_nothing_and_comes_back(client: FlaskClient, address: str, word: str) -> None:
    receipt = str(uuid4())
    answer = erase(client, address, word, receipt)
    page = Page(answer.text)
    assert answer.status_code == 422
    assert "type the word erase" in page.alert
    assert (page.value("word"), page.value("receipt")) == (word, receipt)
    assert client.get(address).status_code == 200


def test_the_same_form_again_leads_to_the_same_receipt(client: FlaskClient, address: str) -> None:
    receipt = str(uuid4())
    assert [erase(client, address, receipt=receipt).location for _ in range(3)] == [f"/erased/{receipt}"] * 3


def test_another_form_after_the_end_finds_nothing(client: FlaskClient, address: str) -> None:
    erase(client, address)
    answer = erase(client, address)
    assert answer.status_code == 404
    assert answer.text.count("session") == erase(client, "/c/" + "x" * 43).text.count("session")


@pytest.mark.parametrize("receipt", ["1", "x" * 5000, "{}", "ffffffff-ffff-4fff-bfff-ffffffffffff"])
def test_a_receipt_that_somebody_makes_up_does_no_harm(client: FlaskClient, address: str, receipt: str) -> None:
    location = erase(client, address, receipt=receipt).location
    assert client.get(location).status_code == 200


def test_an_unknown_receipt_is_not_found(client: FlaskClient) -> None:
    assert client.get(f"/erased/{uuid4()}").status_code == 404
    assert client.get("/erased/1").status_code == 404


def test_another_site_erases_nothing(client: FlaskClient, address: str) -> None:
    data = {"word": "erase", "receipt": str(uuid4())}
    assert client.post(f"{address}/erase", data=data, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert client.get(address).status_code == 200


def test_each_copy_of_a_visitor_leaves_a_line(client: FlaskClient, address: str, services: Services) -> None:
    client.get(f"{address}/export/txt")
    [entry] = services.audit.newest(10)
    assert (entry.actor.name, entry.action, entry.detail) == (VISITOR, Action.EXPORTED, "4 messages as txt")


@pytest.mark.parametrize(
    ("retention", "words"),
    [
        ("0", "Messages are kept until you ask us to erase them."),
        ("90d", "Messages are kept 90 days."),
        ("36h", "Messages are kept 36 hours."),
        ("1h", "Messages are kept 1 hour."),
    ],
)
def test_the_pages_say_how_long_messages_are_kept(data_dir: Path, retention: str, words: str) -> None:
    with running_app(make_settings(data_dir=data_dir, retention=retention), Clock()) as other:
        client = other.test_client()
        address = client.post("/", data={"phone": make_phone()}).location
        assert words in client.get("/").text
        assert words in client.get(address).text


def test_a_song_is_in_the_copy_as_it_was_sung(client: FlaskClient, address: str) -> None:
    client.post(f"{address}/messages", data={"text": f"{SONG} <b>&amp;</b>"})
    assert f"{SONG} <b>&amp;</b>" in client.get(f"{address}/export/txt").text
