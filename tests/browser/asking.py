"""What a person does and sees where a language model answers."""

from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.browser.talk import send
from tests.browser.world import new_page
from tests.servers import Server


def ask(page: Page, server: Server, *questions: str) -> str:
    """Open the page of a new conversation and ask; return its address."""
    address = new_page(server)
    page.goto(address)
    send(page, *questions)
    return address


def growing(page: Page) -> Locator:
    """The text of the reply that is being written."""
    return page.locator("#reply .text")


def answers(page: Page) -> Locator:
    """The texts of the replies that have ended."""
    return page.get_by_role("log").locator(".other .text")


def status(page: Page) -> Locator:
    """What is said of how things stand."""
    return page.get_by_role("status")


def stop(page: Page) -> Locator:
    """The button that ends the reply."""
    return page.get_by_role("button", name="Stop")


def try_again(page: Page) -> Locator:
    """The button that asks once more."""
    return page.get_by_role("button", name="Try again")


def is_answered(page: Page, count: int = 1) -> None:
    """Wait until this many replies have ended and nothing is being written."""
    expect(answers(page)).to_have_count(count, timeout=60_000)
    expect(growing(page)).to_have_count(0)


def count_polls(page: Page) -> list[str]:
    """Return the list in which the addresses of the page's polls will be."""
    found: list[str] = []
    page.on("request", lambda request: found.append(request.url) if "/messages?" in request.url else None)
    return found


def watch_log(page: Page) -> None:
    """From now on, note what of the bot enters the log, how long the growing text is, and each bubble too many."""
    page.evaluate(
        """() => {
             window.added = [];
             window.lengths = [];
             window.twice = 0;
             const log = document.querySelector("[role=log]"), reply = document.getElementById("reply");
             new MutationObserver(changes => changes.forEach(change => change.addedNodes.forEach(node => {
               if (node.matches?.(".other")) window.added.push(node.id);
             }))).observe(log, { childList: true, subtree: true });
             new MutationObserver(() => {
               const text = reply.querySelector(".text");
               if (text) window.lengths.push(text.textContent.length);
             }).observe(reply, { childList: true, subtree: true });
             new MutationObserver(() => {
               const ended = log.querySelectorAll(".other").length, own = log.querySelectorAll(".own").length;
               if (ended + reply.querySelectorAll(".text").length > own) window.twice += 1;
             }).observe(document.body, { childList: true, subtree: true });
           }"""
    )


def seen(page: Page, name: str) -> Any:
    """Return what `watch_log` has noted: `added` (ids), `lengths` (characters) or `twice` (a count)."""
    return page.evaluate("name => window[name]", name)
