"""Staff add documents, see what a question finds in them, and remove them: with and without script, also on a phone."""

import re

import pytest
from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.browser.staff import log_in
from tests.browser.test_accessibility import examine
from tests.browser.visits import NARROW, Visits
from tests.documents import HOURS
from tests.servers import Server

LONG = "Returns of furniture, lamps and all else that was bought in the shop in Harbour Street"
HERE = re.compile(r"/admin/knowledge/[0-9a-f-]{36}\?done=added(#new)?$")


@pytest.fixture(params=[True, False], ids=["with script", "without script"])
def desk(request: pytest.FixtureRequest, visits: Visits, site: Server) -> Page:
    """The page of documents of an administrator."""
    return arrive(visits.page(site, java_script_enabled=request.param))


def arrive(page: Page) -> Page:
    log_in(page)
    page.get_by_role("link", name="Documents", exact=True).click()
    expect(page.get_by_role("heading", name="Documents", exact=True)).to_be_visible()
    return page


def upload(page: Page, name: str, text: bytes) -> None:
    file: FilePayload = {"name": name, "mimeType": "text/plain", "buffer": text}
    page.get_by_label("Or a file of text").set_input_files(file)
    page.get_by_role("button", name="Add").click()


def passages(page: Page) -> Locator:
    return page.get_by_role("region", name="Passages").get_by_role("article")


def shelf(page: Page, title: str) -> Locator:
    """The document of this title in the list."""
    return page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=title, exact=True))


def test_a_typed_text_becomes_a_document(desk: Page) -> None:
    desk.get_by_label("Title").fill("Typed hours")
    desk.get_by_label("Text", exact=True).fill(HOURS)
    desk.get_by_role("button", name="Add").click()
    expect(desk.get_by_role("heading", level=1)).to_have_text("Typed hours")
    expect(desk).to_have_url(HERE)
    expect(passages(desk)).to_have_count(2)
    expect(passages(desk).last).to_contain_text("We deliver within two days.")
    desk.get_by_role("link", name="All documents").click()
    expect(shelf(desk, "Typed hours")).to_contain_text("ada")
    desk.get_by_role("link", name="Typed hours").click()  # removed, so that the title is free for whoever comes next
    desk.get_by_text("Remove this document").click()
    desk.get_by_role("button", name="Remove for good").click()
    expect(shelf(desk, "Typed hours")).to_have_count(0)


def test_a_file_takes_the_place_of_the_one_before(desk: Page) -> None:
    for day in ("Sundays", "Mondays"):
        upload(desk, "uploaded.md", f"# Uploaded\n\nThe harbour museum is closed on {day}.".encode())
        expect(passages(desk)).to_contain_text(f"closed on {day}")
        desk.get_by_role("link", name="All documents").click()
    expect(shelf(desk, "Uploaded")).to_have_count(1)
    expect(shelf(desk, "Uploaded")).to_contain_text("uploaded.md")


def test_what_a_question_finds_leads_to_its_place(desk: Page) -> None:
    upload(
        desk, "ferry.md", b"# Ferry\n\nIt leaves at noon.\n\n## Zeppelin\n\nThe zeppelin leaves at midnight, if at all."
    )
    desk.get_by_role("link", name="All documents").click()
    desk.get_by_role("searchbox", name="Try a question").fill("When does the zeppelin leave?")
    desk.keyboard.press("Enter")
    found = desk.get_by_role("region", name="What a language model is given").get_by_role("article").first
    expect(found).to_contain_text("The zeppelin leaves at midnight")
    expect(desk.get_by_role("searchbox")).to_have_value("When does the zeppelin leave?")
    found.get_by_role("link", name="Ferry").click()
    expect(desk.locator(".passage:target")).to_contain_text("The zeppelin leaves at midnight")
    expect(desk.locator(".passage:target")).to_be_in_viewport()


def test_a_document_is_removed_after_a_question(desk: Page) -> None:
    upload(desk, "passing.txt", b"This is here for a moment.")
    remove = desk.get_by_role("button", name="Remove for good")
    expect(remove).to_be_hidden()
    desk.get_by_text("Remove this document").click()
    remove.click()
    expect(desk.get_by_role("heading", name="Documents", exact=True)).to_be_visible()
    expect(shelf(desk, "passing.txt")).to_have_count(0)


def test_what_is_no_text_is_told_beside_the_form(visits: Visits, desk: Page) -> None:
    visits.expect("status of 422")
    desk.get_by_label("Title").fill("Kept")
    upload(desk, "program.md", b"\xff\xfe\0")
    expect(desk.get_by_role("region", name="Add a document").get_by_role("alert")).to_have_text(
        re.compile(r"can be read\. Turn other files, such as a PDF, into text first\.")
    )
    expect(desk.get_by_role("alert")).to_be_in_viewport()
    expect(desk.get_by_label("Title")).to_have_value("Kept")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_anybody_can_use_them_on_a_phone(visits: Visits, site: Server, scheme: str) -> None:
    visits.expect("status of 422")
    page = arrive(visits.phone(site, color_scheme=scheme))
    page.get_by_label("Title").fill(LONG)
    upload(page, f"{scheme}-{'returns-' * 20}.md", f"# {LONG}\n\n{'W' * 300} can be given back.".encode())
    expect(passages(page)).to_have_count(1)
    fits(page)
    page.get_by_text("Remove this document").tap()
    fits(page)
    page.goto("/admin/knowledge?q=What+can+be+given+back")
    expect(page.get_by_role("region", name="What a language model is given")).to_contain_text("can be given back.")
    fits(page)
    page.goto("/admin/knowledge")
    page.get_by_role("button", name="Add").tap()
    expect(page.get_by_role("alert")).to_be_in_viewport()
    fits(page)


def fits(page: Page) -> None:
    """Look that nothing sticks out on the narrowest phone, and that no rule of accessibility is broken."""
    page.set_viewport_size(NARROW)
    assert page.evaluate("document.scrollingElement.scrollWidth") == NARROW["width"]
    examine(page)


def test_what_was_typed_is_corrected_in_its_place(desk: Page) -> None:
    desk.get_by_label("Title").fill("Ferries")
    desk.get_by_label("Text", exact=True).fill("The ferry leaves at noon.")
    desk.get_by_role("button", name="Add").click()
    expect(desk.get_by_role("status")).to_contain_text("Added.")
    desk.get_by_role("link", name="Edit").click()
    desk.get_by_label("Text", exact=True).fill("The ferry leaves at one.")
    desk.get_by_role("button", name="Save").click()
    expect(desk.get_by_role("status")).to_contain_text("Saved.")
    expect(passages(desk)).to_contain_text("leaves at one")
    desk.get_by_text("Remove this document").click()
    desk.get_by_role("button", name="Remove for good").click()
