"""A person proves their number in a browser, with JavaScript and without."""

import re
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from werkzeug.serving import WSGIRequestHandler, make_server

from chatterkeep.app import create_app
from chatterkeep.storage.db import db
from tests.browser.talk import bubbles, send, visit
from tests.browser.test_accessibility import examine
from tests.browser.visits import Visits
from tests.browser.world import new_page
from tests.carrier import Pigeonhole, attached
from tests.make import NAME, make_phone, make_settings
from tests.servers import Server


def begin(page: Page, server: Server) -> str:
    """Open a page and go to where its number is proved; return the number."""
    phone = make_phone()
    page.goto(new_page(server, phone))
    page.locator(".menu summary").click()
    page.get_by_role("button", name="Verify my number").click()
    expect(page.get_by_role("heading", name="Check your phone")).to_be_visible()
    return phone


def text_in(page: Page, server: Server, phone: str) -> None:
    """Text the code of the page from its phone."""
    server.post("/chat", {"phone": phone, "message": NAME})
    server.post("/chat", {"phone": phone, "message": page.locator(".shown").inner_text()})


class TestByText:
    def test_the_page_goes_on_by_itself(self, page: Page, site: Server) -> None:
        phone = begin(page, site)
        text_in(page, site, phone)
        expect(bubbles(page)).to_contain_text([NAME])

    def test_without_javascript_a_button_goes_on(self, visits: Visits, site: Server) -> None:
        visits.expect("status of 422")
        page = visits.page(site, java_script_enabled=False)
        phone = begin(page, site)
        page.get_by_role("button", name="I have sent it").click()
        expect(page.get_by_role("alert")).to_have_text("Nothing has come yet. It can take a minute.")
        text_in(page, site, phone)
        page.get_by_role("button", name="I have sent it").click()
        expect(bubbles(page)).to_contain_text([NAME])

    def test_the_page_breaks_no_rule_of_accessibility(self, page: Page, site: Server) -> None:
        begin(page, site)
        examine(page)

    def test_the_question_for_a_number_breaks_none_either(self, page: Page, site: Server) -> None:
        begin(page, site)
        page.get_by_role("link", name="Change").click()
        expect(page.get_by_label("Phone number")).to_be_visible()
        examine(page)


class Quiet(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing of what is asked for."""


@pytest.fixture
def carried(data_dir: Path) -> Iterator[tuple[Server, Pigeonhole]]:
    """A server in this process, whose texts come to a carrier of the test's own."""
    app = create_app(make_settings(data_dir=data_dir, log_level="WARNING"))
    carrier = attached(app.extensions["chatterkeep"])
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    nothing: Any = None
    yield Server(server.server_port, data_dir, nothing, data_dir), carrier
    server.shutdown()
    with app.app_context():
        db.engine.dispose()


class TestByCode:
    def test_a_code_is_pasted_with_what_stands_around_it(
        self, visits: Visits, carried: tuple[Server, Pigeonhole]
    ) -> None:
        server, carrier = carried
        page = visits.phone(server)
        begin(page, server)
        page.get_by_role("button", name="Send a code").click()
        code = carrier.code()
        page.get_by_role("textbox", name="Code").fill(f"Your code is {code[:3]} {code[3:]}!")
        page.keyboard.press("Enter")
        expect(page.get_by_text("Sign out in the menu when you are done.")).to_be_visible()

    def test_a_countdown_runs_until_another_can_be_asked_for(
        self, visits: Visits, carried: tuple[Server, Pigeonhole]
    ) -> None:
        server, _ = carried
        page = visits.page(server)
        begin(page, server)
        page.get_by_role("button", name="Send a code").click()
        again = page.get_by_role("button", name="Send again")
        expect(again).to_be_disabled()
        expect(again).to_have_text(re.compile(r"Send again in (1?\d|2[0-8]) s"))
        examine(page)

    def test_without_javascript_the_server_tells_the_wait(
        self, visits: Visits, carried: tuple[Server, Pigeonhole]
    ) -> None:
        server, carrier = carried
        visits.expect("status of 429")
        page = visits.page(server, java_script_enabled=False)
        begin(page, server)
        page.get_by_role("button", name="Send a code").click()
        page.get_by_role("button", name="Send again").click()
        expect(page.get_by_role("alert")).to_contain_text("You can ask for another code in")
        page.get_by_role("textbox", name="Code").fill(carrier.code())
        page.keyboard.press("Enter")
        expect(page.get_by_text("Sign out in the menu when you are done.")).to_be_visible()


def test_times_are_told_in_the_readers_zone(visits: Visits, site: Server) -> None:
    page = visits.page(site, timezone_id="Asia/Kolkata")
    phone = begin(page, site)
    end = page.locator("time")
    at = datetime.fromisoformat(end.get_attribute("datetime") or "") + timedelta(hours=5, minutes=30)
    expect(end).to_have_text(f"{at:%H:%M}")
    text_in(page, site, phone)
    line = page.locator(".system").filter(has_text="proved on a page")
    at = datetime.fromisoformat(line.locator("time").get_attribute("datetime") or "") + timedelta(hours=5, minutes=30)
    expect(line.locator("time")).to_have_text(f"{at:%H:%M}")
    expect(line).not_to_contain_text("UTC")


def test_an_attempt_that_is_over_breaks_no_rule_of_accessibility(visits: Visits, page: Page, site: Server) -> None:
    visits.expect("status of 404")
    begin(page, site)
    page.goto(page.url + "x")
    expect(page.get_by_role("heading", name="This attempt is over")).to_be_visible()
    examine(page)
    page.get_by_role("link", name="Begin again").click()
    expect(page.get_by_role("heading", name="Verify your number")).to_be_visible()


def test_no_request_of_htmx_carries_the_private_link(page: Page, site: Server) -> None:
    headers: list[dict[str, str]] = []
    page.on(
        "request", lambda request: headers.append(request.all_headers()) if "hx-request" in request.headers else None
    )
    visit(page, site)
    send(page, "hello")
    expect(bubbles(page)).to_have_count(2)
    begin(page, site)
    for _ in range(600):
        if len(headers) >= 2:
            break
        page.wait_for_timeout(100)
    assert len(headers) >= 2
    assert [found for found in headers if "hx-current-url" in found or "referer" in found] == []


def test_signing_out_ends_the_page(visits: Visits, page: Page, site: Server) -> None:
    visits.expect("status of 404")
    address = visit(page, site, "hello")
    page.locator(".menu summary").click()
    page.get_by_role("button", name="Sign out here").click()
    expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
    examine(page)
    page.goto(address)
    expect(page.get_by_text("It may have been signed out")).to_be_visible()


def test_an_open_page_whose_link_was_ended_says_so(visits: Visits, page: Page, site: Server) -> None:
    visits.expect("404")
    address = visit(page, site, "hello")
    site.ask("POST", f"{address}/sign-out", b"where=everywhere", {"Content-Type": "application/x-www-form-urlencoded"})
    page.evaluate("htmx.trigger('#poller', 'wake')")
    expect(page.get_by_role("heading", name="This link has ended")).to_be_visible()
    expect(page.get_by_text("What is your name?")).to_have_count(0)
    examine(page)
