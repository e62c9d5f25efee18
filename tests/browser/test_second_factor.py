"""A second factor, one's own password and the audit in a real browser, with script and without."""

from datetime import UTC, datetime
from itertools import count

import pyotp
import pytest
from playwright.sync_api import Page, expect

from chatterkeep.domain.staff import Role
from tests.browser.test_accessibility import examine
from tests.browser.visits import NARROW, Visits
from tests.browser.world import use_cases
from tests.make import PASSWORD, Clock
from tests.servers import Server

_numbers = count(1)


@pytest.fixture
def kim(site: Server) -> str:
    """An administrator of the test's own."""
    with use_cases(site.data, Clock()) as use:
        return use.staff.create(f"kim{next(_numbers)}", PASSWORD, Role.ADMIN, datetime.now(UTC))


def give_password(page: Page, name: str) -> None:
    page.goto("/admin/audit")
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()


def set_up(page: Page, name: str) -> str:
    """Set a second factor up; return its secret."""
    page.get_by_role("link", name=f"Your account: {name}").click()
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Set up a second factor").click()
    secret = page.locator(".secret").inner_text().replace(" ", "")
    page.get_by_label("Code").fill(pyotp.TOTP(secret).at(datetime.now(UTC)))
    page.get_by_role("button", name="Turn it on").click()
    expect(page.get_by_role("status")).to_contain_text("Your second factor is on.")
    return secret


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_it_is_set_up_and_asked_for(visits: Visits, site: Server, kim: str, script: bool) -> None:
    page = visits.page(site, java_script_enabled=script)
    give_password(page, kim)
    expect(page.get_by_role("heading", name="Audit")).to_be_visible()
    secret = set_up(page, kim)
    page.get_by_role("button", name="Log out").click()
    give_password(page, kim)
    expect(page.get_by_role("heading", name="Your second factor")).to_be_visible()
    page.get_by_label("Code").fill(pyotp.TOTP(secret).generate_otp(int(datetime.now(UTC).timestamp()) // 30 + 1))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Audit")).to_be_visible()
    expect(page.locator("tbody tr").first).to_contain_text("with a second factor")


def test_the_picture_is_drawn(page: Page, kim: str) -> None:
    """Nothing that the policy of our pages forbids is in it."""
    give_password(page, kim)
    page.get_by_role("link", name=f"Your account: {kim}").click()
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Set up a second factor").click()
    picture = page.get_by_role("img", name="The secret as a QR code")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.complete && image.naturalWidth > 100")


def test_the_audit_is_filtered_and_downloaded(page: Page, kim: str) -> None:
    give_password(page, kim)
    page.get_by_label("Who").fill(kim)
    page.get_by_label("What").select_option("login")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as CSV").click()
    lines = download.value.path().read_text().splitlines()
    assert len(lines) == 2
    assert f"{kim},login,{kim}" in lines[1]


class TestAccessible:
    def test_the_audit(self, page: Page, kim: str) -> None:
        give_password(page, kim)
        expect(page.get_by_role("heading", name="Audit")).to_be_visible()
        examine(page)

    def test_the_account_the_set_up_and_the_code(self, visits: Visits, page: Page, kim: str) -> None:
        visits.expect("status of 422")
        give_password(page, kim)
        page.get_by_role("link", name=f"Your account: {kim}").click()
        examine(page)
        page.get_by_label("Your password").fill("wrong")
        page.get_by_role("button", name="Set up a second factor").click()
        expect(page.get_by_role("alert")).to_be_visible()
        examine(page)
        page.get_by_label("Your password").fill(PASSWORD)
        page.get_by_role("button", name="Set up a second factor").click()
        expect(page.get_by_role("heading", name="Set up a second factor")).to_be_visible()
        examine(page)
        page.goto("/admin/account")
        set_up(page, kim)
        examine(page)
        page.get_by_role("button", name="Log out").click()
        give_password(page, kim)
        page.get_by_label("Code").fill("000000")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_be_visible()
        examine(page)

    def test_nothing_is_wider_than_the_narrowest_phone(self, visits: Visits, site: Server, kim: str) -> None:
        page = visits.page(site, viewport=NARROW)
        give_password(page, kim)
        assert page.evaluate("document.scrollingElement.scrollWidth") == NARROW["width"]
        page.get_by_role("link", name=f"Your account: {kim}").click()
        assert page.evaluate("document.scrollingElement.scrollWidth") == NARROW["width"]
        page.get_by_label("Your password").fill(PASSWORD)
        page.get_by_role("button", name="Set up a second factor").click()
        expect(page.locator(".qr")).to_be_visible()
        assert page.evaluate("document.scrollingElement.scrollWidth") == NARROW["width"]
