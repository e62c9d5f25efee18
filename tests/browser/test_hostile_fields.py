"""Nothing that stands in an address or comes back in a form runs: on the pages for visitors, and for staff."""

import itertools
import re
from collections.abc import Iterator, Sequence
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page

from tests.browser.staff import log_in
from tests.browser.test_hostile import HOSTILE, Alarm
from tests.browser.visits import Visits
from tests.browser.world import new_page
from tests.servers import Server
from tests.source import TEMPLATES

PRINTABLE = [text.replace("\0", "") for text in HOSTILE]
OWN = re.compile(r"(<script src=\"/static/|<link rel=\"stylesheet\" href=\"/static/)")


@pytest.fixture
def page(visits: Visits, site: Server) -> Page:
    """A page on which what is refused is expected, since little of this can be granted."""
    visits.expect("status of 4", "422", "404", "400")
    return visits.page(site)


def fields_of(template: str) -> list[str]:
    """The names of the fields of a page's forms."""
    return sorted(set(re.findall(r'name="(\w+)"', (TEMPLATES / template).read_text())) | {"next", "back", "before"})


def spread(names: Sequence[str]) -> Iterator[dict[str, str]]:
    """All payloads, so many at a time as there are fields."""
    texts = iter(PRINTABLE)
    while some := list(itertools.islice(texts, len(names))):
        yield dict(zip(names, some, strict=False))


@pytest.mark.parametrize(
    ("path", "form"),
    [("/admin/conversations", "admin/conversations.html"), ("/admin/audit", "admin/audit.html")],
)
def test_what_staff_filter_by_comes_back_as_text(page: Page, path: str, form: str) -> None:
    alarm = Alarm(page)
    log_in(page)
    for query in spread(fields_of(form)):
        page.goto(f"{path}?{urlencode(query)}")
        assert page.url.split("?")[0].endswith(path)
    assert alarm.heard == []


def test_what_an_address_says_is_only_read(page: Page, site: Server) -> None:
    alarm = Alarm(page)
    address = new_page(site)
    for query in spread(["before", "after", "refresh", "next", "back", "q", "done", "x"]):
        for path in (address, "/admin/login", "/docs"):
            page.goto(f"{path}?{urlencode(query)}")
    assert alarm.heard == []


def test_what_is_refused_comes_back_as_text(page: Page) -> None:
    alarm = Alarm(page)
    texts = [text for text in PRINTABLE if len(text) <= 64 and "\n" not in text][::10]
    for text in texts:
        page.goto("/")
        page.locator("[name=phone]").fill(text)
        page.locator("[name=phone]").press("Enter")
        page.wait_for_load_state()
        page.goto("/admin/login")
        page.locator("[name=username]").fill(text)
        page.locator("[name=password]").fill("wrong")
        page.locator("[name=password]").press("Enter")
        page.wait_for_load_state()
    assert alarm.heard == []
