"""/admin/conversations/<id>: one conversation."""

import re
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatterkeep.services.wiring import Services
from chatterkeep.settings import Settings
from tests import databases
from tests.llm.server import LLM
from tests.make import NAME, SONG, Clock, make_phone, make_settings
from tests.pages import Page
from tests.web.admin.conftest import Talk
from tests.web.admin.desk import LIST, Desk, links


def side(page: Page, heading: str) -> str:
    """A section of what stands beside the messages, as it is read."""
    found = re.search(rf"<h2>{heading}</h2>(.*?)</section>", page.html, re.DOTALL)
    return " ".join(re.sub(r"<[^>]*>", " ", found[1]).split()) if found else ""


def settle(services: Services) -> None:
    """Wait until no reply is being written."""
    deadline = time.monotonic() + 60
    while services.writers.desk.all():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def link(page: Page, words: str) -> str:
    found = re.search(rf'href="([^"]*)">{words}</a>', page.html)
    return found[1].replace("&amp;", "&") if found else ""


@databases.both
def test_it_shows_what_was_said_where_it_went_and_what_was_collected(desk: Desk, talk: Talk) -> None:
    page = desk.open(f"{LIST}/{talk('hello', NAME, SONG, phone='+14155550142')}")
    assert page.heading == "+1 *******142"
    assert page.messages == [
        "hello",
        "What is your name?",
        NAME,
        f"Hello {NAME}, what is your favorite song?",
        SONG,
        f"Playing {SONG}",
    ]
    assert side(page, "Answers collected") == f"name {NAME} song {SONG}"
    assert side(page, "States passed") == (
        "INITIAL line 1, 15:09 UTC AWAITING_NAME line 1, 15:09 UTC "
        "AWAITING_SONG line 3, 15:09 UTC COMPLETE line 5, 15:09 UTC"
    )
    assert [tag["id"] for tag in page.all("li") if tag.get("id")] == [f"m-{n}" for n in range(1, 7)]
    assert page.html.count("State is now") == 3
    assert "5550142" not in page.html


def test_staying_in_a_state_is_no_step(desk: Desk, talk: Talk) -> None:
    page = desk.open(f"{LIST}/{talk('what?', 'hello')}")
    assert side(page, "States passed") == "INITIAL line 1, 15:09 UTC AWAITING_NAME line 3, 15:09 UTC"


def test_what_a_person_wrote_is_shown_and_never_run(desk: Desk, talk: Talk) -> None:
    page = desk.open(f"{LIST}/{talk('hello', '<img src=x onerror=alert(1)>')}")
    assert "&lt;img src=x onerror=alert(1)&gt;" in page.html
    assert page.all("img") == []


def test_the_first_message_of_a_day_begins_with_its_date(desk: Desk, talk: Talk, clock: Clock) -> None:
    phone = make_phone()
    talk("hello", phone=phone)
    clock.forward(hours=10)
    desk.log_in()
    page = desk.open(f"{LIST}/{talk(NAME, phone=phone)}")
    assert re.findall(r'class="day">([^<]*)', page.html) == ["14 March 2026", "15 March 2026"]


@databases.both
def test_a_long_conversation_is_read_in_parts(desk: Desk, talk: Talk) -> None:
    conversation = talk(*["help"] * 205)
    newest = desk.open(f"{LIST}/{conversation}")
    middle = desk.open(link(newest, "Earlier messages"))
    oldest = desk.open(link(middle, "Earlier messages"))
    numbers = [[int(n) for n in re.findall(r'id="m-(\d+)"', page.html)] for page in (newest, middle, oldest)]
    assert numbers == [list(range(211, 411)), list(range(11, 211)), list(range(1, 11))]
    assert link(newest, "Later messages") == link(oldest, "Earlier messages") == ""
    again = desk.open(link(desk.open(link(oldest, "Later messages")), "Later messages"))
    assert again.messages == newest.messages


