"""The thumbs under an answer, pressed by keyboard, mouse and finger, with and without script."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.asking import ask, is_answered, status
from tests.browser.talk import box, press_send, send
from tests.browser.test_accessibility import examine
from tests.browser.visits import Visits
from tests.browser.world import new_page
from tests.llm.server import LLM
from tests.servers import Server


@pytest.fixture
def page(visits: Visits, assistant: Server) -> Page:
    return visits.page(assistant)


def thumb(page: Page, name: str) -> Locator:
    return page.get_by_role("group", name="Was this answer helpful?").get_by_role("button", name=name, exact=True)


def is_pressed(page: Page, name: str, pressed: bool) -> None:
    expect(thumb(page, name)).to_have_attribute("aria-pressed", "true" if pressed else "false")


def test_a_thumb_is_pressed_in_place_and_keeps_the_focus(page: Page, assistant: Server, llm: LLM) -> None:
    ask(page, assistant, "why")
    is_answered(page)
    thumb(page, "Helpful").focus()
    page.keyboard.press("Enter")
    is_pressed(page, "Helpful", True)
    expect(thumb(page, "Helpful")).to_be_focused()
    expect(status(page)).to_have_text("Marked as helpful")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    is_pressed(page, "Not helpful", True)
    is_pressed(page, "Helpful", False)
    expect(thumb(page, "Not helpful")).to_be_focused()
    page.keyboard.press("Space")
    is_pressed(page, "Not helpful", False)
    expect(status(page)).to_have_text("Mark removed")


def test_a_thumb_that_is_pressed_as_it_appears_loads_no_other_page(page: Page, assistant: Server, llm: LLM) -> None:
    page.goto(new_page(assistant))
    page.evaluate(
        """() => {
             window.stays = true;
             new MutationObserver((_, watcher) => {
               const thumb = document.querySelector(".thumbs [name=verdict]");
               if (thumb) { watcher.disconnect(); thumb.click(); }
             }).observe(document.body, { childList: true, subtree: true });
           }"""
    )
    send(page, "why")
    is_pressed(page, "Helpful", True)
    assert page.evaluate("window.stays"), "the thumb was pressed before a script knew it, and the page was left"


def test_what_is_being_typed_stays(page: Page, assistant: Server, llm: LLM) -> None:
    ask(page, assistant, "why")
    is_answered(page)
    box(page).fill("half a thought")
    thumb(page, "Not helpful").click()
    is_pressed(page, "Not helpful", True)
    expect(box(page)).to_have_value("half a thought")
    box(page).fill("")


def test_it_is_still_pressed_after_a_reload(page: Page, assistant: Server, llm: LLM) -> None:
    ask(page, assistant, "why")
    is_answered(page)
    thumb(page, "Helpful").click()
    is_pressed(page, "Helpful", True)
    page.reload()
    is_pressed(page, "Helpful", True)


def test_it_works_without_script(visits: Visits, assistant: Server, llm: LLM) -> None:
    page = visits.page(assistant, java_script_enabled=False)
    page.goto(new_page(assistant))
    press_send(page, "why")
    expect(thumb(page, "Helpful")).to_be_visible(timeout=20_000)
    thumb(page, "Helpful").click()
    is_pressed(page, "Helpful", True)
    assert page.url.rpartition("#")[2] == "m-1-2"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_anybody_can_use_them_on_a_phone(visits: Visits, assistant: Server, llm: LLM, scheme: str) -> None:
    page = visits.phone(assistant, color_scheme=scheme)
    page.goto(new_page(assistant))
    press_send(page, "why")
    is_answered(page)
    thumb(page, "Helpful").tap()
    is_pressed(page, "Helpful", True)
    size = thumb(page, "Helpful").bounding_box()
    assert size
    assert min(size["width"], size["height"]) >= 44
    examine(page)
