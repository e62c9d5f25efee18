"""A server that may be hurt: frozen, killed whole or in part, and started again at the same address."""

import http.client
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sqlalchemy import Engine

from tests.canary import private_in
from tests.chaos.stored import being_written
from tests.make import ROOMY
from tests.servers import ROOT, Answer, free_port, plain_environment

SOUND: Final = "wsgi:app"
"""The application as it is; tests/chaos/broken.py has others."""

_STARTS_WITHIN: Final = 300.0
_STOPS_WITHIN: Final = 40.0


@dataclass
class Site:
    """gunicorn in a process group of its own. `environment` holds the settings of the application, `left` the replies
    that a worker was writing when it was hurt, by their ids.
    """

    data: Path
    workers: int
    environment: Mapping[str, str]
    engine: Engine
    """Its database, for a look from outside."""
    app: str = SOUND
    port: int = field(default_factory=free_port)
    starts: int = 0
    left: set[str] = field(default_factory=set)

    @contextmanager
    def running(self) -> Iterator["Site"]:
        """Serve until the block ends; then search the log for what is private."""
        self.start()
        try:
            yield self
        finally:
            self.stop()
        found = private_in(self.log.read_text())
        assert found is None, f"The server's log shows {found}"

    @property
    def log(self) -> Path:
        return self.data.parent / "server.log"

    def start(self) -> None:
        """Start all processes, and wait until they answer."""
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "gunicorn", self.app],
                cwd=ROOT,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self.starts += 1
        deadline = time.monotonic() + _STARTS_WITHIN
        while not self._answers():
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise RuntimeError(f"The server did not start. Its log ends so:\n{self.log.read_text()[-3000:]}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Ask the whole server to end, and wait for it; what has not ended then is killed."""
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(_STOPS_WITHIN)
        finally:
            self.crash()

    def crash(self) -> None:
        """Kill the whole process group."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def pids(self) -> list[int]:
        """The processes of the workers, as they are now."""
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        return [int(child) for child in children.read_text().split()]

    def any_worker(self, dice: random.Random) -> int:
        """A worker that lives. Raises RuntimeError once the server is gone."""
        while not (pids := self.pids()):
            if self._process.poll() is not None:
                raise RuntimeError(f"The server is gone. Its log ends so:\n{self.log.read_text()[-3000:]}")
            time.sleep(0.01)
        return dice.choice(pids)

    def held_by(self, pid: int) -> dict[str, int]:
        """The replies that a worker is writing, as the database says: the fence of each, by its id."""
        names = _open_files(pid)
        return {
            reply_id: fence
            for writer, replies in being_written(self.engine).items()
            if writer in names
            for reply_id, fence in replies.items()
        }

    def ask(self, method: str, path: str, body: bytes, headers: Mapping[str, str], patience: float) -> Answer:
        """Send a request over a connection of its own. Raises OSError and HTTPException."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=patience)
        try:
            connection.request(method, path, body, dict(headers))
            response = connection.getresponse()
            return Answer(response.status, dict(response.headers), response.read())
        finally:
            connection.close()

    def _answers(self) -> bool:
        try:
            return self.ask("GET", "/livez", b"", {}, 5).status == 200 and len(self.pids()) >= self.workers
        except (OSError, http.client.HTTPException):
            return False

    def _environment(self) -> dict[str, str]:
        roomy = {f"CHATTERKEEP_{name}".upper(): value for name, value in ROOMY.items()}
        own = {
            "CHATTERKEEP_API_AUTH": "open",
            "CHATTERKEEP_FLOW": "assistant",
            "CHATTERKEEP_ANSWER_CACHE": "0",
            "CHATTERKEEP_TOKENS_SESSION": "0",
            "CHATTERKEEP_TOKENS_TOTAL": "0",
            "CHATTERKEEP_DATA_DIR": str(self.data),
            "PORT": str(self.port),
            "WEB_CONCURRENCY": str(self.workers),
        }
        return plain_environment() | roomy | own | dict(self.environment)


def _open_files(pid: int) -> set[str]:
    """The names of the files a process has open; one of them is its presence, whose name is that of the writer."""
    with suppress(OSError):  # it was just being replaced
        return {descriptor.readlink().name for descriptor in Path(f"/proc/{pid}/fd").iterdir()}
    return set()