@pytest.mark.parametrize("cursor", ["0", "-1", "abc", "1e3", "9" * 30, "\u0661"])
def test_a_part_that_cannot_be_is_refused(desk: Desk, talk: Talk, cursor: str) -> None:
    desk.open(f"{LIST}/{talk('hello')}", 422, before=cursor)


def test_a_part_that_is_not_there_is_empty(desk: Desk, talk: Talk) -> None:
    assert "No messages on this page." in desk.open(f"{LIST}/{talk('hello')}", after="500").html


def test_other_conversations_of_the_person_are_a_click_away(desk: Desk, talk: Talk) -> None:
    phone = make_phone()
    first = talk("hello", NAME, phone=phone)
    second = talk("restart", phone=phone)
    page = desk.open(f"{LIST}/{second}")
    assert side(page, "Conversations of this person") == (
        "2. 14 Mar, 15:09 UTC, greeting, INITIAL shown here 1. 14 Mar, 15:09 UTC, greeting, AWAITING_SONG"
    )
    other = desk.open(link(page, "1. [^<]*"))
    assert other.messages[0] == "hello"
    assert first in other.html


def test_the_only_conversation_of_a_person_is_not_listed_beside_itself(desk: Desk, talk: Talk) -> None:
    assert "Conversations of this person" not in desk.open(f"{LIST}/{talk('hello')}").html


def test_the_way_back_leads_to_the_same_page_of_the_same_list(desk: Desk, talk: Talk) -> None:
    for _ in range(51):
        talk("hello")
    older = desk.open(LIST, state="AWAITING_NAME").all("a", rel="next")[0]["href"]
    page = desk.open(links(desk.open(older))[0])
    assert page.all("a", **{"class": "back"})[0]["href"] == older


@pytest.mark.parametrize(
    "back",
    [
        "https://evil.example/",
        "//evil.example/admin/conversations?x",
        "/admin/conversations\\@evil.example",
        "/admin/conversationsevil?x",
        "/admin/login?x",
        "javascript:alert(1)",
        '/admin/conversations?"><script>',
        "/admin/conversations?\n",
    ],
)
def test_the_way_back_leads_nowhere_else(desk: Desk, talk: Talk, back: str) -> None:
    page = desk.open(f"{LIST}/{talk('hello')}", back=back)
    href = page.all("a", **{"class": "back"})[0]["href"]
    assert href == LIST or (href == back and href.startswith(f"{LIST}?"))


def test_what_does_not_exist_is_not_found(desk: Desk, services: Services) -> None:
    assert desk.open(f"{LIST}/{uuid.uuid4()}", 404).heading == "Nothing here"
    desk.open(f"{LIST}/1", 404)
    desk.open(f"{LIST}/%00", 404)


class TestGeneratedReplies:
    @pytest.fixture
    def llm(self) -> Iterator[LLM]:
        with LLM(says="**Yes**, <i>of</i> course.").running() as model:
            yield model

    @pytest.fixture
    def settings(self, data_dir: Path, llm: LLM) -> Settings:
        return make_settings(
            data_dir=data_dir, flow="assistant", openai_base_url=llm.url, openai_api_key="x", limit_llm=""
        )

    def test_an_answer_is_markdown(self, desk: Desk, talk: Talk, services: Services) -> None:
        conversation = talk("May I?")
        settle(services)
        page = desk.open(f"{LIST}/{conversation}").html
        assert '<div class="text rich" dir="auto"><p><strong>Yes</strong>, &lt;i&gt;of&lt;/i&gt; course.</p>' in page

    def test_an_apology_is_told_from_an_answer(self, desk: Desk, talk: Talk, services: Services, llm: LLM) -> None:
        llm.fault = "unauthorized"
        conversation = talk("May I?")
        settle(services)
        page = desk.open(f"{LIST}/{conversation}")
        assert 'class="msg other apology"' in page.html
        assert page.messages == ["May I?", "Sorry, I could not answer just now. Please try again."]
