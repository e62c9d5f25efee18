"""Generated replies on their page: how often it asks, what it is sent, Stop and Try again."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from chatterkeep.domain.messages import Capability, TokenKind
from chatterkeep.domain.replies import Reply, ReplyState
from chatterkeep.domain.transcript import Position
from chatterkeep.services.wiring import Services
from chatterkeep.settings import Settings
from chatterkeep.web.chat.forms import Seen
from chatterkeep.web.chat.growing import Swap, next_poll, swap
from tests.llm.server import LLM
from tests.make import NAME, NOW, SONG, Clock, make_phone, make_settings
from tests.pages import Page
from tests.waiting import until

HTMX = {"HX-Request": "true"}
_ANSWER = re.compile(r'<div class="text rich" dir="auto">(.*?)</div>', re.DOTALL)
_GROWING = re.compile(r'id="r-([\w-]+)">(.*?)</div>', re.DOTALL)
_STATUS = re.compile(r'id="status" role="status">(.*?)<|innerHTML:#status">(?:<span class="brief">)?(.*?)<')


@pytest.fixture
def llm() -> Iterator[LLM]:
    """A model that is quick; `llm.between` and `llm.fault` make it slow, or fail."""
    with LLM(tokens=12).running() as model:
        yield model


@pytest.fixture
def settings(data_dir: Path, llm: LLM) -> Settings:
    return with_model(data_dir, llm)


def with_model(data_dir: Path, llm: LLM, **changes: Any) -> Settings:
    own = {"flow": "assistant", "openai_base_url": llm.url, "openai_api_key": "x", "answer_cache": timedelta(0)}
    return make_settings(data_dir=data_dir, **(own | changes))


@pytest.fixture
def address(client: FlaskClient) -> str:
    return client.post("/", data={"phone": make_phone()}).location


def ask(client: FlaskClient, address: str, text: str = "why") -> str:
    """Send a message as htmx does; return the fragment."""
    sent = client.post(f"{address}/messages", data={"text": text, "after": "0.0"}, headers=HTMX)
    assert sent.status_code == 200
    return sent.text


def poll(client: FlaskClient, address: str, after: str) -> str:
    return client.get(f"{address}/messages", query_string={"after": after}, headers=HTMX).text


def cursor(html: str) -> str:
    return Page(html).value("after")


def status(html: str) -> str:
    return next(filter(None, _STATUS.findall(html)[-1]), "")


def is_growing(client: FlaskClient, address: str) -> str:
    """Wait for the first words of the reply; return the page."""
    until(lambda: bool(_GROWING.findall(client.get(address).text)[0][1].count("answer")))
    return client.get(address).text


def press(client: FlaskClient, page: str, label: str, **headers: str) -> TestResponse:
    """Press the button of a form."""
    action = re.search(rf'action="([^"]*)"[^<]*<button class="button quiet" type="submit">{label}<', page)
    assert action, f"no button {label}"
    return client.post(action[1], data={"after": cursor(page)}, headers=headers)


def make_reply(*, age: float, state: ReplyState = ReplyState.WRITING) -> Reply:
    created = NOW - timedelta(seconds=age)
    return Reply("r1", "s1", "c1", state, 1, "", 1, 1, created)


class TestPace:
    def test_a_reply_of_six_seconds_costs_eight_polls_at_most(self) -> None:
        assert len(list(polls(until=6.0))) <= 8

    def test_all_polls_of_a_reply_that_never_comes_are_few_and_end(self) -> None:
        ages = list(polls(until=1000))
        assert ages[:4] == [0.35, 0.95, 1.95, 2.95]
        assert {round(b - a, 3) for a, b in pairwise(ages) if b > 18} == {2.0}
        assert 118 <= ages[-1] <= 122

    def test_nothing_is_asked_about_a_reply_that_has_ended(self) -> None:
        assert next_poll(make_reply(age=1, state=ReplyState.DONE), NOW) is None
        assert next_poll(None, NOW) is None

    def test_a_clock_that_is_behind_does_not_end_it(self) -> None:
        assert next_poll(make_reply(age=-3), NOW) == 0.35


def polls(until: float) -> Iterator[float]:
    """The ages in seconds at which a page asks for a reply that takes so long, and once when it is there."""
    age = 0.0
    while (pause := next_poll(make_reply(age=age), NOW)) is not None:
        age = round(age + pause, 3)
        yield age
        if age >= until:
            return


class TestWriting:
    @pytest.fixture
    def llm(self, llm: LLM) -> LLM:
        """A model that takes long."""
        llm.between, llm.tokens = 0.05, 400
        return llm

    def test_a_question_brings_a_bubble_that_waits_and_a_poll(
        self, client: FlaskClient, address: str, llm: LLM
    ) -> None:
        llm.first_token = 2
        sent = ask(client, address)
        assert 'class="dots"' in sent
        assert "load delay:0.35s" in sent
        assert status(sent) == "Writing a reply"

    def test_a_poll_brings_more_of_the_same_text(self, client: FlaskClient, address: str) -> None:
        ask(client, address)
        page = is_growing(client, address)
        news = poll(client, address, re.sub(r"~\d+$", "~3", cursor(page)))
        assert f'hx-swap-oob="innerHTML:#r-{_GROWING.findall(page)[0][0]}"' in news
        assert "<form" not in news, "a button that is replaced at each poll cannot be pressed"

    @pytest.mark.parametrize("ahead", ["~1~99999", "~2~1"], ids=["longer", "of a later writer"])
    def test_a_text_never_shrinks(self, client: FlaskClient, address: str, ahead: str) -> None:
        ask(client, address)
        page = is_growing(client, address)
        seen = cursor(page).rsplit("~", 2)[0] + ahead
        news = poll(client, address, seen)
        assert "answer" not in news
        assert cursor(news) == seen
        assert 'id="poller"' in news

    def test_a_later_writer_replaces_the_text(self, client: FlaskClient, address: str) -> None:
        ask(client, address)
        page = is_growing(client, address)
        assert "answer" in poll(client, address, cursor(page).rsplit("~", 2)[0] + "~0~99999")

    @pytest.mark.parametrize("tail", ["~", "~x~1~1", "~x~-1~1", "~x~1", "~x~1~1~1", "~x~" + "9" * 40 + "~1"])
    def test_what_a_page_cannot_have_is_nothing(self, client: FlaskClient, address: str, tail: str) -> None:
        ask(client, address)
        is_growing(client, address)
        assert 'innerHTML:#reply"' in poll(client, address, f"1.1{tail}")

    def test_after_ten_seconds_it_takes_long_and_after_two_minutes_the_reader_asks(
        self, client: FlaskClient, address: str, clock: Clock
    ) -> None:
        ask(client, address)
        clock.forward(seconds=10)
        assert status(client.get(address).text) == "Still working…"
        clock.forward(seconds=111)
        page = client.get(address).text
        assert status(page) == "No answer yet"
        assert 'id="check"' in page
        assert "load delay:30.0s" in page
        assert "This takes too long" in page

    def test_a_page_without_script_loads_again_until_that_is_paused(self, client: FlaskClient, address: str) -> None:
        ask(client, address)
        page = client.get(address).text
        assert f'<noscript><meta http-equiv="refresh" content="3;url={address}"></noscript>' in page
        assert f'href="{address}?refresh=off">Pause refresh' in page
        paused = client.get(f"{address}?refresh=off").text
        assert 'http-equiv="refresh"' not in paused
        assert f'href="{address}?refresh=off">Check now' in paused

    def test_earlier_messages_show_no_reply(self, client: FlaskClient, address: str) -> None:
        ask(client, address)
        assert "Stop" not in client.get(f"{address}?before=1.2").text

    def test_stop_ends_it_and_keeps_the_text(self, client: FlaskClient, address: str, llm: LLM) -> None:
        ask(client, address)
        answer = press(client, is_growing(client, address), "Stop")
        assert (answer.status_code, answer.location) == (303, address)
        page = client.get(address).text
        assert "answer" in _ANSWER.findall(page)[0]
        assert '<p class="halted">Stopped</p>' in page
        assert 'http-equiv="refresh"' not in page
        assert llm.gone(llm.requests[-1])

    def test_stop_answers_the_script_as_a_poll_does(self, client: FlaskClient, address: str) -> None:
        ask(client, address)
        news = press(client, is_growing(client, address), "Stop", **HTMX).text
        assert len(_ANSWER.findall(news)) == 1
        assert "Try again" in news
        assert status(news) == "Stopped"
        assert 'id="poller"' in news

    @pytest.mark.parametrize("act", ["stop", "retry"])
    def test_a_reply_of_another_page_cannot_be_touched(
        self, client: FlaskClient, address: str, services: Services, act: str
    ) -> None:
        ask(client, address)
        reply_id = _GROWING.findall(is_growing(client, address))[0][0]
        other = client.post("/", data={"phone": make_phone()}).location
        assert client.post(f"{other}/replies/{reply_id}/{act}").status_code == 404
        assert client.post(f"{address}/replies/nothing/{act}").status_code == 404
        assert services.replies.show(reply_id).state is ReplyState.WRITING

    @pytest.mark.parametrize("act", ["stop", "retry"])
    def test_another_site_cannot_press_the_buttons(self, client: FlaskClient, address: str, act: str) -> None:
        ask(client, address)
        reply_id = _GROWING.findall(client.get(address).text)[0][0]
        foreign = {"Sec-Fetch-Site": "cross-site"}
        assert client.post(f"{address}/replies/{reply_id}/{act}", headers=foreign).status_code == 403


class TestEnded:
    def test_the_bubble_stays_until_its_message_comes(
        self, client: FlaskClient, address: str, services: Services
    ) -> None:
        client.post(f"{address}/messages", data={"text": "why"})
        page = Capability(address.removeprefix("/c/"), TokenKind.PAGE)
        thread = replace(services.threads.news(page, Position(1, 1)), lines=(), shown=Position(1, 1))
        assert thread.reply
        seen = Seen(Position(1, 1), thread.reply.reply_id, 1, 5)
        assert swap(thread, seen, None) is Swap.NOTHING
        assert swap(services.threads.news(page, Position(1, 1)), seen, None) is Swap.ALL

    def test_a_form_without_script_waits_for_the_answer(self, client: FlaskClient, address: str) -> None:
        assert client.post(f"{address}/messages", data={"text": "why"}).status_code == 303
        assert len(_ANSWER.findall(client.get(address).text)) == 1

    def test_an_answer_is_markdown_and_a_question_is_not(self, client: FlaskClient, address: str, llm: LLM) -> None:
        llm.says = "**bold** <b>and</b>"
        client.post(f"{address}/messages", data={"text": "**why** <b>"})
        page = client.get(address)
        assert _ANSWER.findall(page.text) == ["<p><strong>bold</strong> &lt;b&gt;and&lt;/b&gt;</p>\n"]
        assert Page(page.text).messages == ["**why** <b>"]

    def test_a_page_is_told_once_that_the_reply_is_ready(self, client: FlaskClient, address: str) -> None:
        client.post(f"{address}/messages", data={"text": "why"})
        news = poll(client, address, "1.1~x~1~5")
        assert status(news) == "Reply ready"
        assert '<div hx-swap-oob="innerHTML:#reply"></div>' in news
        assert status(poll(client, address, cursor(news))) == ""
        assert status(client.get(address).text) == ""

    def test_a_failed_reply_is_an_apology_and_can_be_tried_again(
        self, client: FlaskClient, address: str, llm: LLM
    ) -> None:
        llm.fault = "unauthorized"
        client.post(f"{address}/messages", data={"text": "why"})
        failed = client.get(address).text
        assert 'class="msg other apology"' in failed
        llm.fault = "none"
        for _ in range(2):
            assert press(client, failed, "Try again").status_code == 303
        page = client.get(address).text
        assert len(_ANSWER.findall(page)) == 1
        assert page.count("Answer 2 of 2") == 1
        assert "Try again" not in page

    def test_only_the_last_answer_can_be_tried_again(self, client: FlaskClient, address: str, llm: LLM) -> None:
        llm.fault = "unauthorized"
        client.post(f"{address}/messages", data={"text": "why"})
        failed = client.get(address).text
        client.post(f"{address}/messages", data={"text": "help"})
        assert "Try again" not in client.get(address).text
        refused = press(client, failed, "Try again")
        assert refused.status_code == 422
        assert "Only the answer to the last message" in Page(refused.text).alert

    class TestUnderLimits:
        """A page whose limit of questions to the model is reached."""

        @pytest.fixture
        def settings(self, data_dir: Path, llm: LLM) -> Settings:
            return with_model(data_dir, llm, limit_llm="1/minute")

        def test_a_try_too_many_says_when_the_next_may_be(self, client: FlaskClient, address: str, llm: LLM) -> None:
            llm.fault = "unauthorized"
            client.post(f"{address}/messages", data={"text": "why"})
            failed = client.get(address).text
            told = press(client, failed, "Try again", **HTMX)
            assert told.status_code == 200
            assert status(told.text).startswith("This is a little fast")
            plain = press(client, failed, "Try again")
            assert plain.status_code == 429
            assert Page(plain.text).alert.startswith("This is a little fast")


class TestGreeting:
    """The flow that greets: scripted up to its end."""

    @pytest.fixture
    def settings(self, data_dir: Path, llm: LLM) -> Settings:
        return with_model(data_dir, llm, flow="greeting")

    def test_after_the_song_the_talk_goes_on_freely(self, client: FlaskClient, address: str) -> None:
        for text in ("hello", NAME, SONG, "what else?", "and then?"):
            assert client.post(f"{address}/messages", data={"text": text}).status_code == 303
        page = client.get(address).text
        assert len(_ANSWER.findall(page)) == 2
        assert Page(page).messages[-3:] == [f"Playing {SONG}", "what else?", "and then?"]


class TestWithoutModel:
    @pytest.fixture
    def settings(self, data_dir: Path) -> Settings:
        return make_settings(data_dir=data_dir, flow="assistant")

    def test_the_page_says_that_nobody_can_answer(self, client: FlaskClient, address: str) -> None:
        assert "Ask me anything." in client.get(address).text
        client.post(f"{address}/messages", data={"text": "why"})
        page = client.get(address).text
        assert Page(page).messages[-1].startswith("No language model is connected here")
        assert "load delay:30.0s" in page
