"""A17: a credential is judged alike by whichever header it comes, so that none of them is a way around a rule."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from chatterkeep.services.wiring import Services
from chatterkeep.settings import Settings
from chatterkeep.web.access import access_of
from tests.make import NOW, make_settings

CARRIERS: dict[str, Callable[[str], dict[str, str]]] = {
    "Bearer": lambda token: {"Authorization": f"Bearer {token}"},
    "bearer, in small letters": lambda token: {"Authorization": f"bearer {token}"},
    "Bearer, with spaces": lambda token: {"Authorization": f"Bearer   {token} "},
    "X-API-Key": lambda token: {"X-API-Key": token},
    "x-api-key": lambda token: {"x-api-key": token},
    "both": lambda token: {"Authorization": f"Bearer {token}", "X-API-Key": token},
}
ANYTHING = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def settings(data_dir: Path) -> Settings:
    return make_settings(data_dir=data_dir, api_auth="required")


@pytest.fixture
def credentials(services: Services) -> dict[str, str]:
    revoked = services.api_keys.create("revoked", ("admin",), None, NOW)
    services.api_keys.revoke(revoked[:16], NOW)
    return {
        "an admin's key": services.api_keys.create("admin", ("admin",), None, NOW),
        "a key for files": services.api_keys.create("files", ("files",), None, NOW),
        "a revoked key": revoked,
        "a session token": services.sessions.open(None, NOW).token,
        "nonsense": "nonsense",
    }


def decided(answer: TestResponse) -> tuple[int, str]:
    """What became of a request, but for what differs with each."""
    return answer.status_code, answer.get_data(as_text=True).replace(answer.headers["X-Request-Id"], "")


def test_no_header_is_a_way_around_the_check_of_another(
    app: Flask, client: FlaskClient, credentials: dict[str, str]
) -> None:
    for rule in app.url_map.iter_rules():
        access = access_of(app, rule.endpoint)
        if access is None or access.kind != "client" or rule.websocket:
            continue
        path = rule.rule.replace("<session_id>", ANYTHING).replace("<reply_id>", ANYTHING)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            for name, token in credentials.items():
                made = [client.open(path, method=method, headers=carry(token)) for carry in CARRIERS.values()]
                assert len({decided(answer)[0] for answer in made}) == 1, f"{name}: {method} {path}"


@pytest.mark.parametrize("second", ["the same", "another"])
def test_two_credentials_in_one_request_are_refused(
    client: FlaskClient, credentials: dict[str, str], second: str
) -> None:
    """Which of them is looked at would depend on who looks: a proxy, a cache, or we."""
    key = credentials["an admin's key"]
    other = key if second == "the same" else credentials["a key for files"]
    for header, form in (("Authorization", "Bearer {}"), ("X-API-Key", "{}")):
        answer = client.get("/sessions", headers=[(header, form.format(token)) for token in (key, other)])
        assert answer.status_code == 401, header


def test_a_good_key_does_not_help_beside_a_bad_one(client: FlaskClient, credentials: dict[str, str]) -> None:
    good, bad = credentials["an admin's key"], credentials["a revoked key"]
    assert client.get("/sessions", headers={"Authorization": f"Bearer {bad}", "X-API-Key": good}).status_code == 401


@pytest.mark.parametrize("carry", ["?api_key={}", "?key={}", "?token={}", "?access_token={}", "?ticket={}"])
def test_a_key_in_an_address_is_no_key(client: FlaskClient, credentials: dict[str, str], carry: str) -> None:
    """Addresses are written down by everything they pass."""
    assert client.get("/sessions" + carry.format(credentials["an admin's key"])).status_code == 401


def test_a_key_in_a_cookie_or_a_body_is_no_key(client: FlaskClient, credentials: dict[str, str]) -> None:
    key = credentials["an admin's key"]
    for name in ("Authorization", "X-API-Key", "token", "chatterkeep_staff"):
        client.set_cookie(name, key)
    assert client.get("/sessions").status_code == 401
    assert client.post("/sessions", json={"api_key": key, "X-API-Key": key}).status_code == 401
