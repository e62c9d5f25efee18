"""What a page tells people to type is typed, and what it says they will see is compared with what they would.

A block marked `sh runnable` is run; one marked `answer` right after it is what it prints. Blocks with a file's name as
mark are written to that file. The blocks of a page are run one after the other in one shell, beside a server of their
own where they ask one.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.docs.texts import PAGES, ROOT, Block, blocks, name_of
from tests.servers import plain_environment, running

RUNNABLE = [page for page in PAGES if any("runnable" in block.marks for block in blocks(page))]
ADDRESS = "127.0.0.1:8000"
PROGRAMS = ("curl", "sqlite3")
SHARED = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
"""The secret that the pages show: the one of the specification's examples."""

_END = "--- the end of a block ---"
_CHANGING = {
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}": "ID",
    r"\d{4}-\d{2}-\d{2}T[\d:.]+\+00:00": "TIME",
    r"ck_(s|live)_[\w-]+": "TOKEN",
    r'("request_id": ?)"[0-9a-f]{16}"': r'\1"ID"',
    r'("next_cursor": ?)"[\w=-]+"': r'\1"CURSOR"',
    r'("ticket": ?)"[\w.=-]+"': r'\1"TICKET"',
    r'("uptime": ?)[\d.]+': r"\1 0",
    r"http://127\.0\.0\.1:\d+": "ADDRESS",
}


def plain(text: str) -> str:
    """The text without what is different each time."""
    for pattern, name in _CHANGING.items():
        text = re.sub(pattern, name, text)
    return text


def read(text: str, language: str) -> Any:
    return json.loads(plain(text)) if language == "json" else plain(text).strip()


def answers(page: Path) -> list[tuple[Block, Block | None]]:
    """The blocks to be run, each with the answer that the page shows."""
    found = blocks(page)
    after = [*found[1:], None]
    pairs = zip(found, after, strict=True)
    return [(b, n if n and "answer" in n.marks else None) for b, n in pairs if "runnable" in b.marks]


def write_files(page: Path, folder: Path) -> None:
    for block in blocks(page):
        for name in (mark for mark in block.marks if "." in mark):
            folder.joinpath(name).parent.mkdir(parents=True, exist_ok=True)
            folder.joinpath(name).write_text(block.text)


def run(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a script as somebody would in the project's folder, but for the data, which lies in a folder of the test."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = plain_environment() | {"PATH": path, "FLASK_APP": str(ROOT / "wsgi.py"), "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def test_there_are_blocks_to_run() -> None:
    assert {"README.md", "docs/api.md", "docs/flows.md", "docs/operations.md"} <= set(map(name_of, RUNNABLE))


@pytest.mark.slow
@pytest.mark.parametrize("page", RUNNABLE, ids=name_of)
def test_the_page_works_as_it_says(page: Path, tmp_path: Path, template: Path) -> None:
    pairs = answers(page)
    script = f"\necho; echo '{_END}'\n".join(block.text for block, _ in pairs)
    if missing := [name for name in PROGRAMS if re.search(rf"\b{name} ", script) and not shutil.which(name)]:
        pytest.skip(f"the page needs {', '.join(missing)}, which is not installed")
    write_files(page, tmp_path)
    data = shutil.copytree(template, tmp_path / "data")
    if ADDRESS in script:
        with running(data, CHATTERKEEP_CHANNEL_SECRETS=SHARED) as server:
            done = run(script.replace(ADDRESS, f"127.0.0.1:{server.port}"), tmp_path)
    else:
        done = run(script, tmp_path)
    assert done.returncode == 0, done.stderr
    printed = done.stdout.split(_END)
    for (block, answer), text in zip(pairs, printed, strict=True):
        if answer:
            place = f"{name_of(page)}, line {block.line}"
            assert read(text, answer.language) == read(answer.text, answer.language), place
