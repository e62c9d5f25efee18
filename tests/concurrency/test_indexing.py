"""Whoever adds words to the index may die in the middle, or do it beside others: it is exact all the same."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.servers import ROOT, Server, plain_environment, running

pytestmark = [pytest.mark.xdist_group("concurrency"), pytest.mark.slow]

SEEDED = 4_000


@pytest.fixture
def data(tmp_path: Path, template: Path) -> Path:
    return Path(shutil.copytree(template, tmp_path / "data"))


def flask(data: Path, *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "flask", *arguments],
        cwd=ROOT,
        env=plain_environment() | {"CHATTERKEEP_DATA_DIR": str(data)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def done(data: Path, *arguments: str) -> str:
    process = flask(data, *arguments)
    output = process.communicate(timeout=120)[0]
    assert process.returncode == 0, output
    return output


def look(data: Path, sql: str) -> int:
    with closing(sqlite3.connect(data / "chatterkeep.sqlite3", timeout=10)) as database:
        return int(database.execute(sql).fetchone()[0])


def words(data: Path) -> int:
    return look(data, "SELECT count(*) FROM words")


def waiting(data: Path) -> int:
    return look(data, "SELECT count(*) FROM conversations WHERE indexed_seq < last_seq")


def test_a_rebuild_killed_in_the_middle_goes_on_and_is_exact(data: Path) -> None:
    done(data, "demo", "seed", "--messages", str(SEEDED))
    done(data, "search", "rebuild")
    exact = words(data)
    for _ in range(3):
        process = flask(data, "search", "rebuild")
        before = words(data)
        while process.poll() is None and words(data) in (0, before):
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
    done(data, "search", "rebuild")
    assert (words(data), waiting(data)) == (exact, 0)
    assert look(data, "SELECT count(*) FROM word_index WHERE state = 'ready'") == 1


@pytest.fixture
def own(data: Path) -> Iterator[Server]:
    done(data, "demo", "seed", "--messages", str(SEEDED))
    with running(data) as server:
        yield server


def test_workers_that_are_killed_while_they_index_leave_nothing_out_and_nothing_twice(own: Server, data: Path) -> None:
    for _ in range(4):
        time.sleep(1)
        os.kill(own.workers[0], signal.SIGKILL)
    deadline = time.monotonic() + 90
    while waiting(data) and time.monotonic() < deadline:
        time.sleep(0.2)
    added = words(data)
    assert waiting(data) == 0
    done(data, "search", "rebuild")
    assert words(data) == added
