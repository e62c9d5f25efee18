"""What others add to a conversation appears: on return to the page, and by asking now and then while it is seen.

Time is moved by hand where a test would else have to wait for it.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, Request, Route, expect

from chatterkeep.web.chat.presenters import SELDOM
from tests.browser.talk import box, bubbles, come_back, hide, press_send, sees, send, visit
from tests.browser.visits import Visits
from tests.browser.world import answer_as_person, change, newest_session, say
from tests.make import NAME, SONG
from tests.servers import Server

WATCHED = 10
"""Seconds in which a hidden page must ask for nothing: twice the shortest pause between two polls, which is 5 s."""

SOON, LATER = 5, 15
"""Seconds between polls while a person has just written, and when they have been silent for some minutes."""

STILL = 30
"""Seconds between polls of a page on which nobody is to answer."""


LISTEN = """role => {
  window.heard = [];
  const text = (node) => (node.querySelector?.(".text") ?? node).textContent;
  new MutationObserver((changes) => {
    for (const { addedNodes, removedNodes } of changes)
      heard.push(...[...addedNodes].map(text), ...[...removedNodes].map((node) => `no more: ${text(node)}`));
  }).observe(document.querySelector(`[role=${role}]`), { childList: true, subtree: true });
}"""
"""Notes what a screen reader would say: each thing that enters the part of the page with this role, or leaves it."""


class Polls:
    """Counts the requests of a page, other than the one for itself."""

    def __init__(self, page: Page) -> None:
        self.count = 0
        page.on("request", self._count)

    def _count(self, request: Request) -> None:
        self.count += 1


@pytest.fixture
def answered(page: Page, site: Server) -> Callable[[str], None]:
    """A page with its clock in our hands, whose conversation a person has taken over; says more as that person."""
    page.clock.install()
    address = visit(page, site)
    say(site, address, "hello")
    session = newest_session(site)
    answer_as_person(site, session, "Ana here.")
    page.goto(address)
    expect(page.get_by_text("A person", exact=True)).to_be_visible()
    return lambda text: answer_as_person(site, session, text)


def last_said(site: Server, **ago: float) -> None:
    """Let the newest message be older than it is."""
    moment = datetime.now(UTC) - timedelta(**ago)
    last = "(SELECT max(id) FROM conversations)"
    change(site, f"UPDATE conversations SET last_message_at = ? WHERE id = {last}", int(moment.timestamp() * 1e6))


def pass_time(page: Page, seconds: float) -> None:
    """Let time pass, and what was asked for then arrive."""
    at_work = page.locator(".htmx-request, .htmx-added, .htmx-settling")
    expect(at_work).to_have_count(0)
    page.clock.run_for(int(seconds * 1000))
    expect(at_work).to_have_count(0)


# Silence


def test_nothing_is_asked_while_the_tab_is_hidden(page: Page, site: Server) -> None:
    address = visit(page, site, "hello")
    answer_as_person(site, newest_session(site), "Ana here.")
    page.goto(address)
    hide(page)
    polls = Polls(page)
    page.wait_for_timeout(WATCHED * 1000)
    assert polls.count == 0
    with page.expect_request("**/messages?**"):
        come_back(page)
    assert polls.count == 1


def test_a_page_that_is_seen_asks_now_and_then_and_later_seldom(page: Page, site: Server) -> None:
    page.clock.install()
    visit(page, site, "hello")
    polls = Polls(page)
    pass_time(page, STILL - 1)
    assert polls.count == 0
    last_said(site, minutes=11)
    pass_time(page, 1)
    assert polls.count == 1
    pass_time(page, SELDOM - 1)
    assert polls.count == 1
    pass_time(page, 1)
    assert polls.count == 2


# Another device


def test_what_another_device_said_is_there_on_return(page: Page, site: Server) -> None:
    page.clock.install()
    address = visit(page, site, "hello")
    hide(page)
    say(site, address, NAME)
    pass_time(page, 6)
    expect(bubbles(page)).to_have_count(2)
    come_back(page)
    sees(page, "hello", "What is your name?", NAME, f"Hello {NAME}, what is your favorite song?")


def test_what_another_device_said_is_there_when_the_window_is_used_again(page: Page, site: Server) -> None:
    page.clock.install()
    address = visit(page, site, "hello")
    page.evaluate("dispatchEvent(new Event('blur'))")
    say(site, address, NAME)
    pass_time(page, 6)
    page.evaluate("dispatchEvent(new Event('focus'))")
    sees(page, "hello", "What is your name?", NAME, f"Hello {NAME}, what is your favorite song?")


def test_a_glance_at_another_tab_asks_for_nothing(page: Page, site: Server) -> None:
    page.clock.install()
    visit(page, site, "hello")
    polls = Polls(page)
    hide(page)
    pass_time(page, 2)
    come_back(page)
    pass_time(page, 10)
    assert polls.count == 0


def test_what_two_devices_said_at_once_is_shown_once_and_in_order(page: Page, site: Server) -> None:
    address = visit(page, site)
    say(site, address, "hello")
    send(page, NAME)
    sees(page, "hello", "What is your name?", NAME, f"Hello {NAME}, what is your favorite song?")


def test_what_arrives_twice_is_shown_once(page: Page, site: Server) -> None:
    address = visit(page, site, "hello")
    held: list[Route] = []
    page.route("**/messages", lambda route: held.append(route), times=1)
    send(page, SONG)
    say(site, address, NAME)
    page.evaluate("htmx.trigger('#poller', 'wake')")
    first = ("hello", "What is your name?", NAME, f"Hello {NAME}, what is your favorite song?")
    expect(bubbles(page)).to_have_text(list(first))
    held[0].continue_()  # its answer tells what the other device said once more
    sees(page, *first, SONG, f"Playing {SONG}")


# A person


def test_a_person_who_takes_over_is_announced_on_return(page: Page, site: Server) -> None:
    page.clock.install()
    visit(page, site, "hello")
    expect(page.get_by_text("Bot", exact=True).first).to_be_visible()
    hide(page)
    answer_as_person(site, newest_session(site), "Ana here.")
    pass_time(page, 6)
    come_back(page)
    expect(bubbles(page).last).to_have_text("Ana here.")
    expect(page.locator("#owner")).to_have_text("A person")
    expect(page.get_by_role("status")).to_have_text("A person will answer here.")


def test_what_a_person_says_appears_by_itself(page: Page, answered: Callable[[str], None]) -> None:
    answered("Look at this.")
    pass_time(page, SOON - 1)
    expect(bubbles(page).last).to_have_text("Ana here.")
    pass_time(page, 1)
    expect(bubbles(page).last).to_have_text("Look at this.")
    answered("And at that.")
    pass_time(page, SOON)
    expect(bubbles(page).last).to_have_text("And at that.")


@pytest.mark.usefixtures("answered")
def test_polls_grow_rare_as_a_person_stays_silent(page: Page, site: Server) -> None:
    polls = Polls(page)
    pass_time(page, SOON)
    assert polls.count == 1
    last_said(site, minutes=3)
    pass_time(page, SOON)
    assert polls.count == 2
    pass_time(page, LATER - 1)
    assert polls.count == 2
    last_said(site, minutes=31)
    pass_time(page, 1)
    assert polls.count == 3
    expect(page.get_by_role("link", name="Check for new messages")).to_be_visible()
    pass_time(page, SELDOM - 1)
    assert polls.count == 3


def test_once_the_polls_are_rare_one_can_ask_by_hand(page: Page, site: Server, answered: Callable[[str], None]) -> None:
    last_said(site, minutes=31)
    pass_time(page, SOON)
    answered("Still there?")
    page.get_by_role("link", name="Check for new messages").click()
    expect(bubbles(page).last).to_have_text("Still there?")
    expect(page.get_by_role("link", name="Check for new messages")).to_have_count(0)


@pytest.mark.usefixtures("answered")
def test_a_message_to_a_person_is_kept_for_them_and_the_polls_go_on(page: Page) -> None:
    press_send(page, NAME)
    sees(page, "hello", "What is your name?", "Ana here.", NAME)
    polls = Polls(page)
    pass_time(page, SOON)
    assert polls.count == 1


def test_polls_that_fail_are_told_and_go_on(visits: Visits, page: Page, answered: Callable[[str], None]) -> None:
    visits.expect("net::ERR_", "htmx:(sendError|afterRequest)")
    page.route("**/messages?*", lambda route: route.abort("connectionreset"), times=2)
    pass_time(page, SOON)
    expect(page.get_by_role("status")).to_have_text("Connection lost. Trying again…")
    answered("Look at this.")
    pass_time(page, 2)
    pass_time(page, 4)
    expect(bubbles(page).last).to_have_text("Look at this.")
    expect(page.get_by_role("status")).to_have_text("A person will answer here.")


# What a screen reader and a busy reader notice


def test_news_leave_the_box_and_what_stands_in_it_alone(page: Page, answered: Callable[[str], None]) -> None:
    page.keyboard.type("I am wri")
    answered("Look at this.")
    pass_time(page, SOON)
    expect(bubbles(page).last).to_have_text("Look at this.")
    page.keyboard.type("ting")
    expect(box(page)).to_have_value("I am writing")


def test_the_bots_answer_enters_the_log_once_and_the_focus_stays(page: Page, site: Server) -> None:
    visit(page, site)
    page.evaluate(LISTEN, "log")
    press_send(page, "hello")
    sees(page, "hello", "What is your name?")
    assert page.evaluate("heard") == ["hello", "What is your name?"]
    expect(box(page)).to_be_focused()


def test_what_a_person_says_enters_the_log_once(page: Page, answered: Callable[[str], None]) -> None:
    page.evaluate(LISTEN, "log")
    press_send(page, NAME)
    expect(bubbles(page).last).to_have_text(NAME)
    answered("Look at this.")
    for _ in range(3):
        pass_time(page, SOON)
    assert page.evaluate("heard") == [NAME, "Look at this."]


@pytest.mark.usefixtures("answered")
def test_the_same_status_is_not_said_again(page: Page) -> None:
    page.evaluate(LISTEN, "status")
    for _ in range(3):
        pass_time(page, SOON)
    assert page.evaluate("heard") == []
