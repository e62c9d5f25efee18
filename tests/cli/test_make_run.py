"""`make run` opens the API to this machine, and never where others may reach it."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.servers import ROOT, plain_environment

SILENT = {
    "nothing": "",
    "other things": "CHATTERKEEP_FLOW=support\nCHATTERKEEP_ENV=development\nCHATTERKEEP_TRUSTED_PROXIES=0\n",
    "a comment": "#CHATTERKEEP_API_AUTH=required\n# CHATTERKEEP_ENV=production\n",
    "empty values": "CHATTERKEEP_PUBLIC_URL=\nCHATTERKEEP_TRUSTED_HOSTS=\n",
}
TOLD = {
    "who may call": "CHATTERKEEP_API_AUTH=required",
    "production": "CHATTERKEEP_ENV=production",
    "production in quotes": 'export CHATTERKEEP_ENV = "production"',
    "an address": "CHATTERKEEP_PUBLIC_URL=https://chat.example.org",
    "a proxy": "CHATTERKEEP_TRUSTED_PROXIES=1",
    "a name": "CHATTERKEEP_TRUSTED_HOSTS='.example.org'",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The project's folder, installed, with a `flask` that only tells who may call."""
    for name in ("Makefile", "requirements.txt"):
        shutil.copy(ROOT / name, tmp_path)
    flask = tmp_path / ".venv" / "bin" / "flask"
    flask.parent.mkdir(parents=True)
    flask.write_text('#!/bin/sh\necho "$1 ${CHATTERKEEP_API_AUTH-unsaid}"\n')
    flask.chmod(0o755)
    installed = tmp_path / ".venv" / "installed"
    installed.touch()
    later = (tmp_path / "requirements.txt").stat().st_mtime + 1
    os.utime(installed, (later, later))
    return tmp_path


def run(folder: Path, **environment: str) -> str:
    done = subprocess.run(
        ["make", "--silent", "run"],
        cwd=folder,
        env=plain_environment() | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout.strip()


@pytest.mark.parametrize("written", SILENT.values(), ids=SILENT)
def test_it_opens_the_api_where_nothing_says_otherwise(folder: Path, written: str) -> None:
    (folder / ".env").write_text(written)
    assert run(folder) == "serve open"


def test_it_needs_no_file(folder: Path) -> None:
    assert run(folder) == "serve open"


@pytest.mark.parametrize("line", TOLD.values(), ids=TOLD)
def test_it_does_not_where_the_file_says_who_may_call_or_that_others_can(folder: Path, line: str) -> None:
    (folder / ".env").write_text(f"CHATTERKEEP_FLOW=support\n{line}\n")
    assert run(folder) == "serve unsaid"


def test_nor_where_the_environment_says_so(folder: Path) -> None:
    assert run(folder, CHATTERKEEP_ENV="production") == "serve unsaid"
    assert run(folder, CHATTERKEEP_API_AUTH="required") == "serve required"
