"""Staff search what was said, and come from a hit to its line in the conversation."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.staff import log_in
from tests.browser.test_accessibility import examine
from tests.browser.visits import NARROW, Visits
from tests.make import NAME, SONG, make_phone
from tests.servers import Server


@pytest.fixture
def talked(site: Server) -> None:
    number = make_phone()
    for text in ("hello", NAME, f"{SONG} and nothing else"):
        site.post("/chat", {"phone": number, "message": text})


@pytest.mark.usefixtures("talked")
def test_a_hit_leads_to_its_line(page: Page) -> None:
    log_in(page)
    page.get_by_role("link", name="Search", exact=True).click()
    box = page.get_by_label("Words in messages and notes")
    box.fill(f'"{SONG.lower()}"')
    box.press("Enter")
    hit = page.locator(".hits li").first
    expect(hit.locator("mark")).to_have_text(SONG)
    examine(page)
    hit.get_by_role("link").click()
    expect(page).to_have_url(re.compile(r"/admin/conversations/[0-9a-f-]{36}\?.*#m-\d+$"))
    expect(page.locator(".msg:target .text")).to_contain_text(SONG)
    expect(page.locator(".msg:target")).to_be_in_viewport()
    page.get_by_role("link", name="Back to the list").click()
    expect(box).to_have_value(f'"{SONG.lower()}"')


def test_what_cannot_be_searched_is_explained(visits: Visits, page: Page) -> None:
    visits.expect("status of 422")
    log_in(page)
    page.goto("/admin/search?q=--")
    expect(page.get_by_role("alert")).to_contain_text("There is no word in this to search for")
    expect(page.get_by_label("Words in messages and notes")).to_have_value("--")
    examine(page)
    page.set_viewport_size(NARROW)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
