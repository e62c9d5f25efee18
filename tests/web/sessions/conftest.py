"""The sessions API as its clients meet it: every caller shows a key or a session token."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from chatterkeep.services.wiring import Services
from chatterkeep.settings import Settings
from tests.make import NOW, make_settings
from tests.web.sessions.api import Api


@pytest.fixture
def settings(data_dir: Path, database_url: str) -> Settings:
    return make_settings(data_dir=data_dir, database_url=database_url, api_auth="required")


@pytest.fixture
def api_with(client: FlaskClient, services: Services) -> Callable[..., Api]:
    """Returns a caller whose key has the given scopes."""
    return lambda *scopes: Api(client, services.api_keys.create("tests", scopes, None, NOW))


@pytest.fixture
def api(api_with: Callable[..., Api]) -> Api:
    """A caller who may do everything."""
    return api_with("admin")
