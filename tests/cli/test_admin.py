"""flask admin create | passwd | list | disable | enable."""

import json

import pytest
from click.testing import Result
from flask import Flask

from chatterkeep.domain.staff import Role
from chatterkeep.services.wiring import Services
from tests import databases
from tests.make import NOW, PASSWORD

NEW_PASSWORD = f"{PASSWORD}-renewed"


def _run(app: Flask, *arguments: str, stdin: str = "") -> Result:
    return app.test_cli_runner().invoke(args=["admin", *arguments], input=stdin)


def _create(app: Flask, name: str = "ada", *more: str) -> Result:
    return _run(app, "create", name, "--password-stdin", *more, stdin=f"{PASSWORD}\n")


def _audit(app: Flask) -> list[dict[str, str]]:
    return json.loads(app.test_cli_runner().invoke(args=["audit", "list", "--json"]).stdout)


def _log_in(services: Services, name: str = "ada", password: str = PASSWORD) -> str | None:
    member = services.staff.log_in(name, password, "", NOW)
    return member.role if member else None


@databases.both
def test_create_makes_an_account_that_can_log_in(app: Flask, services: Services) -> None:
    result = _create(app, " Ada ")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "Made the account ada with the role admin." in result.stderr
    assert _log_in(services) is Role.ADMIN


@pytest.mark.parametrize("role", list(Role))
def test_the_role_is_chosen(app: Flask, services: Services, role: Role) -> None:
    _create(app, "kim", "--role", role.value)
    assert _log_in(services, "kim") is role


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["create"], 2),
        (["create", "ada", "--role", "owner"], 2),
        (["create", "ada"], 2),
        (["passwd", "ada"], 1),
        (["create", "", "--password-stdin"], 1),
        (["create", "ada lovelace", "--password-stdin"], 1),
        (["create", "a" * 65, "--password-stdin"], 1),
    ],
)
def test_a_mistake_in_using_it_makes_no_account(
    app: Flask, services: Services, arguments: list[str], code: int
) -> None:
    result = _run(app, *arguments, stdin=f"{PASSWORD}\n")
    assert (result.exit_code, result.stdout) == (code, "")
    assert services.staff.accounts() == ()


@pytest.mark.parametrize("password", ["", "short", "aaaaaaaaaaaaaaaaaaaa", "x1y2z" * 26, "tab\tin the password"])
def test_a_weak_password_is_refused_with_the_reason(app: Flask, services: Services, password: str) -> None:
    result = _run(app, "create", "ada", "--password-stdin", stdin=f"{password}\n")
    assert result.exit_code == 1
    assert "Error: " in result.stderr
    assert password not in result.stderr or not password
    assert services.staff.accounts() == ()


@databases.both
def test_a_name_is_taken_once(app: Flask, services: Services) -> None:
    _create(app)
    again = _run(app, "create", "ADA", "--password-stdin", stdin=f"{NEW_PASSWORD}\n")
    assert (again.exit_code, "an account named ada already" in again.stderr) == (1, True)
    assert _log_in(services) is Role.ADMIN


def test_passwd_replaces_the_password(app: Flask, services: Services) -> None:
    _create(app)
    result = _run(app, "passwd", "ada", "--password-stdin", stdin=f"{NEW_PASSWORD}\r\n")
    assert result.exit_code == 0
    assert (_log_in(services), _log_in(services, password=NEW_PASSWORD)) == (None, Role.ADMIN)


@pytest.mark.parametrize("command", ["passwd", "disable", "enable"])
def test_what_has_no_account_is_told(app: Flask, command: str) -> None:
    result = _run(app, command, "bob")
    assert (result.exit_code, "There is no such account" in result.stderr) == (1, True)


def test_disable_shuts_an_account_out_until_it_is_enabled(app: Flask, services: Services) -> None:
    _create(app)
    assert _run(app, "disable", "ada").exit_code == 0
    assert _log_in(services) is None
    assert _run(app, "enable", "ada").exit_code == 0
    assert _log_in(services) is Role.ADMIN


@databases.both
def test_list_shows_every_account_and_no_hash(app: Flask) -> None:
    _create(app, "kim", "--role", "viewer")
    _create(app)
    _run(app, "disable", "kim")
    result = _run(app, "list", "--json")
    rows = json.loads(result.stdout)
    assert [(row["username"], row["role"], row["disabled_at"] is None) for row in rows] == [
        ("ada", "admin", True),
        ("kim", "viewer", False),
    ]
    assert set(rows[0]) == {"username", "role", "created_at", "second_factor", "locked_until", "disabled_at"}
    assert len(result.stdout.splitlines()) == 2


def test_list_of_nobody_tells_how_to_begin(app: Flask) -> None:
    result = _run(app, "list")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "flask admin create" in result.stderr


@databases.both
def test_the_audit_tells_each_change_of_an_account_once_newest_first(app: Flask) -> None:
    _create(app)
    _run(app, "passwd", "ada", "--password-stdin", stdin=f"{NEW_PASSWORD}\n")
    _run(app, "disable", "ada")
    _run(app, "enable", "ada")
    rows = _audit(app)
    assert [(row["actor"], row["action"], row["subject"]) for row in rows] == [
        ("command line", "account.enabled", "ada"),
        ("command line", "account.disabled", "ada"),
        ("command line", "account.password_changed", "ada"),
        ("command line", "account.created", "ada"),
    ]


def test_what_failed_leaves_no_line(app: Flask) -> None:
    _run(app, "create", "ada", "--password-stdin", stdin="short\n")
    _run(app, "disable", "bob")
    assert _audit(app) == []


def test_on_a_terminal_it_asks_twice_until_the_password_is_good(
    app: Flask, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatterkeep.cli.admin._is_terminal", lambda: True)
    typed = ["short", PASSWORD, "another one", PASSWORD, PASSWORD]
    result = _run(app, "create", "ada", stdin="\n".join(typed))
    assert result.exit_code == 0, result.stderr
    assert "this one has 5" in result.stderr
    assert _log_in(services) is Role.ADMIN
