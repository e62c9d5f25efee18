"""The page on which people talk, as it works without JavaScript."""

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from chatterkeep.settings import Settings
from tests import rows
from tests.make import NAME, SONG, Clock, make_payload, make_phone, make_settings
from tests.pages import Page

HTMX = {"HX-Request": "true"}


@pytest.fixture
def address(client: FlaskClient) -> str:
    """The page of somebody who typed a number."""
    return client.post("/", data={"phone": make_phone()}).location


def say(client: FlaskClient, address: str, *texts: str) -> None:
    for text in texts:
        assert client.post(f"{address}/messages", data={"text": text}).status_code == 303


def page(client: FlaskClient, address: str) -> Page:
    return Page(client.get(address).text)


def test_the_start_asks_for_a_number_and_says_what_this_is(client: FlaskClient) -> None:
    start = page(client, "/")
    assert start.heading.startswith("Say hello")
    assert start.all("form", method="post", action="/")
    assert start.all("label", **{"for": "f-phone"})


def test_a_number_leads_to_a_page_of_ones_own(client: FlaskClient) -> None:
    answer = client.post("/", data={"phone": "(415) 555-0123"})
    assert answer.status_code == 303
    assert re.fullmatch(r"/c/[\w-]{43}", answer.location)


def test_a_new_page_offers_something_to_say(client: FlaskClient, address: str) -> None:
    shown = page(client, address)
    assert shown.messages == []
    assert shown.all("input", name="text", value="hello")


def test_a_message_is_sent_and_the_page_shows_it_with_its_answer(client: FlaskClient, address: str) -> None:
    sent = client.post(f"{address}/messages", data={"text": "hello"})
    assert (sent.status_code, sent.location) == (303, address)
    assert page(client, address).messages == ["hello", "What is your name?"]


def test_a_whole_talk_is_shown_in_order(client: FlaskClient, address: str) -> None:
    say(client, address, "hello", NAME, SONG)
    assert page(client, address).messages == [
        *("hello", "What is your name?"),
        *(NAME, f"Hello {NAME}, what is your favorite song?"),
        *(SONG, f"Playing {SONG}"),
    ]


def test_a_message_posted_twice_by_its_key_is_sent_once(client: FlaskClient, address: str) -> None:
    key = page(client, address).value("key")
    for _ in range(3):
        assert client.post(f"{address}/messages", data={"text": "hello", "key": key}).status_code == 303
    assert len(page(client, address).messages) == 2


def test_every_page_brings_a_new_key(client: FlaskClient, address: str) -> None:
    assert page(client, address).value("key") != page(client, address).value("key")


def test_starting_over_begins_a_new_conversation_and_keeps_the_old(client: FlaskClient, address: str) -> None:
    say(client, address, "hello")
    assert client.post(f"{address}/new").status_code == 303
    shown = page(client, address)
    assert shown.messages[:2] == ["hello", "What is your name?"]
    assert shown.messages[-1] == "Starting over. Please say hello."
    assert "New conversation" in shown.html


def test_markup_is_shown_and_not_obeyed(client: FlaskClient, address: str) -> None:
    say(client, address, "<script>alert(1)</script><b>")
    shown = page(client, address)
    assert shown.messages[0] == "<script>alert(1)</script><b>"
    assert "<script>alert" not in shown.html


# Whose history it is


def test_a_typed_number_shows_nobodys_history(client: FlaskClient) -> None:
    number = make_phone()
    client.post("/chat", json=make_payload(phone=number, message="hello"))
    client.post("/chat", json=make_payload(phone=number, message=NAME))
    first, second = (client.post("/", data={"phone": number}).location for _ in range(2))
    say(client, first, "hello", SONG)
    assert page(client, second).messages == []
    assert NAME not in page(client, first).html
    assert client.post("/chat", json=make_payload(phone=number, message=SONG)).json["reply"] == f"Playing {SONG}"


def test_the_start_looks_the_same_for_a_known_and_an_unknown_number(client: FlaskClient) -> None:
    known = make_phone()
    client.post("/chat", json=make_payload(phone=known))
    first, second = (client.post("/", data={"phone": number}) for number in (known, make_phone()))
    assert (first.status_code, len(first.data)) == (second.status_code, len(second.data))


