"""Nothing that a model or a person writes runs, or makes a browser ask another host: on the page, and for staff."""

from collections.abc import Sequence

import pytest
from playwright.sync_api import Page, expect

from chatterkeep.domain.messages import MAX_TEXT
from chatterkeep.web.richtext import TAGS
from tests.browser.asking import answers, ask, is_answered
from tests.browser.staff import log_in, rows
from tests.browser.talk import bubbles, own, send
from tests.browser.visits import Visits
from tests.browser.world import new_page, say
from tests.llm.server import LLM
from tests.servers import Server
from tests.xss import PAYLOADS, carriers

HOSTILE = (*PAYLOADS, *carriers("evil.example"))
ATTRIBUTES = {"href", "rel", "start", "tabindex"}


def parts(texts: Sequence[str], count: int) -> list[str]:
    """So many long texts that hold all of them."""
    size = -(-len(texts) // count)
    return ["\n\n".join(texts[at : at + size]) for at in range(0, len(texts), size)]


class Alarm:
    """Hears what a script would do that ran, and what the policy of the page had to forbid."""

    def __init__(self, page: Page) -> None:
        self.heard: list[str] = []
        page.on("dialog", lambda dialog: (self.heard.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on("download", lambda download: self.heard.append(f"download: {download.url}"))
        page.on("popup", lambda popup: self.heard.append(f"window: {popup.url}"))
        page.on("worker", lambda worker: self.heard.append(f"worker: {worker.url}"))
        page.expose_function("forbidden", lambda what: self.heard.append(f"forbidden: {what}"))
        page.add_init_script(
            "addEventListener('securitypolicyviolation', e => forbidden(`${e.violatedDirective} ${e.blockedURI}`));"
        )


def strange(page: Page) -> list[str]:
    """The tags and attributes within messages that no message may have; htmx marks what is new for a moment."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll(".text :not(.dots, .dots *)")].flatMap(element => {
             const own = [...element.attributes].filter(a => a.name !== "class" || !/^(htmx-\\w+)?$/.test(a.value));
             return [`<${element.localName}>`, ...own.map(a => a.name)];
           })"""
    )
    return sorted(set(found) - {f"<{tag}>" for tag in TAGS} - ATTRIBUTES)


@pytest.fixture
def page(visits: Visits, assistant: Server) -> Page:
    return visits.page(assistant)


def test_what_the_model_writes_is_only_read(visits: Visits, page: Page, assistant: Server, llm: LLM) -> None:
    alarm, said = Alarm(page), parts(HOSTILE, 8)
    llm.first_token, llm.between = 0.0, 0.001
    for place, text in enumerate(said, 1):
        llm.says = text
        ask(page, assistant, "first") if place == 1 else send(page, f"question {place}")
        is_answered(page, place)
    assert strange(page) == []
    address = page.url
    page.reload()
    expect(answers(page)).to_have_count(len(said))
    assert strange(page) == []
    staff = visits.page(assistant)
    staff_alarm = Alarm(staff)
    log_in(staff)
    rows(staff).first.get_by_role("link").click()
    expect(staff.locator(".transcript .other .rich")).to_have_count(len(said))
    assert strange(staff) == []
    assert "evil.example" in (staff.locator(".transcript").text_content() or "")
    for each in (page, staff):
        each.wait_for_timeout(300)
    assert alarm.heard == staff_alarm.heard == []
    assert page.url == address


def test_a_hostile_text_is_harmless_while_it_grows(page: Page, assistant: Server, llm: LLM) -> None:
    alarm = Alarm(page)
    llm.between, llm.says = 0.01, "\n\n".join(HOSTILE[::3])
    ask(page, assistant, "why")
    found = set()
    for _ in range(12):
        page.wait_for_timeout(250)
        found.update(strange(page))
    is_answered(page)
    assert found == set()
    assert alarm.heard == []


def test_what_a_person_writes_is_shown_as_it_was_written(visits: Visits, site: Server) -> None:
    said = [text.replace("\0", "") for text in parts(HOSTILE, 18)]
    assert max(map(len, said)) <= MAX_TEXT
    page = visits.page(site)
    alarm = Alarm(page)
    address = new_page(site)
    say(site, address, "hello", *said)
    page.goto(address)
    expect(own(page)).to_have_count(len(said) + 1)
    send(page, said[0])
    expect(own(page)).to_have_count(len(said) + 2)
    assert page.locator(".text *").count() == 0
    expect(bubbles(page).nth(3)).to_contain_text("Hello <script>alert(1)</script>")
    log_in(page)
    rows(page).first.get_by_role("link").click()
    expect(page.locator(".transcript .own .text")).to_have_count(len(said) + 2)
    assert page.locator(".transcript .text *").count() == 0
    assert alarm.heard == []
