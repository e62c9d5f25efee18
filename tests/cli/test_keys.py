"""flask keys create | list | revoke | generate."""

import json
import stat
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from chatterkeep.services.wiring import Services
from chatterkeep.settings import load_settings
from chatterkeep.storage.keyfile import read_key_file
from tests.make import NOW, Clock, make_payload


def test_create_prints_the_key_alone_on_stdout(app: Flask, services: Services) -> None:
    result = _run(app, "create", "--name", "shop", "--scope", "chat", "--scope", "agent")
    found = services.api_keys.find(result.stdout.strip(), NOW)
    assert result.exit_code == 0
    assert found is not None
    assert (found.name, found.scopes, found.expires_at) == ("shop", frozenset({"chat", "agent"}), None)


@pytest.mark.parametrize(
    ("scope", "request_line"),
    [
        ("chat", "http://127.0.0.1:8000/chat -H 'Content-Type: application/json' -d '{\"phone\""),
        ("sessions:read", "http://127.0.0.1:8000/sessions"),
        ("sessions:write", "-X POST http://127.0.0.1:8000/sessions"),
        ("files", "http://127.0.0.1:8000/health"),
    ],
)
def test_create_shows_a_request_that_this_key_may_make(app: Flask, scope: str, request_line: str) -> None:
    result = _run(app, "create", "--name", "shop", "--scope", scope)
    assert f"curl -H 'Authorization: Bearer {result.stdout.strip()}' {request_line}" in result.stderr
    assert "shown this once" in result.stderr


def test_a_key_expires_when_it_was_told_to(app: Flask, services: Services, clock: Clock) -> None:
    token = _run(app, "create", "--name", "shop", "--scope", "chat", "--expires", "90d").stdout.strip()
    clock.forward(days=89, hours=23)
    assert services.api_keys.find(token, clock()) is not None
    clock.forward(hours=1)
    assert services.api_keys.find(token, clock()) is None


@pytest.mark.parametrize(
    "arguments",
    [
        ["--scope", "chat"],
        ["--name", "shop"],
        ["--name", "shop", "--scope", "everything"],
        ["--name", "", "--scope", "chat"],
        ["--name", "shop", "--scope", "chat", "--expires", "soon"],
        ["--name", "shop", "--scope", "chat", "--expires", "0d"],
        ["--name", "shop", "--scope", "chat", "--expires", "99999d"],
    ],
)
def test_a_mistake_in_using_create_makes_no_key(app: Flask, services: Services, arguments: list[str]) -> None:
    result = _run(app, "create", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert services.api_keys.list() == []


def test_list_tells_keys_apart_without_showing_them(app: Flask) -> None:
    first, second = _create(app), _create(app)
    _run(app, "revoke", first[:16], "--yes")
    result = _run(app, "list")
    lines = result.stdout.splitlines()
    assert [line.split()[0] for line in lines] == [first[:16], second[:16]]
    assert ["revoked" in line for line in lines] == [True, False]
    assert first[16:] not in result.output


def test_list_speaks_json(app: Flask) -> None:
    token = _create(app)
    (row,) = json.loads(_run(app, "list", "--json").stdout)
    assert row == {
        "prefix": token[:16],
        "name": "shop",
        "scopes": ["chat"],
        "state": "active",
        "created_at": NOW.isoformat(),
        "expires_at": None,
        "last_used_at": None,
    }


def test_list_has_no_data_where_there_is_no_key(app: Flask) -> None:
    assert _run(app, "list").stdout == ""
    assert json.loads(_run(app, "list", "--json").stdout) == []


@pytest.mark.parametrize("length", [16, 57])
def test_revoke_ends_the_key_it_is_told(app: Flask, services: Services, length: int) -> None:
    token, other = _create(app), _create(app)
    assert _run(app, "revoke", token[:length], "--yes").exit_code == 0
    assert services.api_keys.find(token, NOW) is None
    assert services.api_keys.find(other, NOW) is not None


def test_revoke_needs_a_yes_where_there_is_nobody_to_ask(app: Flask, services: Services) -> None:
    token = _create(app)
    result = _run(app, "revoke", token[:16])
    assert result.exit_code == 2
    assert "--yes" in result.stderr
    assert services.api_keys.find(token, NOW) is not None


def test_a_dry_run_revokes_nothing(app: Flask, services: Services) -> None:
    token = _create(app)
    result = _run(app, "revoke", token[:16], "--dry-run")
    assert (result.exit_code, "Would revoke 1 key" in result.stderr) == (0, True)
    assert services.api_keys.find(token, NOW) is not None


def test_revoking_again_is_no_failure_but_an_unknown_key_is(app: Flask) -> None:
    token = _create(app)
    _run(app, "revoke", token[:16], "--yes")
    again = _run(app, "revoke", token[:16], "--yes")
    assert (again.exit_code, "already" in again.stderr) == (0, True)
    assert _run(app, "revoke", "ck_live_nothing!", "--yes").exit_code == 1


def test_generate_writes_keys_that_only_their_owner_reads(app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "new" / "keys.json"
    assert _run(app, "generate", str(path)).exit_code == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_key_file(path).wrapping.keys() == {1}


def test_generate_replaces_nothing(app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    _run(app, "generate", str(path))
    before = path.read_bytes()
    result = _run(app, "generate", str(path))
    assert (result.exit_code, path.read_bytes()) == (1, before)
    assert "exists" in result.stderr


def test_a_secret_is_one_that_the_settings_take(app: Flask) -> None:
    first, other = (_run(app, "secret").stdout.strip() for _ in range(2))
    assert first != other
    assert load_settings(channel_secrets=f"{first} {other}").channel_secrets


def test_a_key_made_here_opens_the_webhook(app: Flask) -> None:
    token = _create(app)
    headers = {"X-API-Key": token}
    assert app.test_client().post("/chat", json=make_payload(), headers=headers).status_code == 200
    _run(app, "revoke", token[:16], "--yes")
    assert app.test_client().post("/chat", json=make_payload(), headers=headers).status_code == 401


def _create(app: Flask) -> str:
    return _run(app, "create", "--name", "shop", "--scope", "chat").stdout.strip()


def _run(app: Flask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(args=["keys", *arguments])
