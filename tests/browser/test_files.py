"""Files sent from the page: with a script and without one, refused, cancelled, deleted, and as staff see them."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.browser.asking import is_answered
from tests.browser.staff import log_in
from tests.browser.talk import box, bubbles, own, sees, send, visit
from tests.browser.visits import Visits
from tests.browser.world import new_page, newest_session, select
from tests.llm.server import LLM
from tests.make import NAME, SONG
from tests.servers import Server

NOTES: FilePayload = {"name": "songs.txt", "mimeType": "text/plain", "buffer": f"{SONG}\n".encode()}
PROGRAM: FilePayload = {"name": "songs.exe", "mimeType": "application/octet-stream", "buffer": b"MZ\0\0"}
DISGUISED: FilePayload = {"name": "songs.txt", "mimeType": "text/plain", "buffer": b"MZ\0\0"}
LARGE: FilePayload = {"name": "large.txt", "mimeType": "text/plain", "buffer": b"la " * 4_000_000}
REFUSED = (r"status of (4\d\d|503)", r"net::ERR_ABORTED")


@pytest.fixture
def plain(visits: Visits, site: Server) -> Page:
    """A page of a visitor without JavaScript."""
    return visits.page(site, java_script_enabled=False)


def choose(page: Page, file: FilePayload) -> None:
    page.locator("#attach summary").click()
    page.get_by_label("File", exact=True).set_input_files(file, timeout=60_000)


def attached(page: Page) -> Locator:
    """The files that the next message will have."""
    return page.get_by_role("list", name="Files for this message").get_by_role("listitem")


def hanging(page: Page) -> Locator:
    """The files that hang on messages."""
    return page.get_by_role("log").locator(".own .files a")


def slow_uploads(page: Page, bytes_per_second: int) -> None:
    """Let everything that the page sends be slow."""
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": bytes_per_second},
    )


def blobs(server: Server) -> list[Path]:
    return list((server.data / "files").glob("*"))


DROP = """name => {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File(["a song"], name, { type: "text/plain" }));
  document.body.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
}"""


class TestWithAScript:
    def test_a_file_can_be_dropped_on_a_page_whose_clip_nobody_opened(self, page: Page, site: Server) -> None:
        visit(page, site)
        page.evaluate(DROP, "songs.txt")
        expect(attached(page)).to_contain_text(["songs.txt"])
        send(page, "hello")
        expect(hanging(page)).to_have_text(["songs.txt"])

    def test_a_file_goes_ahead_and_hangs_on_the_message(self, page: Page, site: Server) -> None:
        visit(page, site)
        choose(page, NOTES)
        expect(attached(page)).to_contain_text("songs.txt")
        send(page, "hello")
        sees(page, "hello", "What is your name?")
        expect(hanging(page)).to_have_text("songs.txt")
        expect(attached(page)).to_have_count(0)

    def test_the_text_that_was_typed_stays(self, page: Page, site: Server) -> None:
        visit(page, site)
        box(page).fill(NAME)
        choose(page, NOTES)
        expect(attached(page)).to_contain_text("songs.txt")
        expect(box(page)).to_have_value(NAME)
        expect(box(page)).to_be_focused()

    def test_progress_is_shown_and_told(self, page: Page, site: Server) -> None:
        visit(page, site)
        slow_uploads(page, 1_000_000)
        choose(page, {**LARGE, "buffer": LARGE["buffer"][:5_000_000]})
        bar = page.get_by_role("progressbar", name="Uploading large.txt")
        expect(bar).to_be_visible()
        expect(page.get_by_role("status")).to_have_text("large.txt is being uploaded.")
        expect(attached(page)).to_contain_text(re.compile(r"[1-9]\d? %"))
        expect(page.get_by_role("status")).to_have_text("large.txt is attached.", timeout=30_000)

    def test_a_message_waits_for_its_file(self, page: Page, site: Server) -> None:
        visit(page, site)
        slow_uploads(page, 1_000_000)
        choose(page, {**LARGE, "buffer": LARGE["buffer"][:3_000_000]})
        send(page, "hello")
        expect(page.get_by_role("status")).to_have_text("The message is sent as soon as its file is there.")
        expect(hanging(page)).to_have_text("large.txt", timeout=30_000)
        expect(own(page)).to_have_text("hello")

    def test_what_is_cancelled_leaves_nothing(self, visits: Visits, page: Page, site: Server) -> None:
        visits.expect(*REFUSED)
        visit(page, site)
        before = len(blobs(site))
        slow_uploads(page, 200_000)
        box(page).fill("hello")
        choose(page, {**LARGE, "buffer": LARGE["buffer"][:5_000_000]})
        expect(attached(page)).to_contain_text(re.compile(r"[1-9]\d? %"))
        page.get_by_role("button", name="Cancel large.txt").click()
        expect(attached(page)).to_have_count(0)
        expect(box(page)).to_have_value("hello")
        expect(box(page)).to_be_focused()
        page.wait_for_timeout(300)
        for _ in range(100):
            if len(blobs(site)) == before:
                return
            page.wait_for_timeout(100)
        pytest.fail("a part of the file is still there")

    def test_what_is_refused_is_told_and_the_text_stays(self, visits: Visits, page: Page, site: Server) -> None:
        visits.expect(*REFUSED)
        visit(page, site)
        box(page).fill(NAME)
        choose(page, DISGUISED)
        expect(attached(page)).to_contain_text("it holds NUL bytes")
        expect(box(page)).to_have_value(NAME)
        page.get_by_role("button", name="Dismiss songs.txt").click()
        expect(attached(page)).to_have_count(0)

    def test_what_cannot_be_taken_is_not_even_sent(self, page: Page, site: Server) -> None:
        visit(page, site)
        choose(page, PROGRAM)
        expect(attached(page)).to_contain_text("Only .txt, .md, .pdf, .py, .js, .json can be sent.")
        choose(page, LARGE)
        expect(attached(page).last).to_contain_text("It is larger than 10 MB.")

    def test_a_file_that_is_taken_off_is_deleted(self, page: Page, site: Server) -> None:
        visit(page, site)
        choose(page, NOTES)
        with page.expect_response("**/delete") as deleted:
            page.get_by_role("button", name="Remove songs.txt").click()
        assert deleted.value.ok
        expect(attached(page)).to_have_count(0)
        send(page, "hello")
        sees(page, "hello", "What is your name?")
        expect(hanging(page)).to_have_count(0)

    def test_a_message_that_is_edited_gives_its_file_back(self, visits: Visits, page: Page, site: Server) -> None:
        visits.expect(*REFUSED, "htmx:", "Response Status")
        visit(page, site)
        choose(page, NOTES)
        expect(attached(page)).to_contain_text("songs.txt")
        page.route("**/messages", lambda route: route.fulfill(status=503, body="busy"))
        send(page, "hello")
        page.get_by_role("button", name="Edit").click()
        expect(attached(page)).to_contain_text("songs.txt")
        page.unroute("**/messages")
        box(page).press("Enter")
        sees(page, "hello", "What is your name?")
        expect(hanging(page)).to_have_text("songs.txt")

    def test_a_file_is_deleted_from_its_message(self, page: Page, site: Server) -> None:
        visit(page, site)
        choose(page, NOTES)
        expect(attached(page)).to_contain_text("songs.txt")
        send(page, "hello")
        expect(hanging(page)).to_have_text("songs.txt")
        box(page).fill(NAME)
        page.get_by_role("button", name="Delete songs.txt").click()
        expect(hanging(page)).to_have_count(0)
        expect(bubbles(page).first).to_have_text("hello")
        expect(box(page)).to_have_value(NAME)


class TestWithoutAScript:
    def test_a_file_goes_with_its_message(self, plain: Page, site: Server) -> None:
        visit(plain, site)
        box(plain).fill("hello")
        choose(plain, NOTES)
        plain.get_by_role("button", name="Send").click()
        expect(hanging(plain)).to_have_text("songs.txt")
        expect(own(plain)).to_have_text("hello")

    def test_a_message_needs_no_file(self, plain: Page, site: Server) -> None:
        visit(plain, site)
        box(plain).fill("hello")
        plain.get_by_role("button", name="Send").click()
        expect(own(plain)).to_have_text("hello")
        expect(hanging(plain)).to_have_count(0)

    @pytest.mark.parametrize(
        ("file", "why"),
        [
            (PROGRAM, "Files of this kind are not taken."),
            (DISGUISED, "it holds NUL bytes"),
            (LARGE, "This file is too large"),
        ],
    )
    def test_the_text_comes_back_when_the_file_is_refused(
        self, visits: Visits, plain: Page, site: Server, file: FilePayload, why: str
    ) -> None:
        visits.expect(*REFUSED)
        visit(plain, site)
        box(plain).fill(NAME)
        choose(plain, file)
        plain.get_by_role("button", name="Send").click()
        expect(plain.get_by_role("alert")).to_contain_text(why)
        expect(box(plain)).to_have_value(NAME)

    def test_it_is_taken_along_never_shown(self, plain: Page, site: Server) -> None:
        visit(plain, site)
        box(plain).fill("hello")
        choose(plain, NOTES)
        plain.get_by_role("button", name="Send").click()
        with plain.expect_download() as taken:
            hanging(plain).click()
        assert taken.value.suggested_filename == "songs.txt"
        assert Path(taken.value.path()).read_bytes() == NOTES["buffer"]

    def test_it_is_deleted(self, plain: Page, site: Server) -> None:
        visit(plain, site)
        box(plain).fill("hello")
        choose(plain, NOTES)
        plain.get_by_role("button", name="Send").click()
        plain.get_by_role("button", name="Delete songs.txt").click()
        expect(hanging(plain)).to_have_count(0)
        expect(own(plain)).to_have_text("hello")


def test_staff_take_it_along_and_leave_a_line(visits: Visits, page: Page, site: Server) -> None:
    visit(page, site)
    choose(page, NOTES)
    expect(attached(page)).to_contain_text("songs.txt")
    send(page, "hello")
    expect(hanging(page)).to_have_text("songs.txt")
    staff = visits.page(site)
    log_in(staff)
    staff.goto(f"/admin/conversations/{_conversation(site)}")
    with staff.expect_download() as taken:
        staff.get_by_role("link", name="songs.txt").click()
    assert Path(taken.value.path()).read_bytes() == NOTES["buffer"]
    assert select(site, "SELECT count(*) FROM audit WHERE action = 'file.downloaded'") == [(1,)]


def test_the_model_reads_what_hangs_on_the_question(visits: Visits, assistant: Server, llm: LLM) -> None:
    page = visits.page(assistant)
    page.goto(new_page(assistant))
    choose(page, NOTES)
    expect(attached(page)).to_contain_text("songs.txt")
    send(page, "Which songs?")
    is_answered(page)
    question = llm.requests[-1].body["messages"][-1]["content"]
    assert question.startswith("Which songs?")
    assert SONG in question


def _conversation(server: Server) -> str:
    session = newest_session(server)
    query = "SELECT c.public_id FROM conversations c JOIN sessions s ON s.id = c.session_id WHERE s.public_id = ?"
    return str(select(server, query, session)[0][0])
