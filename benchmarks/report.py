"""The table of docs/performance.md: written between two marks, so that the words around it stay."""

import os
import platform
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

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


def table(findings: Sequence[Finding], effort: Effort) -> str:
    rows = [
        f"| {found.what} | {found.reached} | {found.aim} | {'yes' if found.met else '**no**'} | {found.detail} |"
        for found in findings
    ]
    head = ["| what | reached | aim | met | in numbers |", "|---|---|---|---|---|"]
    return "\n".join([*head, *rows, "", _circumstances(effort)])


def write(findings: Sequence[Finding], effort: Effort, page: Path = PAGE) -> None:
    if not page.exists():
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(FRAME)
    before, begin, rest = page.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise RuntimeError(f"{page.name} has lost its marks {BEGIN} and {END}")
    page.write_text(f"{before}{BEGIN}\n{table(findings, effort)}\n{END}{after}")


def _circumstances(effort: Effort) -> str:
    limits = " and ".join(f"`{name}`" for name in WIDE_LIMITS)
    generated = ", ".join(f"`{name}={value}`" for name, value in GENERATED.items())
    return (
        f"Measured {datetime.now(UTC):%Y-%m-%d} by `make bench` on {os.cpu_count()} cores "
        f"({platform.system()} {platform.machine()}), Python {platform.python_version()}, "
        f"SQLite {sqlite3.sqlite_version}. {WORKERS} workers, {CONNECTIONS} kept-alive "
        f"connections spread evenly over them, the load on the same cores; medians of "
        f"{effort.rounds} rounds of {effort.seconds:g} s for each side. Default settings, but for "
        f"{limits}, which are counted and set too high to be reached, as all load comes from one "
        f"address. With generated replies: {generated}."
    )
