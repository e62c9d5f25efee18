"""A person takes along, and erases, what is kept of them: with and without script; so does staff for them."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.staff import log_in
from tests.browser.talk import send, visit
from tests.browser.visits import Visits
from tests.make import NAME, SONG, make_phone
from tests.servers import Server

both = pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])


@pytest.fixture
def page(visits: Visits, site: Server, script: bool) -> Page:
    return visits.page(site, java_script_enabled=script)


def open_menu(page: Page) -> None:
    page.locator(".menu summary").click()


@both
def test_the_menu_hands_out_a_copy_of_everything(page: Page, site: Server) -> None:
    visit(page, site, "hello", NAME, SONG)
    open_menu(page)
    for name, end in (("Text", "txt"), ("Markdown", "md"), ("JSON", "json")):
        with page.expect_download() as download:
            page.get_by_role("link", name=name, exact=True).click()
        assert re.fullmatch(rf"chatterkeep-[0-9a-f]{{8}}-\d{{4}}-\d\d-\d\d\.{end}", download.value.suggested_filename)
        text = Path(download.value.path()).read_text()
        assert f"Playing {SONG}" in text
    assert json.loads(text)["complete"] is True


@both
def test_everything_is_erased_after_the_word_was_typed(visits: Visits, page: Page, site: Server) -> None:
    visits.expect("status of 422", "status of 404")
    address = visit(page, site, "hello", NAME)
    open_menu(page)
    page.get_by_role("link", name="Erase everything").click()
    expect(page.get_by_role("listitem").filter(has_text="4 messages")).to_be_visible()
    page.get_by_label("Type").fill("yes")
    page.get_by_role("button", name="Erase everything").click()
    expect(page.get_by_role("alert")).to_contain_text("type the word erase")
    expect(page.get_by_label("Type")).to_have_value("yes")
    page.get_by_label("Type").fill(" Erase")
    page.get_by_role("button", name="Erase everything").click()
    expect(page.get_by_role("heading", name="Erased")).to_be_visible()
    expect(page.get_by_text("4 messages")).to_be_visible()
    receipt = page.url
    page.reload()
    expect(page.get_by_role("heading", name="Erased")).to_be_visible()
    page.goto(address)
    expect(page.get_by_text("Error 404")).to_be_visible()
    page.goto(receipt)
    page.get_by_role("link", name="Start again").click()
    expect(page.get_by_label("Phone number")).to_be_visible()


@pytest.mark.parametrize("script", [True])
def test_an_open_page_says_that_the_conversation_is_gone_and_keeps_what_was_typed(
    visits: Visits, page: Page, site: Server
) -> None:
    visits.expect("status of 404", "Error Code 404")
    address = visit(page, site, "hello")
    other = visits.page(site)
    other.goto(f"{address}/erase")
    other.get_by_label("Type").fill("erase")
    other.keyboard.press("Enter")
    expect(other.get_by_role("heading", name="Erased")).to_be_visible()
    send(page, NAME)
    expect(page.get_by_role("heading", name="This link has ended")).to_be_visible()
    expect(page.get_by_label("What you had written")).to_have_value(NAME)
    expect(page.get_by_text("What is your name?")).to_have_count(0)


@both
def test_keeping_it_leads_back(page: Page, site: Server) -> None:
    address = visit(page, site, "hello")
    page.goto(f"{address}/erase")
    page.get_by_role("link", name="Keep it").click()
    expect(page.get_by_role("log").get_by_text("What is your name?")).to_be_visible()


@both
def test_staff_see_the_number_once_and_erase_with_a_receipt(page: Page, site: Server) -> None:
    phone = make_phone()
    site.post("/chat", {"phone": phone, "message": "hello"})
    log_in(page)
    page.get_by_role("row").nth(1).get_by_role("link").click()
    page.get_by_role("button", name="Show number").click()
    expect(page.get_by_text(f"{phone[-7:-4]}-{phone[-4:]}")).to_be_visible()
    page.get_by_role("link", name="Back to the conversation").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="TXT", exact=True).click()
    assert phone in Path(download.value.path()).read_text()
    page.get_by_role("link", name="Erase everything").click()
    page.get_by_label("Type").fill("erase")
    page.get_by_role("button", name="Erase everything").click()
    expect(page.get_by_role("heading", name="Erased")).to_be_visible()
    page.get_by_role("link", name="Back to the conversations").click()
    expect(page.get_by_role("heading", name="Conversations")).to_be_visible()
