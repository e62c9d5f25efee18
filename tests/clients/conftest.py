"""Real servers with a language model: one that is open, as on one's own machine, and one that asks for keys."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.fuzz.openapi import make_key
from tests.llm.server import LLM
from tests.servers import running

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Site:
    """Where a client finds its server, and the key that it is given."""

    port: int
    key: str
    llm: LLM


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep these tests in one process, so that they share their servers."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.xdist_group("clients"))


@pytest.fixture(scope="package", params=["open", "required"])
def _site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, template: Path) -> Iterator[Site]:
    data = Path(shutil.copytree(template, tmp_path_factory.mktemp(request.param) / "data"))
    key = make_key(data, "admin") if request.param == "required" else ""
    with LLM().running() as model:
        settings = {
            "CHATTERKEEP_API_AUTH": request.param,
            "CHATTERKEEP_ANSWER_CACHE": "0",
            "OPENAI_BASE_URL": model.url,
            "OPENAI_API_KEY": "tests",
        }
        with running(data, **settings) as server:
            yield Site(server.port, key, model)


@pytest.fixture
def site(_site: Site) -> Site:
    """A server whose language model is quick, and well. Each test may change it."""
    model = _site.llm
    model.fault, model.says, model.echo = "none", None, False
    model.first_token, model.between, model.tokens = 0.0, 0.01, 20
    return _site
