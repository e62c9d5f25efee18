"""What a person does on the page of a conversation, and sees there."""

from playwright.sync_api import Locator, Page, expect

from tests.browser.world import new_page, say
from tests.servers import Server


def visit(page: Page, server: Server, *said: str) -> str:
    """Open the page of a new conversation in which something was said already; return its address."""
    address = new_page(server)
    say(server, address, *said)
    page.goto(address)
    return address


def box(page: Page) -> Locator:
    """The field one writes in."""
    return page.get_by_label("Message", exact=True)


def send(page: Page, *texts: str) -> None:
    """Write messages, each sent with the Enter key."""
    for text in texts:
        box(page).fill(text)
        page.keyboard.press("Enter")


def press_send(page: Page, text: str) -> None:
    """Write a message and send it with the button."""
    box(page).fill(text)
    page.get_by_role("button", name="Send").click()


def bubbles(page: Page) -> Locator:
    """The texts of the messages that the server has."""
    return page.get_by_role("log").locator(".text")


def own(page: Page) -> Locator:
    """Those of them that the visitor wrote."""
    return page.get_by_role("log").locator(".own .text")


def unsent(page: Page) -> Locator:
    """The bubbles of messages that are under way, or did not arrive."""
    return page.locator("#outbox .msg")


def sees(page: Page, *texts: str) -> None:
    """Wait until these are the messages, all and in this order, and nothing is under way."""
    expect(bubbles(page)).to_have_text(list(texts))
    expect(unsent(page)).to_have_count(0)


def stored(page: Page) -> list[str]:
    """What the visitor said, as the server has it now."""
    html = page.request.get(page.url.partition("#")[0]).text()
    found: list[str] = page.evaluate(
        """html => [...new DOMParser().parseFromString(html, "text/html").querySelectorAll("#messages .own .text")]
           .map(text => text.textContent)""",
        html,
    )
    return found


def hide(page: Page) -> None:
    """Go to another tab. A browser under test never hides a page, so the page is told so instead."""
    _set_hidden(page, True)


def come_back(page: Page) -> None:
    """Return to the tab."""
    _set_hidden(page, False)


def _set_hidden(page: Page, hidden: bool) -> None:
    page.evaluate(
        """hidden => {
             const state = hidden ? "hidden" : "visible";
             Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
             Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
             document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
           }""",
        hidden,
    )
