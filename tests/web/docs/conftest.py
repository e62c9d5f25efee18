"""The documentation of a server that asks for keys, and a client who has one."""

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from chatterkeep.services.wiring import Services
from chatterkeep.settings import Settings
from tests.make import NOW, make_settings
from tests.web.docs.described import Described


@pytest.fixture
def limits() -> dict[str, str]:
    return {}


@pytest.fixture
def settings(data_dir: Path, limits: dict[str, str]) -> Settings:
    return make_settings(data_dir=data_dir, api_auth="required", **limits)


@pytest.fixture
def described(client: FlaskClient) -> Described:
    return Described(client.get("/openapi.json").json)


@pytest.fixture
def key(services: Services) -> str:
    """A key that may do everything."""
    return services.api_keys.create("tests", ("admin",), None, NOW)
