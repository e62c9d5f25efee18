"""What a member of staff does."""

from playwright.sync_api import Locator, Page, expect

from tests.browser.world import STAFF_NAME
from tests.make import PASSWORD


def log_in(page: Page, password: str = PASSWORD) -> None:
    """Log in, and arrive at the list."""
    page.goto("/admin/")
    page.get_by_label("User name").fill(STAFF_NAME)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()
    if password == PASSWORD:
        expect(page.get_by_role("heading", name="Conversations")).to_be_visible()


def rows(page: Page) -> Locator:
    """The conversations in the list."""
    return page.locator("tbody tr")
