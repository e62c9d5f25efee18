"""What somebody typed and sent arrives, once and in order, or stays in sight with the reason and a way on."""

import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.talk import box, bubbles, own, press_send, sees, send, stored, unsent, visit
from tests.browser.visits import Visits
from tests.browser.world import new_page, say
from tests.make import NAME, SONG
from tests.servers import Server, running

FAILED_LOADS = (
    r"status of (429|422|502)",
    r"net::ERR_",
    r"^console error: htmx:(sendError|afterRequest)",
    "Response Status",
)
"""What a browser notes of requests that fail, as they are made to here."""

SLOWLY = 0.3
WINDOW = 9
MESSAGES = "**/messages"


@pytest.fixture(autouse=True)
def _expected(visits: Visits) -> None:
    visits.expect(*FAILED_LOADS)


@pytest.fixture(scope="module")
def strict_site(tmp_path_factory: pytest.TempPathFactory, template: Path) -> Iterator[Server]:
    """A server that takes two messages from one page in a few seconds."""
    folder = shutil.copytree(template, tmp_path_factory.mktemp("strict") / "data")
    with running(folder, workers=1, CHATTERKEEP_LIMIT_PHONE=f"2/{WINDOW}seconds") as server:
        yield server


def slowly(route: Route) -> None:
    time.sleep(SLOWLY)
    route.continue_()


def retry(page: Page) -> None:
    page.get_by_role("button", name="Retry", exact=True).click()


# Once


def test_five_clicks_on_send_are_one_message(page: Page, site: Server) -> None:
    visit(page, site)
    page.route(MESSAGES, slowly)
    box(page).fill("hello")
    page.get_by_role("button", name="Send").click(click_count=5)
    sees(page, "hello", "What is your name?")
    assert stored(page) == ["hello"]


def test_five_clicks_without_script_are_one_message(visits: Visits, site: Server) -> None:
    page = visits.page(site, java_script_enabled=False)
    visit(page, site)
    box(page).fill("hello")
    page.get_by_role("button", name="Send").click(click_count=5)
    sees(page, "hello", "What is your name?")


def test_enter_pressed_twice_is_one_message(page: Page, site: Server) -> None:
    visit(page, site)
    page.route(MESSAGES, slowly)
    send(page, "hello")
    page.keyboard.press("Enter")
    sees(page, "hello", "What is your name?")
    assert stored(page) == ["hello"]


def test_an_example_clicked_twice_is_said_once(page: Page, site: Server) -> None:
    visit(page, site)
    page.route(MESSAGES, slowly)
    page.get_by_role("button", name="hello").dblclick()
    sees(page, "hello", "What is your name?")
    assert stored(page) == ["hello"]


def test_the_same_words_said_twice_on_purpose_are_two_messages(page: Page, site: Server) -> None:
    visit(page, site)
    send(page, "hello", "hello")
    sees(page, "hello", "What is your name?", "hello", "Hello hello, what is your favorite song?")
    assert stored(page) == ["hello", "hello"]


def test_an_answer_lost_on_the_way_makes_no_second_message(page: Page, site: Server) -> None:
    visit(page, site)

    def lose(route: Route) -> None:
        route.fetch()
        route.abort("connectionreset")

    page.route(MESSAGES, lose, times=1)
    send(page, "hello")
    retry(page)
    sees(page, "hello", "What is your name?")
    assert stored(page) == ["hello"]


@pytest.mark.parametrize("event", ["isComposing: true", "keyCode: 229"])
def test_enter_that_chooses_a_word_of_an_input_method_sends_nothing(page: Page, site: Server, event: str) -> None:
    visit(page, site)
    box(page).fill("hello")
    box(page).evaluate(f"""box => box.dispatchEvent(
        new KeyboardEvent("keydown", {{ key: "Enter", bubbles: true, cancelable: true, {event} }}))""")
    expect(unsent(page)).to_have_count(0)
    expect(box(page)).to_have_value("hello")
    page.keyboard.press("Enter")
    sees(page, "hello", "What is your name?")


# In order


def test_five_messages_within_a_second_arrive_in_order(page: Page, site: Server) -> None:
    visit(page, site)
    waits = iter((0.4, 0.0, 0.2, 0.0, 0.1))

    def unevenly(route: Route) -> None:
        time.sleep(next(waits))
        route.continue_()

    page.route(MESSAGES, unevenly)
    texts = ["hello", NAME, SONG, "thanks", "bye"]
    box(page).evaluate("(box, texts) => { for (box.value of texts) box.form.requestSubmit(); }", texts)
    expect(own(page)).to_have_text(texts)
    expect(bubbles(page)).to_have_count(10)
    assert stored(page) == texts


# Never gone


def test_what_is_sent_offline_goes_out_when_the_network_is_back(page: Page, site: Server) -> None:
    visit(page, site)
    page.context.set_offline(True)
    send(page, "hello", NAME)
    expect(unsent(page).locator(".text")).to_have_text(["hello", NAME])
    expect(page.get_by_role("alert").first).to_have_text("Offline – will send when you are back.")
    assert page.request.get(page.url).ok, "only the page is offline"
    assert stored(page) == []
    page.context.set_offline(False)
    sees(page, "hello", "What is your name?", NAME, f"Hello {NAME}, what is your favorite song?")
    assert stored(page) == ["hello", NAME]


