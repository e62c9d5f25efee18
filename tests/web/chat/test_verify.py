"""The pages on which a number is proved, without JavaScript; and what nobody learns there without a proof."""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from chatterkeep.services.wiring import Services
from chatterkeep.settings import Settings
from chatterkeep.web.limits import network_of
from tests import databases
from tests.carrier import Pigeonhole, attached
from tests.make import NAME, Clock, make_phone, make_settings
from tests.pages import Page
from tests.web.chat.visitor import Visitor, text

UNKNOWN = "af95080d-1670-4f45-8a47-db211c81abf9"


@pytest.fixture
def carrier(services: Services) -> Pigeonhole:
    return attached(services)


@pytest.fixture
def visitor(client: FlaskClient) -> Visitor:
    return Visitor(client, make_phone()).start()


@databases.both
def test_the_way_by_a_code_that_is_sent(client: FlaskClient, carrier: Pigeonhole, visitor: Visitor) -> None:
    text(client, visitor.phone, NAME)
    visitor.begin()
    assert visitor.ask().location == visitor.attempt
    page = visitor.page(visitor.attempt)
    box = page.all("input", name="code")[0]
    assert (box["inputmode"], box["autocomplete"], "maxlength" in box) == ("numeric", "one-time-code", False)
    done = visitor.post(visitor.attempt, code=f"Your code is {carrier.code()}!")
    assert done.status_code == 303
    assert NAME in visitor.page(done.location).messages
    assert client.get(visitor.address).status_code == 404


@databases.both
@pytest.mark.parametrize("at_once", [False, True])
def test_a_code_that_is_sent_twice_keeps_its_page(
    app: Flask, carrier: Pigeonhole, visitor: Visitor, at_once: bool
) -> None:
    text(visitor.client, visitor.phone, NAME)
    visitor.begin().ask()
    code = carrier.code()

    def send(_: int) -> tuple[int, str]:
        answer = app.test_client().post(visitor.attempt, data={"code": code})
        return answer.status_code, answer.headers.get("Location", "")

    with ThreadPoolExecutor(2 if at_once else 1) as pool:
        answers = list(pool.map(send, range(2)))
    assert [status for status, _ in answers] == [303, 303]
    assert all(NAME in visitor.page(address).messages for _, address in answers)


@databases.both
def test_after_a_code_the_attempts_address_alone_opens_nothing(
    client: FlaskClient, carrier: Pigeonhole, visitor: Visitor, clock: Clock
) -> None:
    visitor.begin().ask()
    code = carrier.code()
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    visitor.post(visitor.attempt, code=code)
    assert [visitor.post(visitor.attempt, code=typed).status_code for typed in ("", "none", wrong)] == [404] * 3
    assert visitor.post(visitor.attempt, code=code).status_code == 303
    clock.forward(seconds=11)
    assert visitor.post(visitor.attempt, code=code).status_code == 404


@databases.both
def test_what_a_code_opened_cannot_be_guessed_at(client: FlaskClient, carrier: Pigeonhole, visitor: Visitor) -> None:
    visitor.begin().ask()
    code = carrier.code()
    visitor.post(visitor.attempt, code=code)
    for number in range(5):
        visitor.post(visitor.attempt, code=f"{(int(code) + 1 + number) % 1_000_000:06d}")
    assert visitor.post(visitor.attempt, code=code).status_code == 404


@databases.both
def test_the_way_by_a_code_that_is_texted_in(client: FlaskClient, visitor: Visitor) -> None:
    text(client, visitor.phone, NAME)
    visitor.begin()
    early = visitor.post(visitor.attempt)
    assert (early.status_code, Page(early.text).alert) == (422, "Nothing has come yet. It can take a minute.")
    told = text(client, visitor.phone, visitor.shown().lower().replace(" ", ""))
    assert told.json
    assert told.json["reply"] == "Thank you, that is the right code. Your page goes on by itself."
    done = visitor.post(visitor.attempt)
    assert NAME in visitor.page(done.location).messages
    assert client.get(visitor.address).status_code == 404


def test_a_code_that_comes_late_or_mistyped_is_no_answer_of_the_dialogue(
    client: FlaskClient, visitor: Visitor, clock: Clock
) -> None:
    text(client, visitor.phone, "hello")
    visitor.begin()
    code = visitor.shown()
    mistyped = code[::-1]
    clock.forward(minutes=31)
    for words in (code, mistyped.lower(), f"My code is {code}."):
        told = text(client, visitor.phone, words).json
        assert told
        assert told["reply"] == "That code is over or not right. Look at the page for the present one."
        assert told["state"] == "AWAITING_NAME"
    clock.forward(hours=48)
    assert f"Hello {code}" in text(client, visitor.phone, "hello").text + text(client, visitor.phone, code).text


