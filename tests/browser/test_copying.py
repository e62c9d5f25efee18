"""An answer is copied by a button under it, where a script runs."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.asking import answers, ask, is_answered, status
from tests.browser.talk import press_send
from tests.browser.test_accessibility import examine
from tests.browser.visits import Visits
from tests.browser.world import new_page
from tests.llm.server import LLM
from tests.servers import Server


@pytest.fixture
def page(visits: Visits, assistant: Server) -> Page:
    return visits.page(assistant, permissions=["clipboard-read", "clipboard-write"])


def test_a_button_copies_an_answer_and_says_so(page: Page, assistant: Server, llm: LLM) -> None:
    llm.says = "Open **daily**:\n\nsee https://a.example/hours"
    ask(page, assistant, "why")
    is_answered(page)
    copy = page.get_by_role("button", name="Copy", exact=True)
    copy.focus()
    page.keyboard.press("Enter")
    expect(status(page)).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == "Open daily:\n\nsee https://a.example/hours"
    examine(page)


def test_the_button_is_there_after_a_reload_and_after_a_thumb(page: Page, assistant: Server, llm: LLM) -> None:
    ask(page, assistant, "why")
    is_answered(page)
    page.reload()
    page.get_by_role("button", name="Helpful", exact=True).click()
    expect(status(page)).to_have_text("Marked as helpful")
    expect(page.get_by_role("button", name="Copy", exact=True)).to_have_count(1)


def test_without_script_there_is_no_button(visits: Visits, assistant: Server, llm: LLM) -> None:
    page = visits.page(assistant, java_script_enabled=False)
    page.goto(new_page(assistant))
    press_send(page, "why")
    expect(answers(page)).to_have_count(1)
    expect(page.get_by_role("button", name="Copy", exact=True)).to_have_count(0)


def test_the_end_of_a_reply_is_said_and_then_seen_no_more(page: Page, assistant: Server, llm: LLM) -> None:
    ask(page, assistant, "why")
    is_answered(page)
    expect(status(page)).to_have_text("Reply ready")
    page.evaluate("document.getElementById('status').firstElementChild.getAnimations()[0].finish()")
    expect(status(page).locator(".brief")).to_have_css("opacity", "0")
