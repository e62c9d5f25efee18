"""Runs Schemathesis over an OpenAPI document: with all its checks, against a real server."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from chatterkeep.storage.db import db
from tests.apps import running_app
from tests.make import NOW, Clock, make_settings
from tests.servers import Server, plain_environment, running

CONFIG = Path(__file__).with_name("schemathesis.toml")


@dataclass(frozen=True, slots=True)
class Guarded:
    """A server that asks for credentials, and a key that may do everything there."""

    server: Server
    key: str


@contextmanager
def guarded(data: Path) -> Iterator[Guarded]:
    """Serve a migrated data folder."""
    key = make_key(data, "admin")
    with running(data, workers=1, CHATTERKEEP_API_AUTH="required") as server:
        yield Guarded(server, key)


def make_key(data: Path, *scopes: str) -> str:
    """Make a key in a migrated data folder."""
    with running_app(make_settings(data_dir=data), Clock()) as app, app.app_context():
        key: str = app.extensions["chatterkeep"].api_keys.create("-".join(scopes), scopes, None, NOW)
        db.engine.dispose()
    return key


def complaints(site: Guarded, folder: Path, *options: str, document: str = "", key: str = "") -> str:
    """Return what Schemathesis finds wrong; nothing where all is well. It may leave its files in `folder`."""
    where = [document, "--url", site.server.url] if document else [f"{site.server.url}/openapi.json"]
    credential = ["--header", f"Authorization: Bearer {key}"] if key else []
    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG)),
            *("run", *where, "--no-color", "--no-shrink", "--continue-on-failure", "--warnings", "off"),
            *credential,
            *options,
        ],
        cwd=folder,
        env=plain_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stdout + done.stderr
    return "" if done.returncode == 0 and " passed" in said else said
