"""Who may post to the webhook when the API is not open to everybody."""

from datetime import datetime
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from chatterkeep.services.wiring import Services
from chatterkeep.settings import Settings
from tests import rows
from tests.errors import error_of
from tests.make import NOW, Clock, make_payload, make_settings


@pytest.fixture
def settings(data_dir: Path) -> Settings:
    return make_settings(data_dir=data_dir, api_auth="required")


CREDENTIALS = {
    "none": {},
    "unknown": {"Authorization": "Bearer ck_live_nobodyhasthisone"},
    "unknown, other header": {"X-API-Key": "ck_live_nobodyhasthisone"},
    "a session token of nobody": {"Authorization": "Bearer ck_s_nobodyhasthisone"},
    "basic": {"Authorization": "Basic dXNlcjpwYXNz"},
    "empty": {"Authorization": "Bearer "},
    "odd": {"Authorization": "\u00e9"},
}


@pytest.mark.parametrize("headers", CREDENTIALS.values(), ids=CREDENTIALS)
def test_without_a_key_nothing_is_taken(client: FlaskClient, engine: Engine, headers: dict[str, str]) -> None:
    answer = client.post("/chat", json=make_payload(), headers=headers)
    error = error_of(answer, 401, "UNAUTHORIZED")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert "flask keys create" in error["hint"]
    assert set(rows.count(engine).values()) == {0}


def test_a_refusal_does_not_tell_whether_the_body_was_good(client: FlaskClient) -> None:
    good, bad = (
        client.post("/chat", json=make_payload()),
        client.post("/chat", data="{", content_type="application/json"),
    )
    assert (good.status_code, good.json["error"]["message"]) == (bad.status_code, bad.json["error"]["message"])


def test_the_token_of_a_session_opens_nothing_that_is_for_keys_alone(
    client: FlaskClient, services: Services, engine: Engine
) -> None:
    token = services.sessions.open(None, NOW).token
    before = rows.count(engine)
    error_of(
        client.post("/chat", json=make_payload(), headers={"Authorization": f"Bearer {token}"}), 401, "UNAUTHORIZED"
    )
    assert rows.count(engine) == before


def test_the_pages_are_open_all_the_same(client: FlaskClient) -> None:
    assert client.get("/").status_code == 200


def key(services: Services, *scopes: str, name: str = "a client", expires: datetime | None = None) -> dict[str, str]:
    """The header of a client with these scopes."""
    return {"Authorization": f"Bearer {services.api_keys.create(name, scopes, expires, NOW)}"}


@pytest.mark.parametrize("scope", ["chat", "admin"])
def test_a_key_with_the_scope_is_let_in(client: FlaskClient, services: Services, scope: str) -> None:
    assert client.post("/chat", json=make_payload(), headers=key(services, scope)).status_code == 200


def test_a_key_is_known_in_either_header(client: FlaskClient, services: Services) -> None:
    token = key(services, "chat")["Authorization"].removeprefix("Bearer ")
    assert client.post("/chat", json=make_payload(), headers={"X-API-Key": token}).status_code == 200


@pytest.mark.parametrize("header", ["{0}", "Bearer {0}, Bearer {0}", "x, Bearer {0}", "Basic {0}", "x Bearer {0}"])
def test_a_key_is_taken_as_the_one_bearer_or_not_at_all(
    client: FlaskClient, services: Services, engine: Engine, header: str
) -> None:
    token = key(services, "chat")["Authorization"].removeprefix("Bearer ")
    answer = client.post("/chat", json=make_payload(), headers={"Authorization": header.format(token)})
    error = error_of(answer, 401, "UNAUTHORIZED")
    assert ("more than one" in error["message"]) is ("," in header)
    assert "flask keys create" in error["hint"]
    assert rows.count(engine)["messages"] == 0


@pytest.mark.parametrize("scope", ["sessions:read", "sessions:write", "agent", "files"])
def test_a_key_without_the_scope_is_told_which_one_it_lacks(
    client: FlaskClient, services: Services, engine: Engine, scope: str
) -> None:
    answer = client.post("/chat", json=make_payload(), headers=key(services, scope))
    error = error_of(answer, 403, "FORBIDDEN")
    assert "'chat'" in error["message"]
    assert "flask keys create" in error["hint"]
    assert rows.count(engine)["messages"] == 0


def test_a_key_that_expired_is_no_key(client: FlaskClient, services: Services, clock: Clock) -> None:
    headers = key(services, "chat", expires=NOW.replace(year=NOW.year + 1))
    clock.forward(days=366)
    error_of(client.post("/chat", json=make_payload(), headers=headers), 401, "UNAUTHORIZED")


def test_two_clients_may_use_the_same_delivery_id(client: FlaskClient, services: Services) -> None:
    keys = [key(services, "chat", name=name) for name in ("shop", "till")]
    answers = [client.post("/chat", json=make_payload(id="1"), headers=headers) for headers in keys]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert "Idempotent-Replayed" not in answers[1].headers


def test_a_key_that_replaces_another_finds_its_deliveries(client: FlaskClient, services: Services) -> None:
    payload = make_payload(id="1")
    first, again = (client.post("/chat", json=payload, headers=key(services, "chat", name="shop")) for _ in range(2))
    assert again.data == first.data


def test_one_client_finds_its_delivery_again(client: FlaskClient, services: Services) -> None:
    headers, payload = key(services, "chat"), make_payload(id="1")
    first, again = (client.post("/chat", json=payload, headers=headers) for _ in range(2))
    assert again.data == first.data
