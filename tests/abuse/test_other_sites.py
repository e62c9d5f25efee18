"""A21: another site has a person's browser ask our server, which is open to this machine or holds a login of theirs."""

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine

from chatterkeep.services.wiring import Services
from chatterkeep.settings import Settings
from chatterkeep.web.access import access_of
from tests.errors import error_of
from tests.make import NOW, make_payload, make_settings
from tests.rows import count

FOREIGN = [
    {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": "https://evil.example"},
]
SAFE = {"GET", "HEAD", "OPTIONS"}


@pytest.fixture
def settings(data_dir: Path) -> Settings:
    return make_settings(data_dir=data_dir, api_auth="open")


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_a_form_on_another_site_writes_nothing(client: FlaskClient, engine: Engine, headers: dict[str, str]) -> None:
    for sent in ({"json": make_payload()}, {"data": make_payload()}):
        error_of(client.post("/chat", headers=headers, **sent), 403, "FORBIDDEN")
    assert count(engine)["messages"] == 0
    assert client.post("/chat", json=make_payload()).status_code == 200


def test_no_route_that_changes_anything_is_asked_by_another_site(app: Flask, client: FlaskClient) -> None:
    """Those of gateways are not for browsers: nothing is taken without a signature."""
    for rule in app.url_map.iter_rules():
        access = access_of(app, rule.endpoint)
        if access is None or access.kind == "signature":
            continue
        path = re.sub(r"<[^>]+>", "00000000-0000-4000-8000-000000000000", rule.rule)
        for method in (rule.methods or set()) - SAFE:
            assert client.open(path, method=method, headers=FOREIGN[0]).status_code == 403, f"{method} {path}"


class TestWithKeys:
    @pytest.fixture
    def settings(self, data_dir: Path) -> Settings:
        return make_settings(data_dir=data_dir, api_auth="required")

    def test_who_shows_a_key_is_no_forgery(self, client: FlaskClient, services: Services) -> None:
        """A program may pass a browser's headers on; no page of another site can make a browser send a key."""
        key = services.api_keys.create("shop", ("chat",), None, NOW)
        answer = client.post("/chat", json=make_payload(), headers=FOREIGN[0] | {"X-API-Key": key})
        assert answer.status_code == 200
        assert client.post("/chat", json=make_payload(), headers=FOREIGN[0]).status_code == 401
