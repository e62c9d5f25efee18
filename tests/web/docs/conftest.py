"""The documentation of a server that asks for keys, and a client who has one."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from chatterkeep.services.wiring import Services
from chatterkeep.settings import Settings
from tests.llm.server import LLM
from tests.make import NOW, make_settings
from tests.signing import SECRET, TOKEN
from tests.web.docs.described import Described
from tests.web.docs.typed import HOST


@pytest.fixture
def limits() -> dict[str, str]:
    return {}


@pytest.fixture(scope="package")
def model() -> Iterator[LLM]:
    """A language model of few words that takes its time."""
    with LLM(first_token=0.5, says="Meow.").running() as model:
        yield model


@pytest.fixture
def settings(data_dir: Path, limits: dict[str, str], model: LLM) -> Settings:
    asked = {"openai_base_url": model.url, "openai_api_key": "tests"}
    known = {"channel_secrets": SECRET, "twilio_tokens": TOKEN, "public_url": HOST}
    return make_settings(data_dir=data_dir, api_auth="required", **{**known, **asked, **limits})


@pytest.fixture
def described(client: FlaskClient) -> Described:
    return Described(client.get("/openapi.json").json)


@pytest.fixture
def key(services: Services) -> str:
    """A key that may do everything."""
    return services.api_keys.create("admin", ("admin",), None, NOW)
