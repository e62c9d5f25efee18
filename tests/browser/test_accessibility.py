"""No page breaks a rule of axe-core: in light and dark, on the narrowest screen and a wide one."""

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.asking import ask, growing, is_answered, stop, try_again
from tests.browser.staff import log_in
from tests.browser.talk import send, unsent, visit
from tests.browser.test_files import NOTES, PROGRAM, attached, choose, hanging
from tests.browser.visits import DESKTOP, NARROW, Visits
from tests.browser.world import answer_as_person, newest_session, say
from tests.llm.server import LLM
from tests.make import NAME, SONG, make_phone
from tests.servers import Server

# The rule about the size of targets (WCAG 2.5.8) is off unless it is asked for.
EVERYTHING = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
COLOURS = {
    "resultTypes": ["violations"],
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
}
"""All that the dark page can have of its own: the two differ in their colours alone."""

LINE = "a line of code that is so long that it has to scroll inside of its box, since the page itself must not"
RICH = f"""# A heading

Some **bold**, *italic*, ~~gone~~ and `short code`, with a [link](https://example.org/a) and ![a picture](https://example.org/b).

1. First
2. Second
   - nested, with `code`

```python
{LINE}
```

| Name | Colour | Price | A long column title | Another long one | The last |
|---|:-:|--:|---|---|---|
| Apple | red | 1.20 | some words | more words | end |

> A quote with a [link](https://example.org).

---
The end."""


def examine(page: Page) -> None:
    """Look for violations in what the page shows now."""
    page.evaluate(Axe().axe_script)
    found = []
    for size in (NARROW, DESKTOP):
        page.set_viewport_size(size)
        page.emulate_media(color_scheme="light")
        found += [f"{size['width']} px, light: {line}" for line in _violations(page, EVERYTHING)]
        page.emulate_media(color_scheme="dark")
        found += [f"{size['width']} px, dark: {line}" for line in _violations(page, COLOURS)]
    assert found == [], "\n".join(found)


def _violations(page: Page, options: dict[str, Any]) -> Iterator[str]:
    for violation in page.evaluate("async options => (await axe.run(options)).violations", options):
        for node in violation["nodes"]:
            yield f"{violation['id']}: {violation['help']}: {node['html'][:160]}: {node.get('failureSummary', '')}"


class TestPublicPages:
    def test_the_start(self, page: Page) -> None:
        page.goto("/")
        examine(page)

    def test_the_start_with_an_error(self, visits: Visits, page: Page) -> None:
        visits.expect("status of 422")
        page.goto("/")
        page.get_by_label("Phone number").fill("12")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_be_visible()
        examine(page)

    def test_an_empty_conversation(self, page: Page, site: Server) -> None:
        visit(page, site)
        examine(page)

    def test_a_conversation(self, page: Page, site: Server) -> None:
        visit(page, site, "hello", NAME, SONG, "restart", "x" * 300)
        examine(page)

    def test_a_conversation_with_the_menu_open(self, page: Page, site: Server) -> None:
        visit(page, site, "hello")
        page.locator(".menu summary").click()
        examine(page)

    def test_a_conversation_that_a_person_took_over(self, page: Page, site: Server) -> None:
        address = visit(page, site, "hello")
        answer_as_person(site, newest_session(site), "Ana here.")
        page.goto(address)
        expect(page.get_by_role("status")).to_have_text("A person will answer here.")
        examine(page)

    def test_messages_under_way_and_not_sent(self, visits: Visits, page: Page, site: Server) -> None:
        visits.expect("net::ERR_", "htmx:(sendError|afterRequest)")
        visit(page, site, "hello")
        page.route("**/messages", lambda route: route.abort("connectionreset"), times=1)
        send(page, NAME)
        expect(unsent(page).get_by_role("alert")).to_be_visible()
        page.route("**/messages", lambda route: None)
        send(page, SONG)
        page.evaluate("document.getElementById('jump').hidden = false")
        expect(unsent(page)).to_have_count(2)
        examine(page)

    def test_a_message_that_is_too_long(self, page: Page, site: Server) -> None:
        visit(page, site)
        send(page, "x" * 1601)
        expect(page.get_by_text("Too long by 1")).to_be_visible()
        examine(page)

    def test_files_that_hang_wait_and_were_refused(self, page: Page, site: Server) -> None:
        visit(page, site)
        choose(page, NOTES)
        expect(attached(page)).to_contain_text("songs.txt")
        send(page, "hello")
        expect(hanging(page)).to_have_count(1)
        choose(page, NOTES)
        choose(page, PROGRAM)
        expect(attached(page)).to_have_count(2)
        expect(page.get_by_role("button", name="Remove songs.txt")).to_be_visible()
        examine(page)
        page.locator("#attach summary").click()
        examine(page)

    def test_the_page_that_asks_before_it_erases(self, visits: Visits, page: Page, site: Server) -> None:
        visits.expect("status of 422")
        address = visit(page, site, "hello")
        page.goto(f"{address}/erase")
        examine(page)
        page.get_by_role("button", name="Erase everything").hover()
        examine(page)
        page.get_by_label("Type").fill("no")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_be_visible()
        examine(page)
        page.get_by_label("Type").fill("erase")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Erased")).to_be_visible()
        examine(page)

    def test_an_error(self, visits: Visits, page: Page) -> None:
        visits.expect("status of 404")
        page.goto("/nowhere")
        expect(page.get_by_text("Error 404")).to_be_visible()
        examine(page)

    def test_the_error_codes(self, page: Page) -> None:
        page.goto("/docs/errors")
        expect(page.get_by_role("heading", name="Error codes")).to_be_visible()
        examine(page)


