"""GET /docs/try with a browser: with a script and without, nothing typed is kept, and nobody else is asked."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from chatterkeep.services.signatures import generate_secret
from tests.browser.test_accessibility import examine
from tests.browser.visits import NARROW, Visits
from tests.fuzz.openapi import make_key
from tests.make import make_phone
from tests.servers import Server, running

SECRET = generate_secret()


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory, template: Path) -> Iterator[tuple[Server, str]]:
    """A server that asks for keys, and one that will do."""
    data = Path(shutil.copytree(template, tmp_path_factory.mktemp("guarded") / "data"))
    key = make_key(data, "chat")
    settings = {"CHATTERKEEP_API_AUTH": "required", "CHATTERKEEP_CHANNEL_SECRETS": SECRET}
    with running(data, workers=1, **settings) as server:
        yield server, key


def begin(page: Page) -> None:
    page.goto("/docs/try")
    page.get_by_label("Phone number").fill(make_phone())


def send(page: Page, text: str) -> None:
    page.get_by_role("textbox", name="Message").fill(text)
    page.locator(".trial").get_by_role("button").first.click()


@pytest.mark.parametrize("script", [True, False], ids=["with a script", "without"])
def test_a_conversation_is_played_through(visits: Visits, site: Server, script: bool) -> None:
    page = visits.page(site, java_script_enabled=script)
    begin(page)
    send(page, "hello")
    answer = page.get_by_label("The answer")
    expect(answer).to_contain_text("What is your name?")
    expect(page.locator(".trial").get_by_role("status")).to_have_text("200 OK")
    page.get_by_role("button", name="Send the same again").click()
    expect(answer).to_contain_text("Idempotent-Replayed: true")
    expect(page.locator(".trial").get_by_role("status")).to_have_text("200 OK, replayed: it came before")
    page.get_by_role("button", name="Next message").click()
    expect(page.get_by_role("textbox", name="Message")).to_have_value("")
    page.get_by_label("Vocabulary").select_option(label="From, Body")
    page.get_by_label("Sent as").select_option(index=1)
    send(page, "Ada")
    expect(answer).to_contain_text("Hello Ada, what is your favorite song?")
    expect(page.get_by_label("The request", exact=True)).to_contain_text("Body=Ada")


def test_a_key_stays_in_its_field_and_is_gone_after_a_reload(visits: Visits, guarded: tuple[Server, str]) -> None:
    server, key = guarded
    page = visits.page(server)
    begin(page)
    send(page, "hello")
    expect(page.get_by_label("The answer")).to_contain_text("401")
    page.get_by_label("API key").fill(key)
    send(page, "hello")
    expect(page.get_by_label("The answer")).to_contain_text("What is your name?")
    expect(page.get_by_label("API key")).to_have_value(key)
    assert key not in page.locator("#went").inner_text()
    page.reload()
    expect(page.get_by_label("API key")).to_have_value("")
    assert page.evaluate("document.cookie") == ""


def test_without_a_script_a_key_is_not_given_back(visits: Visits, guarded: tuple[Server, str]) -> None:
    server, key = guarded
    page = visits.page(server, java_script_enabled=False)
    begin(page)
    page.get_by_label("API key").fill(key)
    send(page, "hello")
    expect(page.get_by_label("The answer")).to_contain_text("What is your name?")
    assert key not in page.content()


def test_a_delivery_is_signed_without_a_word_to_anybody(visits: Visits, guarded: tuple[Server, str]) -> None:
    server, _ = guarded
    page = visits.page(server)
    begin(page)
    page.get_by_role("textbox", name="Message").fill("it's me: hello")
    asked = list[str]()
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_label("Secret").fill("whsec_?")
    page.get_by_role("button", name="Sign").click()
    expect(page.locator(".signer").get_by_role("status")).to_contain_text("no secret")
    page.get_by_label("Secret").fill(SECRET)
    page.get_by_role("button", name="Sign").click()
    line = page.locator(".signer pre")
    expect(line).to_contain_text("webhook-signature: v1,")
    assert asked == []
    headers = dict(re.findall(r"-H '([^:]+): ([^']+)'", line.inner_text()))
    body = line.inner_text().partition("-d ")[2].strip("'").replace("'\\''", "'")
    answer = server.ask("POST", "/webhooks/sms", body.encode(), headers)
    assert (answer.status, answer.json["status"]) == (200, "done")


def test_it_breaks_no_rule_of_accessibility_and_fits(visits: Visits, site: Server) -> None:
    page = visits.page(site, viewport=NARROW)
    begin(page)
    examine(page)
    send(page, "hello")
    expect(page.get_by_label("The answer")).to_contain_text("What is your name?")
    examine(page)
    page.set_viewport_size(NARROW)
    assert page.evaluate("document.documentElement.scrollWidth") == NARROW["width"]
