"""Starts and stops the servers that are compared, each on a free port of this machine."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.load import Address

ROOT = Path(__file__).resolve().parent.parent
WORKERS = 2
CONNECTIONS = 16
START_SECONDS = 60
STOP_SECONDS = 30
WIDE_LIMITS = {
    "CHATTERKEEP_LIMIT_ADDRESS": "10000000/minute",
    "CHATTERKEEP_LIMIT_TOTAL": "10000000/minute",
}
"""Counted as always, but not reached: the whole load comes from one address."""


@dataclass(frozen=True, slots=True)
class Server:
    address: Address
    process: int

    @property
    def url(self) -> str:
        return f"http://{self.address[0]}:{self.address[1]}"

    @property
    def workers(self) -> list[int]:
        """The process ids that gunicorn's first process has made."""
        children = Path(f"/proc/{self.process}/task/{self.process}/children")
        return [int(child) for child in children.read_text().split()]


@contextmanager
def bare_server(data: Path) -> Iterator[Server]:
    """The bare Flask route under our gunicorn settings."""
    command = [sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py"]
    with _running([*command, "benchmarks.bare:app"], data, "/poll") as server:
        yield server


@contextmanager
def chatterkeep(data: Path, settings: Mapping[str, str] | None = None) -> Iterator[Server]:
    """The app on the data folder given, with its default settings but for those named."""
    with _running([sys.executable, "-m", "flask", "serve"], data, "/readyz", settings) as server:
        yield server


@contextmanager
def language_model(data: Path, *pace: str) -> Iterator[Server]:
    """The fake provider in a process of its own; `pace` are its arguments."""
    port = _free_port()
    data.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "tests.llm", "--port", str(port), *pace]
    with (data / "llm.log").open("ab") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    server = Server(("127.0.0.1", port), process.pid)
    try:
        _wait_until_ready(server, process, "/v1/models", data / "llm.log")
        yield server
    finally:
        _stop(process)


def flask(data: Path, *arguments: str, typed: str | None = None, settings: Mapping[str, str] | None = None) -> str:
    """Run one of the app's commands on that data folder; its output."""
    done = subprocess.run(
        [sys.executable, "-m", "flask", *arguments],
        cwd=ROOT, env=_environment(data, 8000) | dict(settings or {}), input=typed, text=True, capture_output=True,
        check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"flask {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


@contextmanager
def _running(
    command: list[str], data: Path, ready_path: str, settings: Mapping[str, str] | None = None
) -> Iterator[Server]:
    data.mkdir(parents=True, exist_ok=True)
    port = _free_port()
    log = data / "server.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=_environment(data, port) | dict(settings or {}),
            stdin=subprocess.DEVNULL, stdout=output, stderr=output,
        )  # fmt: skip
    server = Server(("127.0.0.1", port), process.pid)
    try:
        _wait_until_ready(server, process, ready_path, log, WORKERS)
        yield server
    finally:
        _stop(process)


def _environment(data: Path, port: int) -> dict[str, str]:
    """This process's environment without anything that would change a default of the app."""
    ours = ("CHATTERKEEP_", "OPENAI_", "PROMETHEUS_", "GUNICORN_", "FLASK_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return kept | WIDE_LIMITS | {
        "CHATTERKEEP_API_AUTH": "open",
        "CHATTERKEEP_DATA_DIR": str(data),
        "FLASK_SKIP_DOTENV": "1",
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "WEB_CONCURRENCY": str(WORKERS),
    }  # fmt: skip


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_ready(
    server: Server, process: "subprocess.Popen[bytes]", path: str, log: Path, workers: int = 0
) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(server.url + path, timeout=2) as answer:
                if answer.status == 200 and len(server.workers) >= workers:
                    return
        except (urllib.error.URLError, OSError):
            pass
        time.sleep(0.1)
    raise RuntimeError(f"The server did not come up. Its last words:\n{log.read_text()[-3000:]}")


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