def test_words_like_a_code_are_words_where_nobody_proves_a_number(client: FlaskClient) -> None:
    phone = make_phone()
    text(client, phone, "hello")
    assert "Hello MRV TTM" in text(client, phone, "MRV TTM").text


def test_the_same_delivery_of_a_code_gets_the_same_answer(client: FlaskClient, visitor: Visitor) -> None:
    visitor.begin()
    code = visitor.shown()
    first = text(client, visitor.phone, code, id="sms-1")
    visitor.post(visitor.attempt)
    again = text(client, visitor.phone, code, id="sms-1")
    assert (again.data, again.headers["Idempotent-Replayed"]) == (first.data, "true")


def test_a_code_from_another_number_or_another_channel_proves_nothing(client: FlaskClient, visitor: Visitor) -> None:
    visitor.begin()
    code = visitor.shown()
    for phone in (make_phone(), f"whatsapp:{visitor.phone}"):
        assert "right code" not in text(client, phone, code).text
    assert visitor.post(visitor.attempt).status_code == 422


def test_without_a_carrier_the_page_says_so_and_offers_the_other_way(visitor: Visitor) -> None:
    page = visitor.begin().page(visitor.attempt)
    assert "Codes cannot be sent from here. Text us the code below instead." in page.html
    assert page.all("form", action=f"{visitor.attempt}/code") == []
    assert visitor.shown()
    assert visitor.ask().status_code == 422


class TestCountries:
    @pytest.fixture
    def settings(self, data_dir: Path) -> Settings:
        return make_settings(data_dir=data_dir, proof_countries="GB IE", channel_number="+44 7700 900123")

    def test_a_number_of_another_country_gets_no_code(self, carrier: Pigeonhole, visitor: Visitor) -> None:
        page = visitor.begin().page(visitor.attempt)
        assert "Codes cannot be sent to numbers of this country." in page.html
        assert visitor.ask().status_code == 422
        assert carrier.texts == []

    def test_the_page_names_the_number_to_text_to(self, visitor: Visitor) -> None:
        assert visitor.begin().page(visitor.attempt).all("a", href="sms:+447700900123")


def test_another_code_takes_half_a_minute(carrier: Pigeonhole, visitor: Visitor, clock: Clock) -> None:
    visitor.begin().ask()
    clock.forward(seconds=10)
    early = visitor.ask()
    assert (early.status_code, early.headers["Retry-After"]) == (429, "20")
    assert Page(early.text).alert == "You can ask for another code in 20 seconds."
    clock.forward(seconds=20)
    assert visitor.ask().status_code == 303


def test_a_wrong_code_says_how_many_tries_are_left_and_what_to_do_then(carrier: Pigeonhole, visitor: Visitor) -> None:
    visitor.begin().ask()
    wrong = f"{(int(carrier.code()) + 1) % 1_000_000:06d}"
    said = [Page(visitor.post(visitor.attempt, code=wrong).text).alert for _ in range(6)]
    assert said[0] == "That is not the code. 4 tries left."
    assert said[3] == "That is not the code. 1 try left."
    assert said[5].startswith("That code was tried 5 times and is worth nothing now. Ask for a new one")


class TestNetworks:
    @pytest.fixture
    def settings(self, data_dir: Path) -> Settings:
        return make_settings(data_dir=data_dir, limit_proof="2/hour")

    def test_one_network_gets_so_many_codes(self, app: Flask, carrier: Pigeonhole) -> None:
        answers = []
        for address in ("192.0.2.1", "192.0.2.200", "192.0.2.9", "198.51.100.1"):
            client = app.test_client()
            client.environ_base["REMOTE_ADDR"] = address
            answers.append(Visitor(client, make_phone()).start().begin().ask().status_code)
        assert answers == [303, 303, 429, 303]


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unix", "unix"),
    ],
)
def test_neighbours_are_one_network(address: str, network: str) -> None:
    assert network_of(address) == network


