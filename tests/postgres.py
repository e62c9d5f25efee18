"""A PostgreSQL server for the tests: one of their own where the program is installed, else the one that runs."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.servers import free_port

REQUIRED = os.environ.get("CHATTERKEEP_REQUIRE_SERVICES") == "1"
NAMED = os.environ.get("CHATTERKEEP_TEST_POSTGRES_URL")
RUNNING = "postgresql://postgres@127.0.0.1:5432/postgres"
_STARTS_WITHIN = 300
_QUICK = ("fsync=off", "full_page_writes=off", "max_connections=200", "listen_addresses=127.0.0.1")


@contextmanager
def server() -> Iterator[str]:
    """Return the address of a server. Skips where there is none, or fails where there must be."""
    if NAMED:
        yield NAMED
    elif programs := _programs():
        with _own(programs) as url:
            yield url
    elif _answers(RUNNING):
        yield RUNNING
    elif REQUIRED:
        pytest.fail("No PostgreSQL server answers, none is installed, and CHATTERKEEP_REQUIRE_SERVICES is 1.")
    else:
        pytest.skip("No PostgreSQL server answers and none is installed. CHATTERKEEP_TEST_POSTGRES_URL names one.")


@contextmanager
def _own(programs: Path) -> Iterator[str]:
    """PostgreSQL refuses to run as root, who may have it run as the user of its package."""
    identity: dict[str, Any] = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.getuid() == 0 else {}
    folder = Path(tempfile.mkdtemp(prefix="chatterkeep-postgres-"))
    if identity:
        shutil.chown(folder, "postgres", "postgres")
    data, port = folder / "data", free_port()
    make = [programs / "initdb", "--auth=trust", "--username=postgres", "--no-sync", "-E", "UTF8", "-D", data]
    subprocess.run(make, check=True, stdout=subprocess.DEVNULL, cwd=folder, **identity)
    options = [word for option in (*_QUICK, "unix_socket_directories=") for word in ("-c", option)]
    with (folder / "log").open("wb") as log:
        run = [programs / "postgres", "-D", data, "-p", str(port), *options]
        process = subprocess.Popen(run, stdout=log, stderr=log, cwd=folder, **identity)
    url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
    try:
        deadline = time.monotonic() + _STARTS_WITHIN
        while not _answers(url):
            assert time.monotonic() < deadline, (folder / "log").read_text()
            time.sleep(0.1)
        yield url
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)
        shutil.rmtree(folder)


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=3).close()
    except psycopg.OperationalError:
        return False
    return True


def _programs() -> Path | None:
    """The folder of the programs; Debian keeps them off the path."""
    folders = [*Path("/usr/lib/postgresql").glob("*/bin"), *map(Path, os.environ.get("PATH", "").split(os.pathsep))]
    return next((folder for folder in folders if (folder / "initdb").exists() and (folder / "postgres").exists()), None)
