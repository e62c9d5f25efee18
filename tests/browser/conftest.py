"""A real Chromium and a real server, one of each for every process that runs browser tests.

Every page is watched: whatever a visitor's browser should never see fails the test in which it happens.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import launched
from tests.browser.visits import Visits
from tests.browser.world import with_staff
from tests.llm.server import LLM
from tests.servers import Server, running

HERE = Path(__file__).parent
expect.set_options(timeout=30_000)  # milliseconds: a busy machine takes longer than the usual five seconds
REQUIRED = os.environ.get("CHATTERKEEP_REQUIRE_SERVICES") == "1"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of a module in one process, so that they share its browser and its server."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group(f"browser-{item.path.stem}"))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium. Where there is none the test is skipped, or fails if services are required."""
    with launched() as found:
        if isinstance(found, str):
            (pytest.fail if REQUIRED else pytest.skip)(found)
        yield found


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, template: Path) -> Iterator[Server]:
    """The server that pages are visited on: open API, no limits, an account for staff."""
    folder = shutil.copytree(template, tmp_path_factory.mktemp("site") / "data")
    with_staff(folder)
    with running(folder) as server:
        yield server


@pytest.fixture(scope="session")
def _model() -> Iterator[LLM]:
    with LLM().running() as model:
        yield model


@pytest.fixture(scope="session")
def assistant(_model: LLM, tmp_path_factory: pytest.TempPathFactory, template: Path) -> Iterator[Server]:
    """A server on which a language model answers everything: that of `llm`."""
    folder = shutil.copytree(template, tmp_path_factory.mktemp("assistant") / "data")
    with_staff(folder)
    own = {
        "CHATTERKEEP_FLOW": "assistant",
        "CHATTERKEEP_ANSWER_CACHE": "0",
        "CHATTERKEEP_LIMIT_LLM": "",
        "CHATTERKEEP_MAX_TOKENS": "8000",
        "OPENAI_BASE_URL": _model.url,
        "OPENAI_API_KEY": "x",
    }
    with running(folder, **own) as server:
        yield server


@pytest.fixture
def llm(_model: LLM) -> LLM:
    """The language model behind `assistant`: quick, and well. Each test may change it."""
    _model.requests.clear()
    _model.fault, _model.says, _model.echo = "none", None, False
    _model.first_token, _model.between, _model.tokens = 0.2, 0.02, 20
    return _model


@pytest.fixture
def visits(browser: Browser) -> Iterator[Visits]:
    """Opens watched pages; `visits.expect(…)` names the errors that a test brings about on purpose."""
    visits = Visits(browser)
    yield visits
    complaints = visits.end()
    assert complaints == [], "\n".join(complaints)


@pytest.fixture
def page(visits: Visits, site: Server) -> Page:
    """A page of an ordinary visitor on a computer, still empty."""
    return visits.page(site)
