"""A language model, a real server that asks it, and an application of the tests' own that asks it too."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatterkeep.settings import Settings
from tests.llm.server import LLM
from tests.make import make_settings
from tests.servers import Server, running


@pytest.fixture(scope="package")
def model() -> Iterator[LLM]:
    with LLM().running() as model:
        yield model


@pytest.fixture
def fake(model: LLM) -> LLM:
    """The language model: it answers at once, unless a test says otherwise."""
    model.first_token, model.between, model.tokens, model.says, model.fault = 0.0, 0.0, 20, None, "none"
    model.requests.clear()
    return model


@pytest.fixture
def settings(data_dir: Path, database_url: str, fake: LLM) -> Settings:
    asked = {"openai_base_url": fake.url, "openai_api_key": "tests", "answer_cache": "0"}
    return make_settings(data_dir=data_dir, database_url=database_url, api_auth="required", **asked)


def asking(model: LLM) -> dict[str, str]:
    """The environment of a server that asks the language model."""
    return {
        "OPENAI_BASE_URL": model.url,
        "OPENAI_API_KEY": "tests",
        "CHATTERKEEP_ANSWER_CACHE": "0",
        "CHATTERKEEP_LIMIT_LLM": "",
    }


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory, template: Path, model: LLM) -> Iterator[Server]:
    """Two workers."""
    folder = tmp_path_factory.mktemp("realtime") / "data"
    with running(shutil.copytree(template, folder), **asking(model)) as server:
        yield server