def test_another_number_can_be_proved_instead(client: FlaskClient, visitor: Visitor) -> None:
    question = visitor.page(f"{visitor.address}/verify")
    assert question.value("phone").startswith("+1 415")
    refused = visitor.post(f"{visitor.address}/verify", phone="12")
    assert (refused.status_code, Page(refused.text).value("phone")) == (422, "12")
    other = make_phone()
    visitor.attempt = visitor.post(f"{visitor.address}/verify", phone=other).location
    text(client, other, visitor.shown())
    done = visitor.post(visitor.attempt)
    assert ", verified." in visitor.page(done.location).html


def test_a_proved_number_is_not_given_up_for_another(client: FlaskClient, visitor: Visitor) -> None:
    visitor.begin()
    text(client, visitor.phone, visitor.shown())
    visitor.address = visitor.post(visitor.attempt).location
    refused = visitor.post(f"{visitor.address}/verify", phone=make_phone())
    assert Page(refused.text).alert.startswith("This conversation belongs to another number")


@pytest.mark.parametrize("where", ["here", "everywhere"])
def test_signing_out_ends_the_link_and_says_so(client: FlaskClient, visitor: Visitor, where: str) -> None:
    answer = visitor.post(f"{visitor.address}/sign-out", where=where)
    assert (answer.status_code, answer.location) == (303, "/signed-out")
    assert visitor.page("/signed-out").heading == "You are signed out"
    gone = client.get(visitor.address)
    assert gone.status_code == 404
    assert "It may have been signed out" in gone.text
    assert "A conversation that was not verified, or was erased, cannot be opened again." in gone.text
    assert Page(gone.text).all("a", href="/")


def test_the_poll_tells_a_page_when_its_code_was_heard(client: FlaskClient, visitor: Visitor, clock: Clock) -> None:
    visitor.begin()
    ask = {"HX-Request": "true"}
    waiting = client.get(f"{visitor.attempt}/heard", headers=ask).text
    assert 'hx-trigger="load delay:2s"' in waiting
    clock.forward(minutes=3)
    assert 'hx-trigger="load delay:5s"' in client.get(f"{visitor.attempt}/heard", headers=ask).text
    clock.forward(minutes=8)
    assert "hx-trigger" not in client.get(f"{visitor.attempt}/heard", headers=ask).text
    text(client, visitor.phone, visitor.shown())
    heard = client.get(f"{visitor.attempt}/heard", headers=ask).text
    assert f'hx-post="{visitor.attempt}" hx-trigger="load"' in heard
    done = client.post(visitor.attempt, headers=ask)
    assert done.status_code == 204
    assert client.get(done.headers["HX-Redirect"]).status_code == 200


@pytest.mark.parametrize("path", ["", "/code", "/heard"])
def test_an_attempt_of_another_page_is_not_found(client: FlaskClient, visitor: Visitor, path: str) -> None:
    other = Visitor(client, visitor.phone).start().begin()
    foreign = other.attempt.replace(other.address, visitor.address)
    unknown = f"{visitor.address}/verify/{'x' * 43}"
    method = client.post if path == "/code" else client.get
    ask = {"HX-Request": "true"}
    pages = [re.sub(r"<code>\w+</code>", "", method(place + path, headers=ask).text) for place in (foreign, unknown)]
    assert pages[0] == pages[1]
    assert "This attempt is over" in pages[0]
    nowhere = [f"/c/{'y' * 43}/verify/{proof}" for proof in (other.attempt.rpartition("/")[2], "x" * 43)]
    gone = [re.sub(r"<code>\w+</code>", "", method(place + path, headers=ask).text) for place in nowhere]
    assert gone[0] == gone[1]
    assert "This link opens nothing." in gone[0]


def test_an_attempt_that_is_over_leads_to_another_and_to_the_conversation(
    client: FlaskClient, visitor: Visitor, clock: Clock
) -> None:
    visitor.begin()
    clock.forward(minutes=31)
    page = visitor.page(visitor.attempt)
    assert visitor.seen[-1].status_code == 404
    assert page.heading == "This attempt is over"
    for address in (f"{visitor.address}/verify", visitor.address):
        assert page.all("a", href=address)
        assert client.get(address).status_code == 200


@pytest.mark.parametrize("path", [f"files/{UNKNOWN}", f"passages/{UNKNOWN}", "export/exe"])
def test_what_is_missing_behind_a_good_link_does_not_lose_the_conversation(visitor: Visitor, path: str) -> None:
    page = visitor.page(f"{visitor.address}/{path}")
    assert visitor.seen[-1].status_code == 404
    assert "This link opens nothing." not in page.html
    assert page.all("a", href=visitor.address)
