"""Commits the writes of one moment together.

A commit waits for the disk, and on SQLite everybody waits for the commit. So writes that are ready at the same time
share one transaction: the first of them leads, the others wait for it. Each runs in a savepoint of its own, so that
one that fails leaves nothing behind and harms nobody; and none returns before all are durable.
"""

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Final

from sqlalchemy import Connection

LARGEST: Final = 64
"""How many writes share a transaction at most: the lock must not be held for long."""

Work = Callable[[Connection], Any]


class GroupCommit:
    """Runs writes, those of one moment in one transaction. `write` opens the transaction and commits it at its end."""

    def __init__(self, write: Callable[[], AbstractContextManager[Connection]]) -> None:
        self._write = write
        self._lock = threading.Lock()
        self._waiting: list[_Job] = []
        self._led = False

    def run(self, work: Work) -> Any:
        """Run `work` and return what it returned, once that is durable. Raises what `work` or the commit raised."""
        job = _Job(work)
        with self._lock:
            self._waiting.append(job)
            leads, self._led = not self._led, True
        if not leads:
            job.wait()
        if not job.done:
            self._lead()
        return job.result()

    def _lead(self) -> None:
        self._gather()
        with self._lock:
            batch, self._waiting = self._waiting[:LARGEST], self._waiting[LARGEST:]
        try:
            self._commit(batch)
        finally:
            self._hand_over()
            for job in batch:
                job.wake()

    def _gather(self) -> None:
        """Let those come along that are nearly ready, as long as each look finds more of them."""
        seen = 0
        while seen < len(self._waiting) < LARGEST:
            seen = len(self._waiting)
            time.sleep(0)

    def _commit(self, batch: list["_Job"]) -> None:
        try:
            with self._write() as connection:
                if len(batch) == 1:
                    batch[0].run(connection)
                else:
                    for job in batch:
                        job.run_apart(connection)
        except BaseException as error:
            for job in batch:
                job.fail(error)
        for job in batch:
            job.done = True

    def _hand_over(self) -> None:
        """Let the first of those that came meanwhile lead; this one has an answer to bring home."""
        with self._lock:
            successor = self._waiting[0] if self._waiting else None
            self._led = successor is not None
        if successor:
            successor.wake()


class _Job:
    """One write, and what came of it."""

    __slots__ = ("_error", "_value", "_waiting", "_work", "done")

    def __init__(self, work: Work) -> None:
        self._work = work
        self._value: Any = None
        self._error: BaseException | None = None
        self._waiting = threading.Lock()
        self._waiting.acquire()
        self.done = False

    def wait(self) -> None:
        self._waiting.acquire()

    def wake(self) -> None:
        if self._waiting.locked():
            self._waiting.release()

    def run(self, connection: Connection) -> None:
        self._value = self._work(connection)

    def run_apart(self, connection: Connection) -> None:
        driver: Any = connection.connection.driver_connection
        driver.execute("SAVEPOINT job")
        try:
            self._value = self._work(connection)
        except Exception as error:
            self._error = error
            driver.execute("ROLLBACK TO job")
        driver.execute("RELEASE job")

    def fail(self, error: BaseException) -> None:
        self._error = self._error or error

    def result(self) -> Any:
        if self._error is not None:
            raise self._error
        return self._value
