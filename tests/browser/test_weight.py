"""What pages cost to load: bytes on the wire with their headers, requests, nodes."""

import gzip
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Request, expect

from tests.browser.talk import bubbles, visit
from tests.browser.visits import Visits
from tests.browser.world import new_page, say
from tests.make import NAME, SONG
from tests.servers import Server
from tests.source import ROOT

KB = 1024


class Wire:
    """Counts what a page loads over the network. A picture written into the page is part of it."""

    def __init__(self, page: Page) -> None:
        self._requests: list[Request] = []
        page.on("requestfinished", self._finished)

    @property
    def loaded(self) -> dict[str, int]:
        """The bytes of each thing that was not in the cache."""
        sizes = {self._name(request): request.sizes() for request in self._requests}
        return {
            name: size["responseBodySize"] + size["responseHeadersSize"]
            for name, size in sizes.items()
            if size["responseBodySize"] > 0
        }

    def _finished(self, request: Request) -> None:
        if not request.url.startswith("data:"):
            self._requests.append(request)

    def _name(self, request: Request) -> str:
        path = urlsplit(request.url).path
        return path.rpartition("/")[2].partition(".")[0] if path.startswith("/static/") else "page"


def load(page: Page, address: str) -> dict[str, int]:
    wire = Wire(page)
    page.goto(address, wait_until="networkidle")
    return wire.loaded


def test_the_first_page_loads_little(page: Page) -> None:
    loaded = load(page, "/")
    assert set(loaded) == {"page", "app"}
    assert loaded["page"] <= 6 * KB
    assert sum(loaded.values()) <= 30 * KB


def test_a_first_conversation_loads_little_in_four_requests(page: Page, site: Server) -> None:
    loaded = load(page, new_page(site))
    assert set(loaded) == {"page", "app", "htmx", "chat"}
    assert sum(loaded.values()) <= 31.5 * KB
    assert loaded["page"] + loaded["app"] <= 14.6 * KB, "what is seen comes with the first round trip of the network"


def test_coming_back_loads_the_page_alone(visits: Visits, page: Page, site: Server) -> None:
    address = visit(page, site, "hello", NAME, SONG)
    page.goto("/")
    loaded = load(page, address)
    assert set(loaded) == {"page"}
    assert loaded["page"] <= 13 * KB


def test_a_long_conversation_stays_light(page: Page, site: Server) -> None:
    address = new_page(site)
    say(site, address, "hello", *(f"song number {place}" for place in range(25)))
    assert load(page, address)["page"] <= 14 * KB
    expect(bubbles(page)).to_have_count(40)
    assert page.evaluate("document.querySelectorAll('*').length") <= 1200


def test_a_poll_without_news_is_a_line(page: Page, site: Server) -> None:
    visit(page, site, "hello")
    with page.expect_response("**/messages?*") as news:
        page.evaluate("htmx.trigger('#poller', 'wake')")
    assert len(news.value.body()) <= 350


@pytest.mark.parametrize(
    ("name", "plain", "zipped"), [("css/app.css", 20 * KB, 5 * KB), ("js/chat.js", 8 * KB, 3 * KB)]
)
def test_style_and_script_keep_to_their_budgets(name: str, plain: int, zipped: int) -> None:
    content = (ROOT / "static" / name).read_bytes()
    assert len(content) <= plain
    assert len(gzip.compress(content, 9)) <= zipped