class TestStaffPages:
    def test_the_login(self, page: Page) -> None:
        page.goto("/admin/login")
        examine(page)

    def test_the_login_that_failed(self, visits: Visits, page: Page) -> None:
        visits.expect("status of 422")
        log_in(page, password="wrong")
        expect(page.get_by_role("alert")).to_be_visible()
        examine(page)

    def test_the_list(self, page: Page, site: Server) -> None:
        number = make_phone()
        for text in ("hello", "x" * 300):
            site.post("/chat", {"phone": number, "message": text})
        log_in(page)
        page.get_by_label("Phone number").fill(number)
        page.get_by_role("button", name="Show").click()
        expect(page.get_by_role("row")).to_have_count(2)
        examine(page)

    def test_a_list_of_nothing_with_every_filter(self, page: Page) -> None:
        log_in(page)
        page.goto("/admin/conversations?phone=%2B14155550000&status=open&flow=greeting")
        expect(page.get_by_text("No conversation matches.")).to_be_visible()
        examine(page)

    def test_a_conversation(self, page: Page, site: Server) -> None:
        address = visit(page, site, "hello", NAME, SONG)
        say(site, address, "restart")
        log_in(page)
        page.get_by_role("row").nth(1).get_by_role("link").click()
        expect(page.get_by_role("list", name="Transcript")).to_be_visible()
        examine(page)
        page.get_by_role("link", name="Erase everything").click()
        examine(page)
        page.get_by_role("link", name="Keep it").click()
        page.get_by_role("button", name="Show number").click()
        expect(page.get_by_role("heading", name="Number of this person")).to_be_visible()
        examine(page)


class TestGeneratedReplies:
    @pytest.fixture
    def page(self, visits: Visits, assistant: Server) -> Page:
        return visits.page(assistant)

    def test_an_answer_with_everything_that_markdown_has(self, page: Page, assistant: Server, llm: LLM) -> None:
        llm.says = RICH
        ask(page, assistant, "show me")
        is_answered(page)
        examine(page)
        assert page.evaluate("document.scrollingElement.scrollWidth - innerWidth") == 0

    def test_a_reply_that_is_written(self, page: Page, assistant: Server, llm: LLM) -> None:
        llm.between, llm.says = 0.02, RICH + RICH
        ask(page, assistant, "show me")
        expect(growing(page).locator("strong").first).to_be_visible()
        examine(page)
        is_answered(page)

    def test_a_stopped_and_a_failed_reply(self, page: Page, assistant: Server, llm: LLM) -> None:
        llm.tokens = 300
        ask(page, assistant, "why")
        expect(growing(page)).to_contain_text("the answer")
        stop(page).click()
        llm.fault = "unauthorized"
        try_again(page).click()
        is_answered(page, 2)
        examine(page)

    def test_a_rich_answer_in_a_transcript(self, page: Page, assistant: Server, llm: LLM) -> None:
        llm.says = RICH
        ask(page, assistant, "show me")
        is_answered(page)
        log_in(page)
        page.get_by_role("row").nth(1).get_by_role("link").click()
        expect(page.locator(".rich table")).to_be_visible()
        examine(page)
