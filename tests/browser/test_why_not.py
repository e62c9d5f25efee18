"""Why an answer did not help: said beside the thumb, with and without script, and read by staff."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.asking import ask, is_answered, status
from tests.browser.staff import log_in, rows
from tests.browser.talk import box, press_send
from tests.browser.test_accessibility import examine
from tests.browser.test_thumbs import is_pressed, thumb
from tests.browser.visits import NARROW, Visits
from tests.browser.world import new_page
from tests.llm.server import LLM
from tests.servers import Server

WHY = "You are closed on Saturdays."


@pytest.fixture
def page(visits: Visits, assistant: Server) -> Page:
    return visits.page(assistant)


def why(page: Page) -> Locator:
    """The field for it."""
    return page.get_by_label("What was wrong?")


def test_it_is_said_by_keyboard_and_the_focus_stays(page: Page, assistant: Server, llm: LLM) -> None:
    ask(page, assistant, "why")
    is_answered(page)
    expect(why(page)).to_have_count(0)
    thumb(page, "Not helpful").focus()
    page.keyboard.press("Enter")
    expect(status(page)).to_have_text("Marked as not helpful. You can say why.")
    expect(why(page)).to_be_visible()
    page.keyboard.press("Tab")
    expect(why(page)).to_be_focused()
    page.keyboard.type(WHY)
    page.keyboard.press("Enter")
    expect(status(page)).to_have_text("Thank you. Your comment is kept")
    expect(why(page)).to_have_value(WHY)
    expect(why(page)).to_be_focused()
    is_pressed(page, "Not helpful", True)
    expect(page.get_by_role("button", name="Change comment")).to_be_visible()
    page.reload()
    expect(why(page)).to_have_value(WHY)


def test_it_is_gone_with_the_thumb(page: Page, assistant: Server, llm: LLM) -> None:
    ask(page, assistant, "why")
    is_answered(page)
    thumb(page, "Not helpful").click()
    why(page).fill(WHY)
    page.get_by_role("button", name="Send comment").click()
    expect(status(page)).to_have_text("Thank you. Your comment is kept")
    thumb(page, "Helpful").click()
    is_pressed(page, "Helpful", True)
    expect(why(page)).to_have_count(0)
    thumb(page, "Not helpful").click()
    expect(why(page)).to_have_value("")


def test_a_message_that_is_being_typed_stays(page: Page, assistant: Server, llm: LLM) -> None:
    ask(page, assistant, "why")
    is_answered(page)
    box(page).fill("half a thought")
    thumb(page, "Not helpful").click()
    why(page).fill(WHY)
    why(page).press("Enter")
    expect(status(page)).to_have_text("Thank you. Your comment is kept")
    expect(box(page)).to_have_value("half a thought")
    box(page).fill("")


def test_it_is_said_without_script_and_staff_read_it(visits: Visits, assistant: Server, llm: LLM) -> None:
    page = visits.page(assistant, java_script_enabled=False)
    page.goto(new_page(assistant))
    press_send(page, "why")
    expect(thumb(page, "Not helpful")).to_be_visible(timeout=60_000)
    thumb(page, "Not helpful").click()
    why(page).fill(WHY)
    page.get_by_role("button", name="Send comment").click()
    expect(page.get_by_role("button", name="Change comment")).to_be_visible()
    expect(why(page)).to_have_value(WHY)
    assert page.url.rpartition("#")[2] == "m-1-2"
    staff = visits.page(assistant)
    log_in(staff)
    rows(staff).first.get_by_role("link").click()
    line = staff.get_by_role("list", name="Transcript").get_by_role("listitem").last
    expect(line).to_contain_text(f"The customer did not find this helpful: {WHY}")
    examine(staff)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_anybody_can_say_it_on_a_phone(visits: Visits, assistant: Server, llm: LLM, scheme: str) -> None:
    page = visits.phone(assistant, color_scheme=scheme)
    page.goto(new_page(assistant))
    for count in (1, 2, 3):
        press_send(page, "why")
        is_answered(page, count)
    last = page.get_by_role("listitem").last
    last.get_by_role("button", name="Not helpful").tap()
    expect(why(page)).to_be_in_viewport()
    why(page).tap()
    page.keyboard.type(WHY)
    send = page.get_by_role("button", name="Send comment")
    size = send.bounding_box()
    assert size
    assert min(size["width"], size["height"]) >= 44
    send.tap()
    expect(page.get_by_role("button", name="Change comment")).to_be_visible()
    page.set_viewport_size(NARROW)
    assert page.evaluate("document.scrollingElement.scrollWidth") == NARROW["width"]
    examine(page)