def test_a_page_nobody_has_is_told_like_any_other(client: FlaskClient, address: str) -> None:
    guesses = [f"/c/{'x' * 43}", "/c/short", f"{address[:-1]}{'A' if address[-1] != 'A' else 'B'}"]
    answers = [client.get(guess) for guess in guesses]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text.replace(answer.headers["X-Request-Id"], "") for answer in answers}) == 1


@pytest.mark.parametrize("path", ["/messages", "/new"])
def test_nobody_writes_to_a_page_that_is_not_there(client: FlaskClient, engine: Engine, path: str) -> None:
    answer = client.post(f"/c/{'x' * 43}{path}", data={"text": "hello", "key": "k1"})
    assert answer.status_code == 404
    assert Page(answer.text).heading
    assert rows.count(engine)["messages"] == 0


def test_one_key_on_two_pages_is_two_messages(client: FlaskClient) -> None:
    pages = [client.post("/", data={"phone": make_phone()}).location for _ in range(2)]
    for own in pages:
        assert client.post(f"{own}/messages", data={"text": "hello", "key": "same"}).status_code == 303
    assert [len(page(client, own).messages) for own in pages] == [2, 2]


# What was typed is never lost


@pytest.mark.parametrize("typed", ["", "hello", "+123", "<b>"])
def test_a_number_that_is_none_is_given_back_with_the_reason(client: FlaskClient, typed: str) -> None:
    answer = client.post("/", data={"phone": typed})
    shown = Page(answer.text)
    assert answer.status_code == 422
    assert shown.value("phone") == typed
    assert "+14155550123" in shown.alert


@pytest.mark.parametrize("typed", ["", "  ", "x" * 1601])
def test_a_message_that_is_not_taken_is_given_back_with_the_reason(
    client: FlaskClient, address: str, typed: str
) -> None:
    answer = client.post(f"{address}/messages", data={"text": typed, "key": "k1"})
    shown = Page(answer.text)
    assert answer.status_code == 422
    assert (shown.draft, shown.value("key")) == (typed, "k1")
    assert shown.alert.startswith("This text")


def test_a_key_used_for_another_text_gives_the_text_back(client: FlaskClient, address: str) -> None:
    client.post(f"{address}/messages", data={"text": "hello", "key": "k1"})
    answer = client.post(f"{address}/messages", data={"text": NAME, "key": "k1"})
    assert answer.status_code == 409
    assert Page(answer.text).draft == NAME


class TestUnderLimits:
    """A page whose limit is reached."""

    @pytest.fixture
    def settings(self, data_dir: Path) -> Settings:
        return make_settings(data_dir=data_dir, limit_phone="1/minute")

    def test_a_message_too_many_is_given_back_with_the_time_to_wait(self, client: FlaskClient, address: str) -> None:
        say(client, address, "hello")
        answer = client.post(f"{address}/messages", data={"text": NAME, "key": "k1"})
        shown = Page(answer.text)
        assert answer.status_code == 429
        assert (shown.draft, shown.value("key")) == (NAME, "k1")
        assert f"Try again in {answer.headers['Retry-After']} seconds" in shown.alert

    def test_the_script_is_told_in_a_fragment(self, client: FlaskClient, address: str) -> None:
        say(client, address, "hello")
        answer = client.post(f"{address}/messages", data={"text": NAME, "key": "k1"}, headers=HTMX)
        assert answer.status_code == 429
        assert answer.text.startswith('<p class="send-error">This is a little fast')


# What htmx asks for


def test_the_script_gets_what_is_new_only(client: FlaskClient, address: str) -> None:
    say(client, address, "hello")
    sent = client.post(f"{address}/messages", data={"text": NAME, "key": "k1", "after": "1.2"}, headers=HTMX)
    assert sent.status_code == 200
    assert Page(sent.text).messages == [NAME, f"Hello {NAME}, what is your favorite song?"]


