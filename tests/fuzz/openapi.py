"""Runs Schemathesis over an OpenAPI document: with all its checks, against a real server."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from chatterkeep.domain.api_keys import SCOPES
from chatterkeep.storage.db import db
from tests.apps import running_app
from tests.make import NOW, Clock, make_settings
from tests.servers import Server, plain_environment, running

CONFIG = Path(__file__).with_name("schemathesis.toml")


@dataclass(frozen=True, slots=True)
class Guarded:
    """A server that asks for credentials, and who may call it: by name, the header that each of them sends."""

    server: Server
    callers: Mapping[str, str]


@contextmanager
def guarded(data: Path) -> Iterator[Guarded]:
    """Serve a migrated data folder."""
    keys = {scope: make_key(data, scope) for scope in SCOPES}
    with running(data, workers=1, CHATTERKEEP_API_AUTH="required") as server:
        opened = server.post("/sessions", {"flow": "greeting"}, {"X-API-Key": keys["admin"]}).json
        yield Guarded(
            server,
            {
                "nobody": "",
                "a session": f"Authorization: Bearer {opened['token']}",
                **{f"a key for {scope}": f"Authorization: Bearer {key}" for scope, key in keys.items()},
                "a key in a header of its own": f"X-API-Key: {keys['chat']}",
            },
        )


def make_key(data: Path, *scopes: str) -> str:
    """Make a key in a migrated data folder."""
    with running_app(make_settings(data_dir=data), Clock()) as app, app.app_context():
        key: str = app.extensions["chatterkeep"].api_keys.create("-".join(scopes), scopes, None, NOW)
        db.engine.dispose()
    return key


def complaints(site: Guarded, folder: Path, *options: str, document: str = "", caller: str = "nobody") -> str:
    """Return what Schemathesis finds wrong; nothing where all is well. It may leave its files in `folder`."""
    where = [document, "--url", site.server.url] if document else [f"{site.server.url}/openapi.json"]
    credential = ["--header", site.callers[caller]] if site.callers[caller] else []
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
