"""The way everybody goes: a number, hello, a name, a song. By mouse, keyboard and touch, with and without script."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.talk import box, bubbles, own, press_send, sees, send, visit
from tests.browser.visits import NARROW, Visits
from tests.browser.world import new_page, say
from tests.make import NAME, SONG, make_phone
from tests.servers import Server

TALK = (
    *("hello", "What is your name?"),
    *(NAME, f"Hello {NAME}, what is your favorite song?"),
    *(SONG, f"Playing {SONG}"),
)
LONG = "Donaudampfschifffahrtsgesellschaftskapitaenswitwenrente" * 2


def start(page: Page, phone: str | None = None) -> None:
    page.goto("/")
    page.get_by_label("Phone number").fill(phone or make_phone())
    page.get_by_role("button", name="Start").click()
    expect(box(page)).to_be_focused()
    page.wait_for_load_state()


def sideways(page: Page) -> int:
    """By how many pixels the page can be moved sideways."""
    return int(page.evaluate("document.scrollingElement.scrollWidth - innerWidth"))


def focused(page: Page) -> dict[str, Any]:
    """What has the focus: its name, and whether a sighted person can tell."""
    found: dict[str, Any] = page.evaluate(
        """() => {
             const e = document.activeElement, style = getComputedStyle(e), at = e.getBoundingClientRect();
             return {
               name: e.ariaLabel || e.labels?.[0]?.textContent || e.textContent.trim(),
               outlined: style.outlineStyle === "solid" && parseFloat(style.outlineWidth) >= 2,
               in_sight: at.top >= 0 && at.top < innerHeight,
             };
           }"""
    )
    return found


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
class TestHappyPath:
    @pytest.fixture
    def page(self, visits: Visits, site: Server, script: bool) -> Page:
        return visits.page(site, java_script_enabled=script)

    def test_from_a_number_to_a_song(self, page: Page) -> None:
        start(page)
        for place, text in enumerate(("hello", NAME, SONG), 1):
            press_send(page, text)
            sees(page, *TALK[: 2 * place])
            expect(box(page)).to_have_value("")

    def test_the_example_can_be_said_with_one_click(self, page: Page) -> None:
        start(page)
        page.get_by_role("button", name="hello").click()
        sees(page, *TALK[:2])

    def test_a_wrong_number_is_given_back_with_an_example(self, visits: Visits, page: Page) -> None:
        visits.expect("status of 422")
        page.goto("/")
        page.get_by_label("Phone number").fill("12 34")
        page.get_by_role("button", name="Start").click()
        expect(page.get_by_role("alert")).to_contain_text("+14155550123")
        expect(page.get_by_label("Phone number")).to_have_value("12 34")
        expect(page.get_by_label("Phone number")).to_be_focused()

    def test_starting_over_keeps_what_was_said(self, page: Page, site: Server) -> None:
        visit(page, site, "hello")
        page.locator(".menu summary").click()
        page.get_by_role("button", name="Start over").click()
        expect(bubbles(page).last).to_have_text("Starting over. Please say hello.")
        expect(bubbles(page).first).to_have_text("hello")
        expect(page.get_by_text("New conversation")).to_be_visible()

    def test_the_address_alone_brings_everything_back(self, page: Page, site: Server) -> None:
        address = visit(page, site, "hello", NAME)
        page.goto("/")
        page.goto(address)
        sees(page, *TALK[:4])

    def test_earlier_messages_are_one_click_away(self, page: Page, site: Server) -> None:
        visit(page, site, "hello", *(f"song {place}" for place in range(1, 25)))
        expect(bubbles(page)).to_have_count(40)
        page.get_by_role("link", name="Earlier messages").click()
        expect(bubbles(page).first).to_have_text("hello")
        expect(page.get_by_role("link", name="Earlier messages")).to_have_count(0)


def test_a_keyboard_is_enough(page: Page) -> None:
    page.goto("/")
    press = page.keyboard.press
    press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    press("Tab")
    page.keyboard.type(make_phone())
    press("Enter")
    expect(box(page)).to_be_focused()
    page.wait_for_load_state()
    for text in ("hello", NAME):
        page.keyboard.type(text)
        press("Enter")
    page.keyboard.type(SONG)
    press("Tab")
    expect(page.locator("summary[aria-label='Attach a file']")).to_be_focused()
    press("Tab")
    expect(page.get_by_role("button", name="Send")).to_be_focused()
    press("Space")
    sees(page, *TALK)
    expect(box(page)).to_be_focused()


def test_the_menu_opens_and_closes_by_keyboard(page: Page, site: Server) -> None:
    visit(page, site)
    menu = page.locator(".menu summary")
    menu.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Start over")).to_be_visible()
    page.evaluate("import(document.querySelector('.menu').dataset.js)")  # it comes with the first use: wait for it
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Start over")).to_be_hidden()
    expect(menu).to_be_focused()


def test_shift_and_enter_begin_a_new_line(page: Page, site: Server) -> None:
    visit(page, site)
    page.keyboard.type("hel")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("lo")
    expect(box(page)).to_have_value("hel\nlo")
    page.keyboard.press("Enter")
    expect(own(page)).to_have_text(["hel\nlo"], use_inner_text=True)


def test_every_stop_of_the_tab_key_is_seen(page: Page, site: Server) -> None:
    visit(page, site, "hello")
    page.get_by_role("link", name="Skip to message box").focus()
    stops = [focused(page)]
    while stops[-1]["name"] != "Send" and len(stops) < 12:
        page.keyboard.press("Tab")
        stops.append(focused(page))
    names = ["Skip to message box", "Menu", "Messages", "Message", "Attach a file", "Send"]
    assert [stop["name"] for stop in stops] == names
    assert [stop["name"] for stop in stops if not stop["outlined"] or not stop["in_sight"]] == []


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_nothing_scrolls_sideways_on_the_narrowest_phone(visits: Visits, site: Server, script: bool) -> None:
    page = visits.page(site, viewport=NARROW, java_script_enabled=script)
    page.goto("/")
    assert sideways(page) == 0
    start(page)
    for text in ("hello", LONG, SONG):
        press_send(page, text)
        expect(own(page).last).to_have_text(text)
        assert sideways(page) == 0
    page.locator(".menu summary").click()
    assert sideways(page) == 0


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
@pytest.mark.parametrize("height", [640, 300], ids=["whole screen", "above the keyboard"])
def test_on_a_phone_the_box_is_in_sight(visits: Visits, site: Server, script: bool, height: int) -> None:
    page = visits.phone(site, java_script_enabled=script)
    page.set_viewport_size({"width": 360, "height": height})
    visit(page, site, "hello", NAME, SONG, "again", "and again")
    expect(box(page)).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("button", name="Send")).to_be_in_viewport(ratio=1)
    expect(bubbles(page).last).to_be_in_viewport()


def test_on_a_phone_the_box_stays_while_one_reads_and_enter_makes_a_line(visits: Visits, site: Server) -> None:
    page = visits.phone(site)
    visit(page, site, "hello", NAME, SONG, "again", "and again")
    page.evaluate("scrollTo(0, 0)")
    expect(box(page)).to_be_in_viewport(ratio=1)
    assert page.evaluate("parseFloat(getComputedStyle(document.getElementById('text')).fontSize)") >= 16
    send(page, "one")
    page.keyboard.type("two")
    expect(box(page)).to_have_value("one\ntwo")
    page.get_by_role("button", name="Send").tap()
    expect(own(page).last).to_have_text("one\ntwo", use_inner_text=True)


def test_somebody_elses_number_shows_nothing_of_theirs(page: Page, site: Server) -> None:
    number = make_phone()
    for text in ("hello", NAME):
        site.post("/chat", {"phone": number, "message": text})
    other = new_page(site, number)
    say(site, other, "hello", SONG)
    start(page, number)
    expect(bubbles(page)).to_have_count(0)
    assert NAME not in page.content()
    assert SONG not in page.content()
    press_send(page, "hello")
    sees(page, *TALK[:2])
    page.reload()
    sees(page, *TALK[:2])


def test_a_page_that_does_not_exist_says_what_to_do(visits: Visits, page: Page) -> None:
    visits.expect("status of 404")
    page.goto(f"/c/{'x' * 43}")
    page.get_by_role("link", name="Start again").click()
    expect(page.get_by_label("Phone number")).to_be_visible()
