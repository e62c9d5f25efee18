"""Staff log in, look for conversations and read them. Numbers stay masked, and every look is in the audit."""

import re
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.staff import log_in, rows
from tests.browser.talk import visit
from tests.browser.visits import NARROW, Visits
from tests.browser.world import STAFF_NAME, answer_as_person, new_page, newest_session, say, select
from tests.make import NAME, PASSWORD, SONG, make_phone
from tests.servers import Server


@pytest.fixture
def number(site: Server) -> str:
    """A number from which somebody talked to the end by SMS."""
    number = make_phone()
    for text in ("hello", NAME, SONG):
        site.post("/chat", {"phone": number, "message": text})
    return number


def looks(site: Server) -> list[tuple[str, str, str]]:
    """What the audit says: who, what, of which thing."""
    return select(site, "SELECT actor, action, subject FROM audit ORDER BY id")


def digits(page: Page) -> str:
    """All digits of a page that could belong to a number, with nothing between them."""
    return re.sub(r"[\s()./+-]", "", page.content())


def asked(page: Page) -> dict[str, str]:
    """The filters that stand in the address."""
    return dict(parse_qsl(urlsplit(page.url).query))


def test_staff_log_in_read_and_log_out(page: Page, site: Server, number: str) -> None:
    before = len(looks(site))
    log_in(page)
    rows(page).first.get_by_role("link").click()
    expect(page.get_by_role("list", name="Transcript").locator(".text")).to_have_text(
        [
            *("hello", "What is your name?"),
            *(NAME, f"Hello {NAME}, what is your favorite song?"),
            *(SONG, f"Playing {SONG}"),
        ]
    )
    about = page.get_by_role("complementary", name="About this conversation")
    expect(about.locator("section").first).to_contain_text(re.compile(rf"name\s*{NAME}\s*song\s*{SONG}"))
    expect(about.locator(".path code")).to_have_text(["INITIAL", "AWAITING_NAME", "AWAITING_SONG", "COMPLETE"])
    read = page.url.rpartition("/")[2].partition("?")[0]
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("heading", name="Staff log in")).to_be_visible()
    page.go_back()
    page.reload()
    expect(page.get_by_role("heading", name="Staff log in")).to_be_visible()
    seen = looks(site)[before:]
    assert [(who, what) for who, what, _ in seen] == [
        (STAFF_NAME, "login"),
        (STAFF_NAME, "conversations.viewed"),
        (STAFF_NAME, "conversation.viewed"),
        (STAFF_NAME, "logout"),
    ]
    assert seen[2][2] == read


def test_a_wrong_password_is_told_without_saying_more(visits: Visits, page: Page, site: Server) -> None:
    visits.expect("status of 422")
    before = len(looks(site))
    log_in(page, password="wrong")
    expect(page.get_by_role("alert")).to_have_text("User name or password is wrong.")
    expect(page.get_by_label("User name")).to_have_value(STAFF_NAME)
    expect(page.get_by_label("Password")).to_have_value("")
    assert [what for _, what, _ in looks(site)[before:]] == ["login.failed"]


def test_a_link_leads_there_after_the_login(page: Page) -> None:
    wanted = "/admin/conversations?status=complete"
    page.goto(wanted)
    expect(page.get_by_role("heading", name="Staff log in")).to_be_visible()
    page.get_by_label("User name").fill(STAFF_NAME)
    log_in_here = page.get_by_label("Password")
    log_in_here.fill(PASSWORD)
    log_in_here.press("Enter")
    expect(page).to_have_url(re.compile(re.escape(wanted) + "$"))


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_filters_stand_in_the_address_and_come_back(visits: Visits, site: Server, number: str, script: bool) -> None:
    page = visits.page(site, java_script_enabled=script)
    site.post("/chat", {"phone": make_phone(), "message": "hello"})
    log_in(page)
    page.get_by_label("Phone number").fill(number)
    page.get_by_label("Status").select_option("Complete")
    page.get_by_role("button", name="Show").click()
    expect(rows(page)).to_have_count(1)
    assert asked(page) == {"phone": number, "status": "complete"}
    rows(page).first.get_by_role("link").click()
    page.get_by_role("link", name="Back to the list").click()
    expect(rows(page)).to_have_count(1)
    assert asked(page) == {"phone": number, "status": "complete"}
    expect(page.get_by_label("Status")).to_have_value("complete")
    rows(page).first.get_by_role("link").click()
    page.go_back()
    expect(rows(page)).to_have_count(1)
    assert asked(page) == {"phone": number, "status": "complete"}
    page.get_by_role("link", name="Clear filters").click()
    expect(page.get_by_label("Status")).to_have_value("")
    expect(rows(page).nth(1)).to_be_visible()


def test_a_page_of_the_list_comes_back_as_well(page: Page, site: Server) -> None:
    for _ in range(60):
        site.post("/chat", {"phone": make_phone(), "message": "hello"})
    log_in(page)
    page.get_by_role("link", name="Older").click()
    expect(page.get_by_role("link", name="Newer")).to_be_visible()
    older = page.url
    rows(page).first.get_by_role("link").click()
    page.get_by_role("link", name="Back to the list").click()
    expect(page).to_have_url(older)


def test_a_filter_that_cannot_be_used_is_explained(visits: Visits, page: Page) -> None:
    visits.expect("status of 422")
    log_in(page)
    page.get_by_label("Phone number").fill("12")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("alert")).to_contain_text("+14155550123")
    expect(page.get_by_label("Phone number")).to_have_value("12")


def test_no_page_shows_a_whole_number(page: Page, site: Server, number: str) -> None:
    web = make_phone()
    say(site, new_page(site, web), "hello")
    log_in(page)
    for row in range(2):
        expect(rows(page).nth(row)).to_contain_text(re.compile(r"\*+"))
        for shown in (number, web):
            assert shown[-7:] not in digits(page)
        rows(page).nth(row).get_by_role("link").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("*")
        for shown in (number, web):
            assert shown[-7:] not in digits(page)
        page.get_by_role("link", name="Back to the list").click()


def test_what_a_person_wrote_is_told_apart_from_the_bot(page: Page, site: Server) -> None:
    visit(page, site, "hello")
    answer_as_person(site, newest_session(site), "Ana here.")
    log_in(page)
    expect(rows(page).first).to_contain_text("A person")
    rows(page).first.get_by_role("link").click()
    last = page.get_by_role("list", name="Transcript").get_by_role("listitem").last
    expect(last).to_contain_text("Support")
    expect(last).to_contain_text("Ana here.")


def test_the_list_and_a_conversation_fit_the_narrowest_phone(visits: Visits, site: Server) -> None:
    page = visits.page(site, viewport=NARROW)
    say(site, new_page(site), "hello", "x" * 200, "W" * 200)
    log_in(page)
    assert page.evaluate("document.scrollingElement.scrollWidth") == NARROW["width"]
    rows(page).first.get_by_role("link").click()
    expect(page.get_by_role("list", name="Transcript")).to_be_visible()
    assert page.evaluate("document.scrollingElement.scrollWidth") == NARROW["width"]


def test_a_whole_row_of_the_list_is_its_link(page: Page, site: Server, number: str) -> None:
    log_in(page)
    at = rows(page).first.bounding_box()
    assert at is not None
    page.mouse.click(at["x"] + at["width"] - 20, at["y"] + at["height"] / 2)
    expect(page.get_by_role("list", name="Transcript")).to_be_visible()