def test_news_are_what_came_after(client: FlaskClient, address: str) -> None:
    say(client, address, "hello", NAME)
    news = client.get(f"{address}/messages?after=1.3", headers=HTMX)
    assert Page(news.text).messages == [f"Hello {NAME}, what is your favorite song?"]
    assert Page(news.text).value("after") == "1.4"


def test_no_news_are_no_messages_and_change_nothing(client: FlaskClient, address: str, engine: Engine) -> None:
    say(client, address, "hello")
    before = rows.count(engine)
    assert Page(client.get(f"{address}/messages?after=1.2", headers=HTMX).text).messages == []
    assert rows.count(engine) == before


@pytest.mark.parametrize("after", ["", "x", "1", "-1.2", "1.2.3", "9" * 30 + ".1", "\u0661.\u0662", "99999999999.1"])
def test_an_odd_place_is_no_crash(client: FlaskClient, address: str, after: str) -> None:
    say(client, address, "hello")
    assert client.get(f"{address}/messages", query_string={"after": after}, headers=HTMX).status_code == 200
    assert client.get(address, query_string={"before": after}).status_code == 200


def test_the_address_of_the_news_leads_a_plain_browser_to_the_page(client: FlaskClient, address: str) -> None:
    answer = client.get(f"{address}/messages?after=1.2")
    assert (answer.status_code, answer.headers["Location"]) == (303, address)


def test_a_long_talk_is_read_back_page_by_page(client: FlaskClient, address: str) -> None:
    say(client, address, *(f"nope {number}" for number in range(30)))
    newest = page(client, address)
    earlier = [link["href"] for link in newest.all("a") if "before=" in link.get("href", "")]
    older = page(client, earlier[0])
    assert len(older.messages + newest.messages) == 60
    assert (older.messages[0], newest.messages[-2]) == ("nope 0", "nope 29")


def test_after_a_day_the_talk_goes_on_under_a_new_heading(client: FlaskClient, address: str, clock: Clock) -> None:
    say(client, address, "hello")
    clock.forward(hours=25)
    say(client, address, "hello")
    assert page(client, address).messages == ["hello", "What is your name?"] * 2


# Who may ask


FOREIGN = [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}]
OWN = [{}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}, {"Origin": "http://localhost"}]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_a_post_that_another_site_sent_is_refused(client: FlaskClient, address: str, headers: dict[str, str]) -> None:
    for path, data in (
        (f"{address}/messages", {"text": "hello"}),
        (f"{address}/new", {}),
        ("/", {"phone": "4155550123"}),
    ):
        answer = client.post(path, data=data, headers=headers)
        assert answer.status_code == 403
    assert page(client, address).messages == []


@pytest.mark.parametrize("headers", OWN, ids=str)
def test_a_post_of_our_own_page_is_taken(client: FlaskClient, address: str, headers: dict[str, str]) -> None:
    assert client.post(f"{address}/messages", data={"text": "hello"}, headers=headers).status_code == 303


def test_a_refused_post_gives_the_text_back(client: FlaskClient, address: str) -> None:
    answer = client.post(f"{address}/messages", data={"text": NAME}, headers=FOREIGN[0])
    assert Page(answer.text).draft == NAME


def test_pages_set_no_cookie_and_are_kept_by_nobody(client: FlaskClient, address: str) -> None:
    for answer in (client.get("/"), client.get(address), client.post(f"{address}/messages", data={"text": "hello"})):
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_the_policy_of_a_page_allows_our_own_files_only(client: FlaskClient, address: str) -> None:
    policy = client.get(address).headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


def test_every_file_a_page_asks_for_is_there_and_kept_for_a_year(client: FlaskClient, address: str) -> None:
    shown = page(client, address)
    files = [tag["src"] for tag in shown.all("script")] + [tag["href"] for tag in shown.all("link", rel="stylesheet")]
    assert len(files) == 3
    for name in files:
        answer = client.get(name)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]


def test_a_number_is_spoken_on_ones_own_page_only(client: FlaskClient, address: str) -> None:
    assert "+1 415-555-" in client.get(address).text
