"""Runs a program that gets bytes and answers some, within bounds: time, length of the answer, no environment, no shell.

Works the same with threads and under gevent, which replaces both `subprocess` and `threading`.
"""

import logging
import os
import signal
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from chatterkeep.domain.errors import Overloaded
from chatterkeep.storage.blobs import Reading

log = logging.getLogger(__name__)

_PIECE: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Ran:
    """How a program ended: its exit code (None where it was killed for its time or its length), what it answered."""

    code: int | None
    output: bytes


class Children:
    """Places for programs, a few at a time, and never two for the same person: whoever waits longer is sent away.

    So one who sends slow documents takes up one place, and the others are read beside.
    """

    def __init__(self, at_once: int, patience: float) -> None:
        self._free = at_once
        self._patience = patience
        self._held = set[str]()
        self._changed = threading.Condition()

    @contextmanager
    def place(self, whose: str) -> Iterator[None]:
        """Hold a place. Raises Overloaded where none comes free within `patience` seconds."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._free and whose not in self._held, self._patience):
                raise Overloaded("Too many files are being looked at. Nothing was stored.")
            self._free -= 1
            self._held.add(whose)
        try:
            yield
        finally:
            with self._changed:
                self._free += 1
                self._held.discard(whose)
                self._changed.notify_all()


def run(
    command: Sequence[str],
    pieces: Reading,
    seconds: float,
    longest: int,
    *,
    cwd: Path | None = None,
    path: str = "",
) -> Ran:
    """Give a program these bytes, and return what it made of them within so many seconds and bytes.

    It has no environment but this `path`. Raises OSError where it cannot be started.
    """
    with closing(pieces):
        return _Child(command, cwd, path).run(pieces, seconds, longest)


class _Child:
    """One program, run once, with all the processes it starts."""

    def __init__(self, command: Sequence[str], cwd: Path | None, path: str) -> None:
        self._command = list(command)
        self._cwd = cwd
        self._environment = {"PATH": path} if path else {}
        self._overrun = False

    def run(self, pieces: Reading, seconds: float, longest: int) -> Ran:
        process = subprocess.Popen(  # noqa: S603 - a list, without a shell
            self._command,
            cwd=self._cwd,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        timer = threading.Timer(seconds, self._kill, (process,))
        timer.daemon = True
        feeder = threading.Thread(target=_feed, args=(process, pieces), name="feeder", daemon=True)
        timer.start()
        feeder.start()
        try:
            output = self._answer(process, longest)
            process.wait()
        finally:
            timer.cancel()
            if process.poll() is None:
                self._kill(process)
                process.wait()
            feeder.join()
            _close(process)
        return Ran(None if self._overrun else process.returncode, output)

    def _answer(self, process: "subprocess.Popen[bytes]", longest: int) -> bytes:
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        output = bytearray()
        while piece := process.stdout.read(_PIECE):
            output += piece
            if len(output) > longest:
                self._kill(process)
                return b""
        return bytes(output)

    def _kill(self, process: "subprocess.Popen[bytes]") -> None:
        """End the program and all that it started."""
        self._overrun = True
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _feed(process: "subprocess.Popen[bytes]", pieces: Reading) -> None:
    assert process.stdin is not None  # noqa: S101 - it is a pipe
    with suppress(BrokenPipeError):  # it has made up its mind before the end
        try:
            for piece in pieces:
                process.stdin.write(piece)
        except BrokenPipeError:
            raise
        except Exception:
            log.exception("child.not_fed")
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        finally:
            process.stdin.close()


def _close(process: "subprocess.Popen[bytes]") -> None:
    if process.stdout is not None:
        process.stdout.close()
