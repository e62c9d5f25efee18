"""A Redis server for the tests: one of their own where the program is installed."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from redis import Redis, RedisError

from tests.servers import free_port

REQUIRED = os.environ.get("CHATTERKEEP_REQUIRE_SERVICES") == "1"
_STARTS_WITHIN = 300


@contextmanager
def server() -> Iterator[str]:
    """Return the address of a server. Skips where there is none, or fails where there must be."""
    program = shutil.which("redis-server")
    if program:
        with _own(program) as url:
            yield url
    elif REQUIRED:
        pytest.fail("redis-server is not installed, and CHATTERKEEP_REQUIRE_SERVICES is 1.")
    else:
        pytest.skip("redis-server is not installed.")


def everything(url: str) -> dict[bytes, bytes]:
    """All plain values, by key."""
    with Redis.from_url(url) as redis:
        return {key: redis.get(key) or b"" for key in redis.scan_iter() if redis.type(key) == b"string"}


@contextmanager
def _own(program: str) -> Iterator[str]:
    folder, port = Path(tempfile.mkdtemp(prefix="chatterkeep-redis-")), free_port()
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"redis://127.0.0.1:{port}/0"
    try:
        deadline = time.monotonic() + _STARTS_WITHIN
        while not _answers(url):
            assert time.monotonic() < deadline, "redis-server does not answer"
            time.sleep(0.05)
        yield url
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(folder)


def _answers(url: str) -> bool:
    try:
        with Redis.from_url(url, socket_connect_timeout=1) as redis:
            return bool(redis.ping())
    except RedisError:
        return False
