"""Stop and Try again: from any page of the conversation, with and without script."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.asking import answers, ask, growing, is_answered, status, stop, try_again
from tests.browser.talk import box, own, press_send
from tests.browser.visits import Visits
from tests.browser.world import new_page, select
from tests.llm.server import LLM
from tests.servers import Server


@pytest.fixture
def page(visits: Visits, assistant: Server) -> Page:
    return visits.page(assistant)


@pytest.fixture
def llm(llm: LLM) -> LLM:
    """A model that takes half a minute for an answer."""
    llm.between, llm.tokens = 0.1, 1000
    return llm


def states(server: Server) -> list[str]:
    """How the newest attempts ended, oldest first."""
    newest = "(SELECT max(conversation_id) FROM replies)"
    found = select(server, f"SELECT state FROM replies WHERE conversation_id = {newest} ORDER BY attempt")
    return [state for (state,) in found]


def is_stopped(page: Page, llm: LLM) -> None:
    """Wait until the page says so; the question and what was written are still there."""
    expect(page.get_by_role("log").get_by_text("Stopped", exact=True)).to_be_visible()
    expect(own(page)).to_have_text(["why"])
    expect(answers(page)).to_contain_text(["the answer grows"])
    is_answered(page)
    assert llm.gone(llm.requests[-1])


def directly(visits: Visits, server: Server, page: Page) -> Page:
    return page


def after_a_reload(visits: Visits, server: Server, page: Page) -> Page:
    page.reload()
    return page


def on_another_device(visits: Visits, server: Server, page: Page) -> Page:
    other = visits.page(server)
    other.goto(page.url)
    return other


def without_script(visits: Visits, server: Server, page: Page) -> Page:
    other = visits.page(server, java_script_enabled=False)
    other.goto(page.url)
    return other


@pytest.mark.parametrize("where", [directly, after_a_reload, on_another_device, without_script])
def test_stop_ends_the_call_and_keeps_what_was_written(
    visits: Visits, page: Page, assistant: Server, llm: LLM, where: Callable[[Visits, Server, Page], Page]
) -> None:
    ask(page, assistant, "why")
    expect(growing(page)).to_contain_text("the answer grows")
    at = where(visits, assistant, page)
    expect(growing(at)).to_contain_text("the answer grows")
    stop(at).click()
    assert llm.gone(llm.requests[-1])
    for each in {at, page}:
        is_stopped(each, llm)
    assert states(assistant) == ["stopped"]


def test_what_was_stopped_stays_so_after_a_reload(page: Page, assistant: Server, llm: LLM) -> None:
    ask(page, assistant, "why")
    expect(growing(page)).to_contain_text("the answer grows")
    stop(page).click()
    is_stopped(page, llm)
    text = answers(page).text_content()
    page.reload()
    is_stopped(page, llm)
    assert answers(page).text_content() == text


def test_stop_before_the_first_word_says_so(page: Page, assistant: Server, llm: LLM) -> None:
    llm.first_token = 40
    ask(page, assistant, "why")
    stop(page).click()
    expect(answers(page)).to_have_text(["Stopped before anything was written."])
    is_answered(page)


def test_stop_leaves_the_focus_and_the_draft_alone(page: Page, assistant: Server, llm: LLM) -> None:
    ask(page, assistant, "why")
    box(page).fill("half a sent")
    expect(growing(page)).to_contain_text("the answer")
    stop(page).click()
    is_answered(page)
    expect(status(page)).to_have_text("Stopped")
    expect(box(page)).to_be_focused()
    page.keyboard.type("ence")
    expect(box(page)).to_have_value("half a sentence")
    box(page).fill("")


def test_stop_can_be_reached_and_pressed_by_keyboard(page: Page, assistant: Server, llm: LLM) -> None:
    ask(page, assistant, "why")
    expect(growing(page)).to_contain_text("the answer")
    page.keyboard.press("Shift+Tab")
    expect(stop(page)).to_be_focused()
    page.wait_for_timeout(1500)
    expect(stop(page)).to_be_focused()
    page.keyboard.press("Enter")
    is_stopped(page, llm)


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_a_failed_reply_is_tried_again(visits: Visits, assistant: Server, llm: LLM, script: bool) -> None:
    page = visits.page(assistant, java_script_enabled=script)
    llm.fault, llm.between, llm.tokens = "unauthorized", 0.01, 20
    page.goto(new_page(assistant))
    press_send(page, "why")
    expect(answers(page)).to_have_text(["Sorry, I could not answer just now. Please try again."])
    llm.fault = "none"
    try_again(page).click()
    is_answered(page, 2)
    expect(answers(page).last).to_contain_text("the answer grows")
    expect(page.get_by_text("Answer 2 of 2")).to_be_visible()
    expect(try_again(page)).to_have_count(0)
    assert states(assistant) == ["failed", "done"]


def test_try_again_pressed_twice_is_one_attempt(page: Page, assistant: Server, llm: LLM) -> None:
    ask(page, assistant, "why")
    stop(page).click()
    expect(try_again(page)).to_be_visible()
    llm.between, llm.tokens = 0.01, 20
    try_again(page).dblclick()
    is_answered(page, 2)
    page.wait_for_timeout(500)
    assert states(assistant) == ["stopped", "done"]


def test_there_is_nothing_to_try_again_once_something_else_was_said(page: Page, assistant: Server, llm: LLM) -> None:
    ask(page, assistant, "why")
    stop(page).click()
    expect(try_again(page)).to_be_visible()
    llm.between, llm.tokens = 0.01, 20
    press_send(page, "never mind")
    is_answered(page, 2)
    expect(try_again(page)).to_have_count(0)
    page.reload()
    expect(try_again(page)).to_have_count(0)
