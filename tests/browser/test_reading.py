"""Reading is not disturbed: the page does not move by itself, flashes nothing, and tells the reader's own time."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.talk import bubbles, press_send, send, visit
from tests.browser.visits import Visits
from tests.browser.world import answer_as_person, newest_session, say
from tests.make import NAME
from tests.servers import Server

SOON = 5
TOKYO = timedelta(hours=9)


@pytest.fixture
def answered(page: Page, site: Server) -> Callable[[str], None]:
    """A long talk that a person has taken over, read at its end; says more as that person."""
    page.clock.install()
    address = visit(page, site)
    say(site, address, "hello", *(f"song {place}" for place in range(15)))
    session = newest_session(site)
    answer_as_person(site, session, "Ana here.")
    page.goto(address)
    expect(bubbles(page).last).to_be_in_viewport()

    def more(text: str) -> None:
        answer_as_person(site, session, text)
        page.clock.run_for(SOON * 1000)
        expect(bubbles(page).last).to_have_text(text)

    return more


def place(page: Page) -> float:
    return float(page.evaluate("scrollY"))


def scroll(page: Page, to: int) -> None:
    """Scroll, and wait until the page has noticed."""
    page.evaluate(
        """to => new Promise((done) => {
             addEventListener("scroll", () => requestAnimationFrame(done), { once: true });
             scrollTo(0, to);
           })""",
        to,
    )


def left_below(page: Page) -> float:
    return float(page.evaluate("document.scrollingElement.scrollHeight - innerHeight - scrollY"))


def pill(page: Page) -> Locator:
    return page.get_by_role("button", name="New message")


# Scrolling


def test_who_reads_further_up_is_not_moved(page: Page, answered: Callable[[str], None]) -> None:
    page.mouse.move(600, 400)
    page.mouse.wheel(0, -300)
    expect(bubbles(page).last).not_to_be_in_viewport()
    before = place(page)
    for text in ("One.", "Two.", "Three."):
        answered(text)
    assert abs(place(page) - before) <= 1
    expect(pill(page)).to_be_visible()
    pill(page).click()
    expect(bubbles(page).last).to_be_in_viewport(ratio=1)
    expect(pill(page)).to_be_hidden()


def test_the_pill_goes_when_one_comes_to_the_end_oneself(page: Page, answered: Callable[[str], None]) -> None:
    page.mouse.move(600, 400)
    page.mouse.wheel(0, -300)
    expect(bubbles(page).last).not_to_be_in_viewport()
    answered("One.")
    expect(pill(page)).to_be_visible()
    page.mouse.wheel(0, 2000)
    expect(pill(page)).to_be_hidden()


def test_who_is_at_the_end_stays_there(page: Page, answered: Callable[[str], None]) -> None:
    for text in ("One.", "Two.", "Three."):
        answered(text)
        assert left_below(page) <= 2
        expect(pill(page)).to_be_hidden()


def test_a_long_answer_begins_at_the_top(page: Page, answered: Callable[[str], None]) -> None:
    answered("\n".join(f"Line {number}" for number in range(60)))
    at = bubbles(page).last.bounding_box()
    header = page.get_by_role("banner").bounding_box()
    assert at is not None
    assert header is not None
    assert header["y"] + header["height"] <= at["y"] < 200
    expect(pill(page)).to_be_hidden()


def test_ones_own_message_leads_to_the_end(page: Page, answered: Callable[[str], None]) -> None:
    page.evaluate("scrollTo(0, 0)")
    press_send(page, NAME)
    expect(bubbles(page).last).to_have_text(NAME)
    assert left_below(page) <= 2


def test_the_newest_message_stays_in_sight_when_the_keyboard_opens(visits: Visits, site: Server) -> None:
    page = visits.phone(site)
    visit(page, site, "hello", NAME, *(f"song {place}" for place in range(5)))
    expect(bubbles(page).last).to_be_in_viewport(ratio=1)
    page.set_viewport_size({"width": 360, "height": 320})
    expect(bubbles(page).last).to_be_in_viewport(ratio=1)


def test_who_reads_further_up_is_not_moved_when_the_keyboard_opens(visits: Visits, site: Server) -> None:
    page = visits.phone(site)
    visit(page, site, "hello", NAME, *(f"song {place}" for place in range(5)))
    scroll(page, 200)
    page.set_viewport_size({"width": 360, "height": 320})
    page.wait_for_timeout(100)
    assert place(page) == 200


def test_who_reads_further_up_is_not_moved_by_writing(page: Page, site: Server) -> None:
    visit(page, site, "hello", NAME, *(f"song {place}" for place in range(12)))
    scroll(page, 300)
    page.keyboard.type("wait")
    page.wait_for_timeout(100)
    assert place(page) == 300


def test_a_draft_that_grows_hides_nothing(page: Page, site: Server) -> None:
    visit(page, site, "hello", NAME, *(f"song {place}" for place in range(12)))
    for _ in range(5):
        page.keyboard.press("Shift+Enter")
    message, composer = bubbles(page).last.bounding_box(), page.locator(".composer").bounding_box()
    assert message is not None
    assert composer is not None
    assert message["y"] + message["height"] <= composer["y"]


def test_what_has_the_focus_is_not_behind_the_box(visits: Visits, page: Page, site: Server) -> None:
    visits.expect("net::ERR_", "htmx:(sendError|afterRequest)")
    visit(page, site, "hello", NAME, *(f"song {place}" for place in range(12)))
    page.route("**/messages", lambda route: route.abort("connectionreset"))
    send(page, NAME)
    retry = page.get_by_role("button", name="Retry", exact=True)
    expect(retry).to_be_visible()
    retry.evaluate("button => scrollBy(0, button.getBoundingClientRect().bottom - innerHeight + 10)")
    retry.focus()
    at, composer = retry.bounding_box(), page.locator(".composer").bounding_box()
    assert at is not None
    assert composer is not None
    assert at["y"] + at["height"] <= composer["y"]


# Signs of life


def test_a_sent_message_is_seen_in_the_next_frame(page: Page, site: Server) -> None:
    visit(page, site, "hello")
    page.route("**/messages", lambda route: None)  # the answer never comes
    seen = page.evaluate(
        """name => new Promise((done) => {
             const box = document.getElementById("text");
             box.value = name;
             box.form.querySelector("button[type=submit]").click();
             requestAnimationFrame(() => {
               const bubble = document.querySelector("#outbox .pending .text");
               done(bubble?.textContent === name && bubble.checkVisibility());
             });
           })""",
        NAME,
    )
    assert seen
    expect(page.get_by_text("Sending…")).to_be_visible()


@pytest.mark.parametrize(("wish", "animation"), [("reduce", "none"), ("no-preference", "appear")])
def test_who_wants_little_motion_gets_none(visits: Visits, site: Server, wish: str, animation: str) -> None:
    page = visits.page(site, reduced_motion=wish)
    visit(page, site, "hello")
    page.route("**/messages", lambda route: None)
    send(page, NAME)
    names = page.evaluate("[...document.querySelectorAll('*')].map(e => getComputedStyle(e).animationName)")
    assert set(names) == {"none", animation}
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"


# Time


def test_times_are_the_readers_own(visits: Visits, site: Server) -> None:
    page = visits.page(site, timezone_id="Asia/Tokyo")
    visit(page, site, "hello")
    send(page, NAME)
    expect(bubbles(page)).to_have_count(4)
    times = page.get_by_role("log").locator("time")
    for at in range(4):
        stamp = datetime.fromisoformat(times.nth(at).get_attribute("datetime") or "")
        expect(times.nth(at)).to_have_text(f"{stamp + TOKYO:%H:%M}")


def test_the_day_is_told_once(page: Page, site: Server) -> None:
    visit(page, site, "hello")
    send(page, NAME)
    expect(bubbles(page)).to_have_count(4)
    expect(page.get_by_role("log").locator(".day")).to_have_count(1)


def test_without_script_times_are_told_in_utc(visits: Visits, site: Server) -> None:
    page = visits.page(site, timezone_id="Asia/Tokyo", java_script_enabled=False)
    visit(page, site, "hello")
    time = page.get_by_role("log").locator("time").first
    stamp = datetime.fromisoformat(time.get_attribute("datetime") or "")
    expect(time).to_have_text(f"{stamp:%H:%M} UTC")
