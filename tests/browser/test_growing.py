"""A generated reply grows on its page, and enters the log once."""

import time

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.asking import answers, ask, count_polls, growing, is_answered, seen, status, stop, watch_log
from tests.browser.talk import box, come_back, hide, own, press_send, send, unsent
from tests.browser.visits import Visits
from tests.browser.world import new_page, select
from tests.llm.replies import words
from tests.llm.server import LLM
from tests.servers import Server


@pytest.fixture
def page(visits: Visits, assistant: Server) -> Page:
    return visits.page(assistant)


def said_by(llm: LLM, question: str) -> str:
    """The whole answer of the model."""
    return "".join(words(question, llm.tokens))


class TestOnePage:
    def test_the_text_grows_before_it_is_done_and_enters_the_log_once(
        self, page: Page, assistant: Server, llm: LLM
    ) -> None:
        llm.between, llm.tokens = 0.05, 150
        page.goto(new_page(assistant))
        watch_log(page)
        send(page, "why")
        expect(growing(page)).to_contain_text("the answer grows")
        is_answered(page)
        expect(answers(page)).to_have_text([said_by(llm, "why")])
        lengths = seen(page, "lengths")
        assert lengths == sorted(lengths)
        assert len(set(lengths)) >= 3
        assert len(seen(page, "added")) == 1
        assert seen(page, "twice") == 0

    def test_the_status_tells_how_it_stands_and_the_growing_text_is_not_read_out(
        self, page: Page, assistant: Server, llm: LLM
    ) -> None:
        llm.between, llm.tokens = 0.05, 100
        ask(page, assistant, "why")
        expect(status(page)).to_have_text("Writing a reply")
        expect(growing(page)).to_contain_text("the answer")
        inside = page.locator("[role=log] #reply, [role=status] #reply, [aria-live] #reply, #reply [aria-live]")
        expect(inside).to_have_count(0)
        is_answered(page)
        expect(status(page)).to_have_text("Reply ready")

    def test_after_ten_seconds_the_page_says_that_it_takes_long(self, page: Page, assistant: Server, llm: LLM) -> None:
        llm.first_token, llm.between, llm.tokens = 0.1, 0.1, 400
        ask(page, assistant, "why")
        expect(status(page)).to_have_text("Still working…", timeout=60_000)
        stop(page).click()
        is_answered(page)

    def test_what_was_typed_is_a_bubble_at_once(self, page: Page, assistant: Server, llm: LLM) -> None:
        page.goto(new_page(assistant))
        box(page).fill("why")
        held: list[Route] = []
        page.route("**/messages", lambda route: held.append(route))
        bubble = page.evaluate(
            """() => new Promise(done => {
                 document.querySelector("#composer button[type=submit]").click();
                 requestAnimationFrame(() => done(document.querySelector("#outbox .text")?.textContent));
               })"""
        )
        assert bubble == "why"
        while not held:
            page.wait_for_timeout(50)
        held[0].continue_()
        is_answered(page)

    def test_dots_stand_for_the_first_word_and_hold_still_for_who_wants_that(
        self, visits: Visits, assistant: Server, llm: LLM
    ) -> None:
        llm.first_token = 5
        page = visits.page(assistant, reduced_motion="reduce")
        ask(page, assistant, "why")
        expect(growing(page).locator(".dots")).to_be_visible()
        dot = page.locator(".dots i").first
        assert dot.evaluate("dot => getComputedStyle(dot).animationName") == "none"
        is_answered(page)

    def test_a_reader_further_up_is_not_moved(self, page: Page, assistant: Server, llm: LLM) -> None:
        llm.says = "line\n\n" * 60
        ask(page, assistant, "first")
        is_answered(page)
        llm.says, llm.tokens, llm.between = None, 150, 0.05
        send(page, "second")
        expect(growing(page)).to_contain_text("the answer")
        page.evaluate("scrollTo(0, 100)")
        is_answered(page, 2)
        assert abs(page.evaluate("scrollY") - 100) <= 1
        expect(page.get_by_role("button", name="New message")).to_be_visible()


class TestPolls:
    def test_a_reply_of_six_seconds_costs_at_most_eight(self, page: Page, assistant: Server, llm: LLM) -> None:
        """Where it takes longer, it costs no more a second."""
        llm.between, llm.tokens = 0.1, 59
        polls, began = count_polls(page), time.monotonic()
        ask(page, assistant, "why")
        is_answered(page)
        assert 2 <= len(polls) <= 8 / 6 * max(6, time.monotonic() - began)

    def test_a_page_asks_seldom_once_it_is_answered(self, page: Page, assistant: Server, llm: LLM) -> None:
        page.clock.install()
        ask(page, assistant, "why")
        for _ in range(300):
            page.clock.run_for(1000)
            page.wait_for_timeout(200)
            if answers(page).count():
                break
        is_answered(page)
        polls = count_polls(page)
        page.clock.run_for(29_000)
        page.wait_for_timeout(300)
        assert polls == []
        with page.expect_request("**/messages?*"):
            page.clock.run_for(1_000)

    def test_a_hidden_page_asks_nothing_and_has_all_when_it_is_seen_again(
        self, page: Page, assistant: Server, llm: LLM
    ) -> None:
        llm.tokens = 50
        ask(page, assistant, "why")
        expect(growing(page)).to_be_visible()
        hide(page)
        page.wait_for_timeout(100)
        polls = count_polls(page)
        page.wait_for_timeout(2500)
        assert polls == []
        come_back(page)
        is_answered(page)


