"""GET /docs with a browser: every operation can be tried from the page, and nothing that is typed is kept."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.test_accessibility import examine
from tests.browser.visits import NARROW, Visits
from tests.servers import Server


def open_try(page: Page, name: str) -> Locator:
    """Open the form of an operation."""
    box = page.get_by_role("article", name=name, exact=True).locator(".try")
    box.locator("summary").click()
    return box


def send(box: Locator) -> None:
    box.get_by_role("button", name="Send").click()


def test_a_message_is_sent_as_json_and_as_a_form(page: Page) -> None:
    page.goto("/docs")
    box = open_try(page, "Send a message")
    send(box)
    expect(box.get_by_role("status")).to_have_text(re.compile(r"^200 OK in \d+ ms$"))
    expect(box.locator(".body")).to_contain_text('"phone": "+14155550123"')
    expect(box.locator(".heads")).to_contain_text("X-Request-Id: ")
    box.get_by_label("Example").select_option(index=2)
    box.get_by_role("textbox", name="Body").fill("From=+14155550124\nBody=a=b & c")
    send(box)
    expect(box.locator(".body")).to_contain_text('"From": "+14155550124"')


def test_a_session_that_was_opened_is_the_one_to_go_on_with(page: Page) -> None:
    page.goto("/docs")
    adding = open_try(page, "Add a message")
    send(adding)
    expect(adding.get_by_role("status")).to_contain_text("Put the id of a session into the path")
    send(open_try(page, "Open a session"))
    expect(adding.get_by_label("Path")).to_have_value(re.compile(r"^/sessions/[0-9a-f-]{36}/messages$"))
    send(adding)
    expect(adding.get_by_role("status")).to_contain_text("201")


def test_what_was_made_last_is_named_in_all_forms(page: Page) -> None:
    page.goto("/docs")
    own = re.compile(r"^/api/v1/sessions/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
    beginning = open_try(page, "Begin a session")
    send(beginning)
    checking = open_try(page, "Check a session")
    expect(checking.get_by_label("Path")).to_have_value(own)
    session_id = checking.get_by_label("Path").input_value().rpartition("/")[2]
    asking = open_try(page, "Ask, and stream the answer")
    expect(asking.get_by_role("textbox", name="Body")).to_have_value(re.compile(session_id))
    send(asking)
    expect(asking.get_by_role("status")).to_contain_text("200")
    reading = open_try(page, "Read a conversation")
    expect(reading.get_by_label("Path")).not_to_have_value(re.compile("{"))
    send(reading)
    expect(reading.locator(".body")).to_contain_text(session_id)
    listing = open_try(page, "List the conversations")
    expect(listing.get_by_label("Path")).to_have_value(re.compile(f"session_id={session_id}"))
    reading.get_by_label("Path").fill("/api/v1/conversations/mine")
    send(beginning)
    expect(checking.get_by_label("Path")).not_to_have_value(re.compile(session_id))
    expect(reading.get_by_label("Path")).to_have_value("/api/v1/conversations/mine")


def test_an_error_is_shown_as_it_is(visits: Visits, page: Page) -> None:
    visits.expect("status of 422")
    page.goto("/docs")
    box = open_try(page, "Send a message")
    box.get_by_role("textbox", name="Body").fill('{"phone": "<b>12</b>", "message": "hello"}')
    send(box)
    expect(box.get_by_role("status")).to_contain_text("422")
    expect(box.locator(".body")).to_contain_text("VALIDATION_ERROR")
    assert box.locator(".body b").count() == 0


def test_no_other_server_is_asked(page: Page) -> None:
    page.goto("/docs")
    box = open_try(page, "Ask whether it is alive")
    for address in ("https://example.org/", "//example.org/livez"):
        box.get_by_label("Path").fill(address)
        send(box)
        expect(box.get_by_role("status")).to_contain_text("Only this server can be asked")


def test_a_key_is_typed_once_and_gone_after_a_reload(visits: Visits, page: Page) -> None:
    visits.expect("status of 401")
    page.goto("/docs")
    box = open_try(page, "List the sessions")
    box.get_by_label("Key or token").fill("ck_live_nobody")
    send(box)
    expect(box.get_by_role("status")).to_contain_text("401")
    expect(open_try(page, "Send a message").get_by_label("Key or token")).to_have_value("ck_live_nobody")
    page.reload()
    expect(open_try(page, "List the sessions").get_by_label("Key or token")).to_have_value("")


def test_it_breaks_no_rule_of_accessibility(page: Page) -> None:
    page.goto("/docs")
    examine(page)
    send(open_try(page, "Open a session"))
    open_try(page, "Send a message")
    page.get_by_label("The answer").last.wait_for(state="attached")
    examine(page)


def test_it_fits_the_narrowest_screen_and_needs_no_script(visits: Visits, site: Server) -> None:
    plain = visits.page(site, viewport=NARROW, java_script_enabled=False)
    plain.goto("/docs")
    expect(plain.get_by_text("Try it").first).to_be_hidden()
    expect(plain.get_by_role("heading", name="Send a message", exact=True)).to_be_visible()
    narrow = visits.page(site, viewport=NARROW)
    narrow.goto("/docs")
    assert narrow.evaluate("document.documentElement.scrollWidth") == NARROW["width"]
