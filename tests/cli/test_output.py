"""Data goes to stdout, talk to stderr; nothing is destroyed without a yes."""

import json
from datetime import UTC, datetime

import click
import pytest
from click.testing import CliRunner

from chatterkeep.cli.output import confirm, painted, print_fields, print_rows, progress

ROWS = [
    {"name": "ada", "is_admin": True, "scopes": frozenset({"b", "a"}), "at": datetime(2026, 3, 14, 15, 9, tzinfo=UTC)},
    {"name": "grace hopper", "is_admin": False, "scopes": frozenset(), "at": None},
]
Captured = pytest.CaptureFixture[str]


def test_rows_are_an_aligned_table(capsys: Captured) -> None:
    print_rows(ROWS, as_json=False)
    assert capsys.readouterr().out.splitlines() == [
        "ada           yes       a,b     2026-03-14 15:09",
        "grace hopper  no        -       -",
    ]


def test_the_heading_of_a_table_is_talk(capsys: Captured) -> None:
    print_rows(ROWS, as_json=False)
    assert capsys.readouterr().err.split() == ["NAME", "IS", "ADMIN", "SCOPES", "AT"]


def test_rows_in_json_are_one_document_with_a_line_for_each(capsys: Captured) -> None:
    print_rows(ROWS, as_json=True)
    captured = capsys.readouterr()
    assert json.loads(captured.out)[0] == {
        "name": "ada",
        "is_admin": True,
        "scopes": ["a", "b"],
        "at": "2026-03-14T15:09:00+00:00",
    }
    assert (captured.out.count("\n"), captured.err) == (len(ROWS), "")


def test_no_rows_are_no_data(capsys: Captured) -> None:
    print_rows([], as_json=False, nothing="Nobody yet.")
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "Nobody yet.\n")


def test_no_rows_in_json_are_an_empty_list(capsys: Captured) -> None:
    print_rows([], as_json=True)
    assert json.loads(capsys.readouterr().out) == []


def test_a_value_cannot_break_the_table(capsys: Captured) -> None:
    print_rows([{"text": "two\nlines\tand  spaces"}], as_json=False)
    assert capsys.readouterr().out == "two lines and spaces\n"


def test_one_thing_has_a_line_for_each_field(capsys: Captured) -> None:
    print_fields({"session_id": "x", "state": "COMPLETE"}, as_json=False)
    assert capsys.readouterr().out == "session id:  x\nstate:       COMPLETE\n"


def test_progress_off_a_terminal_is_a_line_each_tenth(capsys: Captured) -> None:
    with progress("Seeding", 1000) as advance:
        for _ in range(100):
            advance(10)
    captured = capsys.readouterr()
    assert captured.err.splitlines() == [f"Seeding: {tenth}0 %" for tenth in range(1, 11)]
    assert captured.out == ""


def test_a_large_step_is_told_once(capsys: Captured) -> None:
    with progress("Seeding", 10) as advance:
        advance(25)
    assert capsys.readouterr().err == "Seeding: 100 %\n"


def test_without_a_terminal_only_yes_is_a_yes() -> None:
    done = []

    @click.command()
    @click.option("--yes", is_flag=True)
    def destroy(yes: bool) -> None:
        confirm("Destroy all?", yes)
        done.append("destroyed")

    refused = CliRunner().invoke(destroy, input="y\n")
    assert (refused.exit_code, done) == (2, [])
    assert "Destroy all?" in refused.stderr
    assert "--yes" in refused.stderr
    assert CliRunner().invoke(destroy, ["--yes"]).exit_code == 0
    assert done == ["destroyed"]


def test_words_are_coloured_unless_no_color_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert painted("FAIL", "red") == "\x1b[31mFAIL\x1b[0m"
    monkeypatch.setenv("NO_COLOR", "1")
    assert painted("FAIL", "red") == "FAIL"
