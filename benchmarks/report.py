"""The table of docs/performance.md: written between two marks, so that the words around it stay."""

import os
import platform
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from benchmarks.compare import Effort, Finding
from benchmarks.servers import CONNECTIONS, ROOT, WIDE_LIMITS, WORKERS
from benchmarks.streams import GENERATED

PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- bench:begin -->", "<!-- bench:end -->"
FRAME = f"""# Performance

`make bench` starts ChatterKeep as `make run` does, and beside it a Flask application whose only
route echoes JSON, under the same gunicorn settings. It loads the two in alternating rounds from the
same machine and writes the table below. Ratios are the result: they carry over to another machine,
requests a second do not.

{BEGIN}
{END}
"""


Row = tuple[str, ...]
"""The cells of one line, in the order of `_HEAD`."""

_HEAD: Final[Row] = ("what", "reached", "aim", "met", "in numbers", "benchmark", "measured")


def rows(benchmark: str, findings: Sequence[Finding], effort: Effort) -> list[Row]:
    """Return the lines that one benchmark gave today."""
    measured = f"{datetime.now(UTC):%Y-%m-%d}, {effort.rounds} x {effort.seconds:g} s"
    return [
        (found.what, found.reached, found.aim, "yes" if found.met else "**no**", found.detail, benchmark, measured)
        for found in findings
    ]


def table(lines: Sequence[Row]) -> str:
    """Return lines as a table of Markdown."""
    head, *rest = ("| " + " | ".join(cells) + " |" for cells in (_HEAD, *lines))
    return "\n".join([head, "|---" * len(_HEAD) + "|", *rest])


def write(measured: Mapping[str, Sequence[Row]], order: Sequence[str], page: Path = PAGE) -> None:
    """Put the lines of these benchmarks into the page; those of the others stay. `order` names all there are."""
    if not page.exists():
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(FRAME)
    before, begin, rest = page.read_text().partition(BEGIN)
    inside, end, after = rest.partition(END)
    if not (begin and end):
        raise RuntimeError(f"{page.name} has lost its marks {BEGIN} and {END}")
    kept = _rows_of(inside)
    lines = [row for name in order for row in measured.get(name, [one for one in kept if one[-2] == name])]
    page.write_text(f"{before}{BEGIN}\n{table(lines)}\n\n{_circumstances()}\n{END}{after}")


def _rows_of(inside: str) -> list[Row]:
    lines = [tuple(line.strip("| ").split(" | ")) for line in inside.splitlines() if line.startswith("| ")]
    return [row for row in lines if len(row) == len(_HEAD) and row != _HEAD]


def _circumstances() -> str:
    limits = " and ".join(f"`{name}`" for name in WIDE_LIMITS)
    generated = ", ".join(f"`{name}={value}`" for name, value in GENERATED.items())
    return (
        f"Measured by `make bench`, or `make bench ARGS=BENCHMARK` for one of them, on {os.cpu_count()} cores "
        f"({platform.system()} {platform.machine()}), Python {platform.python_version()}, "
        f"SQLite {sqlite3.sqlite_version}. {WORKERS} workers, {CONNECTIONS} kept-alive "
        f"connections spread evenly over them, the load on the same cores; medians of "
        f"rounds, whose number and length on each side the last column tells. Default settings, but for "
        f"{limits}, which are counted and set too high to be reached, as all load comes from one "
        f"address. With generated replies: {generated}."
    )
