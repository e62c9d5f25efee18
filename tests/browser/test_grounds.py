"""What an answer rests on, seen below it: passages that open by keyboard and lead back, and tools by their names."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.asking import is_answered
from tests.browser.staff import log_in, rows
from tests.browser.talk import box, press_send, send
from tests.browser.test_accessibility import examine
from tests.browser.visits import NARROW, Visits
from tests.browser.world import new_page, use_cases, with_staff
from tests.documents import ADA, make_document
from tests.gateway import Gateway, running_gateway
from tests.llm.server import LLM
from tests.llm.toolcalls import Round, Wanted
from tests.make import NOW, Clock
from tests.servers import Server, running
from tests.tools import FLIGHT, flight, says, tools_file

CITED = "We are closed on **Sundays** [1]."
QUESTION = "Are you open on Sunday?"


@pytest.fixture(scope="module")
def airline() -> Iterator[Gateway]:
    with running_gateway() as airline:
        yield airline


@pytest.fixture(scope="module")
def model() -> Iterator[LLM]:
    with LLM(says=CITED).running() as model:
        yield model


@pytest.fixture(scope="module")
def informed(
    model: LLM, airline: Gateway, tmp_path_factory: pytest.TempPathFactory, template: Path
) -> Iterator[Server]:
    """A server whose model is given documents, and may look flights up."""
    folder = shutil.copytree(template, tmp_path_factory.mktemp("informed") / "data")
    with_staff(folder)
    with use_cases(folder, Clock()) as use:
        use.knowledge.add(make_document(), ADA, NOW)
    own = {
        "CHATTERKEEP_FLOW": "assistant",
        "CHATTERKEEP_ANSWER_CACHE": "0",
        "CHATTERKEEP_PRIVATE_TARGETS": "allowed",
        "CHATTERKEEP_TOOLS": str(tools_file(folder, airline, FLIGHT)),
        "OPENAI_BASE_URL": model.url,
        "OPENAI_API_KEY": "x",
    }
    with running(folder, **own) as server:
        yield server


@pytest.fixture
def llm(model: LLM, airline: Gateway) -> LLM:
    """The model: it cites a passage, and looks nothing up."""
    model.says, model.wants = CITED, []
    airline.answers.clear()
    return model


@pytest.fixture(params=[True, False], ids=["with script", "without script"])
def page(request: pytest.FixtureRequest, visits: Visits, informed: Server) -> Page:
    """The page of a new conversation."""
    page = visits.page(informed, java_script_enabled=request.param)
    page.goto(new_page(informed))
    return page


def answer(page: Page) -> Locator:
    """The newest message of the log."""
    return page.get_by_role("log").get_by_role("listitem").last


def passage(page: Page) -> Locator:
    return page.get_by_role("main").locator(".text")


# Passages


def test_a_citation_opens_its_passage_and_leads_back_by_keyboard(page: Page, llm: LLM) -> None:
    press_send(page, QUESTION)
    expect(answer(page)).to_contain_text("Sources: 1 Opening hours", timeout=60_000)
    answer(page).get_by_role("link", name="[1]").focus()
    page.keyboard.press("Tab")
    expect(answer(page).get_by_role("link", name="1 Opening hours")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Opening hours")
    expect(passage(page)).to_contain_text("We are closed on Sundays and on public holidays.")
    page.get_by_role("link", name="Back to the conversation").focus()
    page.keyboard.press("Enter")
    expect(answer(page)).to_contain_text("Sources: 1 Opening hours")
    assert page.url.rpartition("#")[2] == "m-1-2"


def test_who_comes_back_stands_where_the_answer_is(visits: Visits, informed: Server, llm: LLM) -> None:
    page = visits.page(informed)
    page.goto(new_page(informed))
    send(page, QUESTION)
    is_answered(page)
    llm.says = "\n\n".join(["A long answer."] * 60)
    send(page, "Tell me more.")
    is_answered(page, 2)
    page.get_by_role("link", name="[1]").click()
    page.get_by_role("link", name="Back to the conversation").click()
    expect(page.locator("#m-1-2")).to_be_in_viewport()


def test_a_source_that_is_gone_is_told_and_leads_back(visits: Visits, informed: Server, llm: LLM) -> None:
    visits.expect("status of 410")
    staff = visits.page(informed)
    log_in(staff)
    staff.goto("/admin/knowledge")
    staff.get_by_label("Text", exact=True).fill("# Zeppelins\n\nZeppelins leave at midnight.")
    staff.get_by_role("button", name="Add").click()
    expect(staff.get_by_role("heading", level=1)).to_have_text("Zeppelins")
    page = visits.page(informed)
    page.goto(new_page(informed))
    llm.says = "At midnight [1]."
    send(page, "When do zeppelins leave?")
    expect(answer(page)).to_contain_text("Sources: 1 Zeppelins", timeout=60_000)
    staff.get_by_text("Remove this document").click()
    staff.get_by_role("button", name="Remove for good").click()
    expect(staff.get_by_role("heading", name="Documents", exact=True)).to_be_visible()
    page.get_by_role("link", name="[1]").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This source is gone")
    examine(page)
    page.get_by_role("link", name="Back to the conversation").click()
    expect(answer(page)).to_contain_text("Sources: 1 Zeppelins")


def test_staff_come_from_a_citation_to_the_passage_in_its_document(visits: Visits, page: Page, llm: LLM) -> None:
    press_send(page, QUESTION)
    expect(answer(page)).to_contain_text("Sources: 1 Opening hours", timeout=60_000)
    log_in(page)
    rows(page).first.get_by_role("link").click()
    page.get_by_role("link", name="1 Opening hours").click()
    expect(page.locator(".passage:target")).to_contain_text("We are closed on Sundays")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_anybody_can_read_them_on_a_phone(visits: Visits, informed: Server, llm: LLM, scheme: str) -> None:
    page = visits.phone(informed, color_scheme=scheme)
    page.goto(new_page(informed))
    press_send(page, QUESTION)
    is_answered(page)
    answer(page).get_by_role("link", name="1 Opening hours").tap()
    expect(passage(page)).to_contain_text("We are closed on Sundays")
    page.set_viewport_size(NARROW)
    assert page.evaluate("document.scrollingElement.scrollWidth") == NARROW["width"]
    examine(page)


# Tools


def test_a_tool_is_named_below_the_answer(page: Page, llm: LLM, airline: Gateway) -> None:
    airline.answers, llm.wants = [says({"status": "late"})], [flight()]
    llm.says = "It is late."
    press_send(page, "Is it late?")
    expect(answer(page)).to_contain_text("Looked up: flight status", timeout=60_000)
    expect(answer(page)).to_contain_text("It is late.")
    expect(page.get_by_text("Looked up")).to_have_count(1)


def test_one_that_gave_nothing_is_named_too_and_staff_read_why(
    visits: Visits, informed: Server, llm: LLM, airline: Gateway
) -> None:
    page = visits.phone(informed)
    page.goto(new_page(informed))
    airline.answers, llm.wants = [says({}, "404 Not Found")], [Round([*flight().calls, Wanted("made_up", {})])]
    llm.says = "I could not find out."
    press_send(page, "Is it late?")
    expect(answer(page)).to_contain_text("Could not look up: flight status", timeout=60_000)
    expect(box(page)).to_be_visible()
    examine(page)
    log_in(page)
    rows(page).first.get_by_role("link").click()
    expect(page.get_by_role("list", name="Transcript")).to_contain_text("Tools: flight_status (not_found)")
    examine(page)
