"""How commands talk: data on stdout, everything else on stderr, nothing destroyed without a yes."""

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final

import click

json_option: Final = click.option("--json", "as_json", is_flag=True, help="One JSON document, for programs.")
yes_option: Final = click.option("--yes", is_flag=True, help="Do not ask.")
dry_run_option: Final = click.option("--dry-run", is_flag=True, help="Only say what would be done.")

Fields = Mapping[str, object]


def say(text: str) -> None:
    """Tell the person something; never data."""
    click.echo(text, err=True)


def print_rows(rows: Sequence[Fields], as_json: bool, nothing: str = "Nothing yet.") -> None:
    """Print a list, all rows with the same fields: an aligned table (its heading is talk) or a JSON array.

    Either has one line for each row, for `wc -l` and `grep`.
    """
    if as_json:
        click.echo("[" + ",\n".join(map(_json, rows)) + "]")
    elif rows:
        heading, *lines = _aligned([[name.upper().replace("_", " ") for name in rows[0]], *map(_cells, rows)])
        say(heading)
        click.echo("\n".join(lines))
    else:
        say(nothing)


def print_fields(fields: Fields, as_json: bool) -> None:
    """Print one thing: a line for each field, or one JSON document."""
    if as_json:
        click.echo(_json(fields))
    else:
        click.echo("\n".join(_aligned([[f"{name.replace('_', ' ')}:", _cell(fields[name])] for name in fields])))


def confirm(question: str, yes: bool) -> None:
    """Ask before something that cannot be undone.

    Raises Abort (exit code 1) for a no; UsageError (2) where there is nobody to ask and `--yes` was not given.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise click.UsageError(f"{question} There is nobody to ask here, so nothing was done. Add --yes to do it.")
    click.confirm(question, abort=True, err=True)


@contextmanager
def progress(label: str, total: int) -> Iterator[Callable[[int], None]]:
    """Show how far long work is: a bar on a terminal, else a line each 10 %. Call what it gives with each step."""
    if sys.stderr.isatty():
        with click.progressbar(length=total, label=label, file=sys.stderr) as bar:
            yield bar.update
    else:
        yield _Tenths(label, total).advance


class _Tenths:
    """Says each tenth of the work once."""

    def __init__(self, label: str, total: int) -> None:
        self._label = label
        self._total = total
        self._done = 0
        self._said = 0

    def advance(self, steps: int) -> None:
        self._done += steps
        tenths = min(self._done * 10 // self._total, 10) if self._total else 10
        if tenths > self._said:
            self._said = tenths
            say(f"{self._label}: {tenths * 10} %")


def painted(text: str, colour: str) -> str:
    """Colour a word for a terminal, unless NO_COLOR (https://no-color.org) asks for none."""
    is_plain = bool(os.environ.get("NO_COLOR"))  # noqa: TID251 - a habit of terminals, no setting of ours
    return text if is_plain else click.style(text, fg=colour)


def _json(fields: Fields) -> str:
    return json.dumps(fields, ensure_ascii=False, default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return sorted(value) if isinstance(value, (set, frozenset)) else str(value)


def _cells(row: Fields) -> list[str]:
    return [_cell(value) for value in row.values()]


def _cell(value: object) -> str:
    match value:
        case None | "":
            return "-"
        case bool():
            return "yes" if value else "no"
        case datetime():
            return value.strftime("%Y-%m-%d %H:%M")
        case list() | tuple() | set() | frozenset():
            return ",".join(sorted(map(str, value))) or "-"
    return " ".join(str(value).split())


def _aligned(table: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in table]