class TestSeveral:
    def test_a_reload_in_the_middle_goes_on(self, page: Page, assistant: Server, llm: LLM) -> None:
        llm.between, llm.tokens = 0.05, 150
        ask(page, assistant, "why")
        expect(growing(page)).to_contain_text("the answer grows")
        page.reload()
        expect(growing(page)).to_contain_text("the answer grows")
        is_answered(page)
        expect(answers(page)).to_have_text([said_by(llm, "why")])
        assert len(llm.requests) == 1

    def test_two_pages_show_the_same(self, visits: Visits, page: Page, assistant: Server, llm: LLM) -> None:
        llm.between, llm.tokens = 0.05, 150
        address = ask(page, assistant, "why")
        expect(growing(page)).to_contain_text("the answer")
        other = visits.page(assistant)
        other.goto(address)
        expect(growing(other)).to_contain_text("the answer")
        for each in (page, other):
            is_answered(each)
            expect(answers(each)).to_have_text([said_by(llm, "why")])

    def test_a_message_sent_meanwhile_is_answered_too(self, page: Page, assistant: Server, llm: LLM) -> None:
        llm.between, llm.tokens = 0.05, 50
        page.goto(new_page(assistant))
        watch_log(page)
        send(page, "first")
        page.wait_for_timeout(1300)
        send(page, "second")
        is_answered(page, 2)
        expect(answers(page)).to_have_text([said_by(llm, "first"), said_by(llm, "second")])
        assert len(seen(page, "added")) == len(set(seen(page, "added"))) == 2
        assert seen(page, "twice") == 0

    def test_a_burst_of_two_messages_is_one_question(self, page: Page, assistant: Server, llm: LLM) -> None:
        llm.first_token = 3
        ask(page, assistant, "what is", "the weather")
        expect(own(page)).to_have_count(2)
        is_answered(page)
        page.wait_for_timeout(1500)
        is_answered(page)
        assert llm.requests[-1].question == "what is\nthe weather"

    def test_a_draft_survives_all_that_happens(self, page: Page, assistant: Server, llm: LLM) -> None:
        llm.tokens = 80
        ask(page, assistant, "why")
        box(page).fill("and another thing")
        expect(growing(page)).to_contain_text("the answer")
        stop(page).click()
        is_answered(page)
        expect(box(page)).to_have_value("and another thing")
        expect(box(page)).to_be_focused()
        box(page).fill("")

    def test_the_page_holds_what_the_row_holds(self, page: Page, assistant: Server, llm: LLM) -> None:
        llm.says = "Ein *schöner* Satz – mit 🐟 und\u00a0Umbruch"
        ask(page, assistant, "why")
        is_answered(page)
        expect(answers(page)).to_have_text(["Ein schöner Satz – mit 🐟 und\u00a0Umbruch"])
        assert select(assistant, "SELECT count(*) FROM replies WHERE state NOT IN ('done', 'stopped', 'failed')") == [
            (0,)
        ]


class TestWithoutScript:
    @pytest.fixture
    def page(self, visits: Visits, assistant: Server) -> Page:
        return visits.page(assistant, java_script_enabled=False)

    def test_a_quick_answer_comes_with_the_page(self, page: Page, assistant: Server, llm: LLM) -> None:
        page.goto("/")
        page.get_by_label("Phone number").fill("+14155550188")
        page.get_by_role("button", name="Start").click()
        for place, text in enumerate(("first", "second"), 1):
            press_send(page, text)
            is_answered(page, place)
            expect(unsent(page)).to_have_count(0)
        expect(answers(page)).to_have_text([said_by(llm, "first"), said_by(llm, "second")])

    def test_a_slow_answer_comes_by_itself(self, page: Page, assistant: Server, llm: LLM) -> None:
        llm.between, llm.tokens = 0.05, 150
        page.goto(new_page(assistant))
        press_send(page, "why")
        expect(growing(page)).to_contain_text("the answer grows")
        is_answered(page)
        expect(answers(page)).to_have_text([said_by(llm, "why")])

    def test_refreshing_can_be_paused(self, page: Page, assistant: Server, llm: LLM) -> None:
        llm.between, llm.tokens = 0.05, 100
        page.goto(new_page(assistant))
        press_send(page, "why")
        page.get_by_role("link", name="Pause refresh").click()
        expect(page.get_by_role("link", name="Check now")).to_be_visible()
        page.wait_for_load_state()  # which is not one of those that are counted
        loads: list[float] = []
        page.on("load", lambda _: loads.append(time.monotonic()))
        page.wait_for_timeout(4500)
        assert loads == []
        page.get_by_role("link", name="Check now").click()
        is_answered(page)
