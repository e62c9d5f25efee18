"""How tests of commands run them: on `app`, on an application of their own, or as a person would."""

import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from flask.cli import FlaskGroup

from chatterkeep.app import load_app
from tests.servers import ROOT, plain_environment

Run = Callable[..., Result]
Process = Callable[..., "subprocess.CompletedProcess[str]"]


PRODUCTION = {"CHATTERKEEP_ENV": "production", "CHATTERKEEP_PUBLIC_URL": "https://chat.example.org"}
"""What production needs, beside its keys."""


@pytest.fixture
def run(app: Flask) -> Run:
    """Run a command of `app`: `run("flows", "list")`."""
    runner = app.test_cli_runner()
    return lambda *arguments: runner.invoke(args=[str(argument) for argument in arguments])


@pytest.fixture
def flask(data_dir: Path, database_url: str) -> Iterator[Run]:
    """Run `flask`, which starts an application with these settings: `flask("doctor", PORT="http")`."""
    own = {"CHATTERKEEP_DATA_DIR": str(data_dir), "CHATTERKEEP_DATABASE_URL": database_url, "FLASK_SKIP_DOTENV": "1"}
    handlers = logging.getLogger().handlers[:]
    yield lambda *arguments, **settings: CliRunner().invoke(
        FlaskGroup(create_app=load_app), [str(argument) for argument in arguments], env=own | settings
    )
    logging.getLogger().handlers[:] = handlers  # the application's would write to a stream that is closed


@pytest.fixture
def process(data_dir: Path) -> Process:
    """Run `flask` as a process of its own, with nobody at its input."""

    def run(*arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "flask", *arguments],
            cwd=ROOT,
            env=plain_environment() | {"CHATTERKEEP_DATA_DIR": str(data_dir), **settings},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )

    return run