def test_what_does_not_arrive_stays_with_a_reason_and_can_be_sent_again(page: Page, site: Server) -> None:
    visit(page, site)
    attempts = 3
    page.route(MESSAGES, lambda route: route.abort("connectionreset"), times=attempts)
    send(page, "hello")
    for _ in range(attempts):
        expect(unsent(page).get_by_role("alert")).to_contain_text("Check your connection")
        expect(unsent(page).locator(".text")).to_have_text("hello")
        retry(page)
    sees(page, "hello", "What is your name?")


def test_what_does_not_arrive_can_be_taken_back_into_the_box(page: Page, site: Server) -> None:
    visit(page, site)
    page.route(MESSAGES, lambda route: route.abort("connectionreset"), times=1)
    send(page, "helo")
    box(page).fill("and more")
    page.get_by_role("button", name="Edit").click()
    expect(box(page)).to_have_value("helo\nand more")
    expect(box(page)).to_be_focused()
    expect(unsent(page)).to_have_count(0)


def test_a_page_of_a_proxy_is_no_answer(page: Page, site: Server) -> None:
    visit(page, site)
    login = "<html><body>Welcome to the hotel. Please log in.</body></html>"
    page.route(MESSAGES, lambda route: route.fulfill(status=200, content_type="text/html", body=login), times=1)
    send(page, "hello")
    expect(unsent(page).locator(".text")).to_have_text("hello")
    retry(page)
    sees(page, "hello", "What is your name?")


def test_a_draft_is_not_thrown_away_by_closing_the_page(page: Page, site: Server) -> None:
    visit(page, site)
    page.keyboard.type(NAME)
    with page.expect_event("dialog") as asked:
        page.close(run_before_unload=True)
    assert asked.value.type == "beforeunload"
    asked.value.dismiss()
    expect(box(page)).to_have_value(NAME)


def test_too_many_messages_are_kept_and_go_out_after_the_seconds_that_are_told(
    visits: Visits, strict_site: Server
) -> None:
    page = visits.page(strict_site)
    visit(page, strict_site)
    with page.expect_response(lambda response: response.status == 429) as refused:
        send(page, "hello", NAME, SONG)
    expect(unsent(page).locator(".text")).to_have_text(SONG)
    waiting = page.get_by_role("button", name=re.compile(r"Retry in \d s"))
    told = int(re.sub(r"\D", "", waiting.inner_text()))
    assert 0 < told <= int(refused.value.header_value("Retry-After") or 0)
    expect(waiting).to_be_disabled()
    expect(unsent(page).get_by_role("alert")).to_contain_text(f"2 in {WINDOW} seconds")
    retry(page)
    expect(bubbles(page).last).to_have_text(f"Playing {SONG}")
    assert stored(page) == ["hello", NAME, SONG]


def test_too_many_messages_without_script_stay_in_the_box(visits: Visits, strict_site: Server) -> None:
    page = visits.page(strict_site, java_script_enabled=False)
    visit(page, strict_site)
    for text in ("hello", NAME, SONG):
        press_send(page, text)
    expect(page.get_by_role("alert")).to_contain_text(re.compile(r"again in \d s"))
    expect(box(page)).to_have_value(SONG)
    expect(bubbles(page)).to_have_count(4)


def test_a_message_that_is_too_long_is_not_sent_and_says_by_how_much(page: Page, site: Server) -> None:
    visit(page, site)
    send(page, "x" * 1607)
    expect(page.get_by_text("Too long by 7")).to_be_visible()
    expect(box(page)).to_have_value("x" * 1607)
    expect(unsent(page)).to_have_count(0)


def test_a_message_the_server_refuses_stays_with_its_reason(page: Page, site: Server) -> None:
    visit(page, site)
    page.evaluate("document.getElementById('text').dataset.max = 9999")
    send(page, "x" * 1607)
    expect(unsent(page).get_by_role("alert")).to_contain_text("at most 1600")
    page.get_by_role("button", name="Edit").click()
    expect(box(page)).to_have_value("x" * 1607)


def test_a_message_refused_without_script_comes_back_in_the_box(visits: Visits, site: Server) -> None:
    page = visits.page(site, java_script_enabled=False)
    visit(page, site, "hello")
    press_send(page, "x" * 1607)
    expect(page.get_by_role("alert")).to_contain_text("at most 1600")
    expect(box(page)).to_have_value("x" * 1607)
    expect(bubbles(page)).to_have_count(2)


def test_a_message_that_finds_nobody_stays_readable(visits: Visits, page: Page, site: Server) -> None:
    visits.expect("status of 404")
    visit(page, site)
    gone = new_page(site)[:-1]
    page.route(MESSAGES, lambda route: route.continue_(url=f"{site.url}{gone}/messages"))
    send(page, "hello")
    expect(unsent(page).locator(".text")).to_have_text("hello")
    expect(unsent(page).get_by_role("alert")).to_contain_text("could not take this message")


def test_another_device_does_not_disturb_what_is_being_written(page: Page, site: Server) -> None:
    address = visit(page, site)
    box(page).fill(NAME)
    say(site, address, "hello")
    page.keyboard.press("Enter")
    sees(page, "hello", "What is your name?", NAME, f"Hello {NAME}, what is your favorite song?")
