"""A page that stays open learns that its link has ended: what was said goes from the screen, what was typed stays."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.talk import box, bubbles, come_back, hide, visit
from tests.browser.test_accessibility import examine
from tests.browser.visits import Visits
from tests.browser.world import new_page, post_form
from tests.make import make_phone
from tests.servers import Server

STILL = 30
"""Seconds after which a page that is seen asks whether its link is still good."""

BOT = "What is your name?"
PHONE = make_phone()


def sign_out_everywhere(site: Server, address: str) -> None:
    assert post_form(site, f"{address}/sign-out", where="everywhere").status == 303


def erase(site: Server, address: str) -> None:
    assert post_form(site, f"{address}/erase", word="erase").status == 303


def prove(site: Server, address: str) -> str:
    """Prove the number of a page by a text, on another device; return the new address of its conversation."""
    attempt = post_form(site, f"{address}/verify").headers["Location"]
    html = site.get(attempt).body.decode()
    code = html.partition('<p class="shown"><code>')[2].partition("</code>")[0]
    site.post("/chat", {"phone": PHONE, "message": code})
    return post_form(site, attempt).headers["Location"]


def is_told(page: Page) -> None:
    expect(page.get_by_role("heading", name="This link has ended")).to_be_visible()
    expect(page.get_by_text(BOT)).to_have_count(0)
    expect(page.get_by_role("log")).to_have_count(0)
    expect(page).to_have_title("This link has ended – ChatterKeep")


@pytest.fixture
def address(visits: Visits, page: Page, site: Server) -> str:
    """The address of a page that is open and seen, and whose clock is in our hands."""
    visits.expect("status of 404", "Error Code 404")
    page.clock.install()
    return visit(page, site, "hello")


@pytest.mark.parametrize("end", [sign_out_everywhere, erase])
def test_a_page_that_is_seen_is_told_within_half_a_minute(
    page: Page, site: Server, address: str, end: Callable[[Server, str], None]
) -> None:
    end(site, address)
    expect(bubbles(page)).to_have_count(2)
    page.clock.run_for(STILL * 1000)
    is_told(page)
    examine(page)
    page.get_by_role("link", name="Start again").click()
    expect(page.get_by_label("Phone number")).to_be_visible()


def test_two_pages_of_one_number_learn_of_a_proof(visits: Visits, page: Page, site: Server) -> None:
    visits.expect("status of 404", "Error Code 404")
    old, mine = new_page(site, PHONE), new_page(site, PHONE)
    proved = prove(site, mine)
    laptop = visits.page(site)
    for one, place in ((page, old), (laptop, proved)):
        one.clock.install()
        one.goto(place)
    post_form(site, f"{old}/messages", text="hello")
    assert prove(site, old) != old
    for one in (page, laptop):
        one.clock.run_for(120_000)
    expect(page.get_by_role("heading", name="This link has ended")).to_be_visible()
    expect(laptop.get_by_text("This number was proved on a page")).to_have_count(2)
    expect(laptop.get_by_role("log").get_by_text(BOT)).to_be_visible()


def test_what_was_typed_can_still_be_copied(page: Page, site: Server, address: str) -> None:
    page.route("**/messages", lambda route: None if route.request.method == "POST" else route.continue_())
    box(page).fill("sent, without an answer")
    page.keyboard.press("Enter")
    box(page).fill("not sent yet")
    erase(site, address)
    page.evaluate("htmx.trigger('#poller', 'wake')")
    is_told(page)
    expect(page.get_by_label("What you had written")).to_have_value("sent, without an answer\n\nnot sent yet")


def test_a_tab_in_the_background_is_told_when_it_is_seen(page: Page, site: Server, address: str) -> None:
    hide(page)
    sign_out_everywhere(site, address)
    page.clock.run_for(STILL * 1000)
    expect(bubbles(page)).to_have_count(2)
    come_back(page)
    is_told(page)


def test_a_page_that_back_brings_again_is_told(page: Page, site: Server, address: str) -> None:
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
    hide(page)
    sign_out_everywhere(site, address)
    come_back(page)
    is_told(page)


def test_a_proxys_page_ends_nothing(page: Page, site: Server, address: str) -> None:
    page.route("**/messages?*", lambda route: route.fulfill(status=404, body="<h1>Not Found</h1>"))
    with page.expect_request_finished(lambda request: "/messages" in request.url):
        page.clock.run_for(STILL * 1000)
    expect(bubbles(page)).to_have_count(2)
    expect(box(page)).to_be_visible()
