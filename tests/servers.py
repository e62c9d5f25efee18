"""Real servers: gunicorn with its workers, asked over HTTP."""

import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.canary import private_in

ROOT = Path(__file__).resolve().parent.parent
_STARTS_WITHIN = 300
_DICE = random.SystemRandom()
_ROOMY = {
    "CHATTERKEEP_API_AUTH": "open",
    "CHATTERKEEP_LIMIT_PHONE": "",
    "CHATTERKEEP_LIMIT_ADDRESS": "",
    "CHATTERKEEP_LIMIT_TOTAL": "",
    "CHATTERKEEP_LIMIT_LOGIN": "",
    "CHATTERKEEP_LIMIT_LLM": "",
    "CHATTERKEEP_LOG_LEVEL": "DEBUG",
}

shared = pytest.mark.xdist_group("server")
"""The mark of tests that use the `server` fixture."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Server:
    """A running server, its data folder and its log."""

    port: int
    data: Path
    process: "subprocess.Popen[bytes]"
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def workers(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(child) for child in children.read_text().split()]

    def post(self, path: str, fields: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Answer:
        """Post JSON."""
        sent = {"Content-Type": "application/json", **(headers or {})}
        return self.ask("POST", path, json.dumps(fields).encode(), sent)

    def get(self, path: str) -> Answer:
        return self.ask("GET", path)

    def ask(self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, dict(headers or {}))
            response = connection.getresponse()
            return Answer(response.status, dict(response.headers), response.read())
        finally:
            connection.close()


@contextmanager
def running(data: Path, workers: int = 2, port: int = 0, **environment: str) -> Iterator[Server]:
    """Serve a migrated data folder until the block ends; then search the log for what is private."""
    port, log = port or free_port(), data.parent / "server.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn"],
            cwd=ROOT,
            env=_environment(data, port, workers) | environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    server = Server(port, data, process, log)
    try:
        _wait_for(server, workers)
        yield server
    finally:
        _stop(process)
    found = private_in(log.read_text())
    assert found is None, f"The server's log shows {found}"


def is_ours(name: str) -> bool:
    """Tell whether an environment variable would change how the application behaves."""
    ours = ("CHATTERKEEP_", "FLASK_", "GUNICORN_", "OPENAI_", "PROMETHEUS_")
    return name.startswith(ours) or name in ("HOST", "PORT", "WEB_CONCURRENCY")


def plain_environment() -> dict[str, str]:
    """The environment for a child process, without anything that would change a setting."""
    return {name: value for name, value in os.environ.items() if not is_ours(name)} | {"FLASK_SKIP_DOTENV": "1"}


def _environment(data: Path, port: int, workers: int) -> dict[str, str]:
    own = {"CHATTERKEEP_DATA_DIR": str(data), "PORT": str(port), "WEB_CONCURRENCY": str(workers)}
    return plain_environment() | _ROOMY | own


def free_port() -> int:
    """A port that nobody listens on, and that the system gives to no connection while nobody does."""
    while True:
        port = _DICE.randrange(20_000, 32_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def _wait_for(server: Server, workers: int) -> None:
    deadline = time.monotonic() + _STARTS_WITHIN
    while time.monotonic() < deadline and server.process.poll() is None:
        try:
            if server.get("/livez").status == 200 and len(server.workers) >= workers:
                return
        except (OSError, http.client.HTTPException):
            pass
        time.sleep(0.05)
    raise RuntimeError(f"The server did not start. Its log ends so:\n{server.log.read_text()[-3000:]}")


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
