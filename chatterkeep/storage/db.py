"""The engine and the only way to write.

SQLite lets one writer in at a time, and its own waiting is unfair and blocks a whole gevent worker. So writers queue
here: threads (or greenlets) on a lock, processes on a lock file that is only ever tried, never waited for inside the
kernel. Checkpoints happen inside a COMMIT and so under the same lock, which also keeps clear of the WAL-reset bug of
SQLite before 3.51.3 (https://sqlite.org/wal.html#walresetbug). PostgreSQL needs no queue.
"""

import fcntl
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, Final, TypeVar, cast

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, Engine, event, make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from chatterkeep.domain.errors import StoreBusy
from chatterkeep.storage.groupcommit import GroupCommit
from chatterkeep.storage.models import Base

Result = TypeVar("Result")

PATIENCE: Final = 5.0
"""How long a writer waits for its turn before it gives up, in seconds."""

_PAUSE: Final = 0.0005
_KEEP: Final = 4
_PRAGMAS: Final = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "busy_timeout=0",
    "secure_delete=ON",
    "cache_size=-16000",
    "temp_store=MEMORY",
    "wal_autocheckpoint=4000",
)

db = SQLAlchemy(model_class=Base)


def engine_options(url: str) -> dict[str, Any]:
    """Return the engine options for a database URL (`SQLALCHEMY_ENGINE_OPTIONS`)."""
    if make_url(url).get_backend_name() == "sqlite":
        return {"pool_size": 20, "max_overflow": 40, "pool_timeout": PATIENCE}
    return {
        "pool_size": 10,
        "max_overflow": 10,
        "pool_timeout": PATIENCE,
        "pool_pre_ping": True,
        "connect_args": {"connect_timeout": int(PATIENCE)},
    }


class Database:
    """Reads and writes. Made once for each application from its engine."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.is_sqlite = engine.dialect.name == "sqlite"
        self._writing = engine.execution_options(writes=True)
        self._gate: _Gate | None = None
        self._group: GroupCommit | None = None
        self._kept: list[Connection] = []
        self._writer: Connection | None = None
        driver = engine.dialect.loaded_dbapi
        self._unavailable = (OperationalError, PoolTimeout, driver.OperationalError, driver.InterfaceError)
        if self.is_sqlite:
            _configure_sqlite(engine)
            self._group = GroupCommit(self.write)
            if path := engine.url.database:
                self._gate = _Gate(Path(f"{path}.lock"))

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a connection for reading. Raises StoreBusy when the database cannot be reached."""
        with self._busy_is_told():
            connection = self._connection()
            try:
                yield connection
                if connection.in_transaction():
                    connection.rollback()
            except BaseException:
                connection.close()
                raise
            self._keep(connection)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open the one transaction of a write; it commits at the end, or leaves nothing behind.

        Nothing slow belongs inside. Raises StoreBusy when its turn does not come within PATIENCE.
        """
        waiting: AbstractContextManager[None] = self._gate.passage() if self._gate else nullcontext()
        with self._busy_is_told(), waiting:
            connection, self._writer = self._writer or self._writing.connect(), None
            try:
                with connection.begin():
                    yield connection
            except BaseException:
                connection.close()
                raise
            if self._gate:
                self._writer = connection  # the next writer can only be in this place
            else:
                connection.close()

    def together(self, work: Callable[[Connection], Result]) -> Result:
        """Run `work` in a write that it may share with others of this moment; return once it is durable.

        What `work` raises undoes its own changes only. Raises StoreBusy like `write`.
        """
        if self._group:
            with self._busy_is_told():
                return cast(Result, self._group.run(work))
        with self.write() as connection:
            return work(connection)

    def close(self) -> None:
        """Close every connection. Others are opened when they are needed."""
        if self._writer:
            self._kept.append(self._writer)
            self._writer = None
        while self._kept:
            self._kept.pop().close()
        self.engine.dispose()

    def _connection(self) -> Connection:
        try:
            return self._kept.pop()
        except IndexError:
            return self.engine.connect()

    def _keep(self, connection: Connection) -> None:
        """Keep a few of SQLite's connections out of the pool: getting one there costs as much as a query."""
        if self.is_sqlite and len(self._kept) < _KEEP:
            self._kept.append(connection)
        else:
            connection.close()

    def _busy_is_told(self) -> "_BusyIsTold":
        return _BusyIsTold(self._unavailable)


class _BusyIsTold:
    """Says StoreBusy for what a later attempt may heal: a lock, a full disk, a lost connection.

    A class, since the generator of a `contextmanager` costs more than a whole query's Python.
    """

    __slots__ = ("_kinds",)

    def __init__(self, kinds: tuple[type[Exception], ...]) -> None:
        self._kinds = kinds

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is not None and isinstance(error, self._kinds):
            raise StoreBusy(_reason(error)) from error


class _Gate:
    """Lets one writer at a time through, of all the threads and processes that use one SQLite file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._turn = threading.Lock()
        self._opened: tuple[int, int] = (0, -1)

    @contextmanager
    def passage(self) -> Iterator[None]:
        deadline = time.monotonic() + PATIENCE
        if not self._turn.acquire(timeout=PATIENCE):
            raise StoreBusy
        try:
            descriptor = self._descriptor()
            _lock(descriptor, deadline)
            try:
                yield
            finally:
                fcntl.flock(descriptor, fcntl.LOCK_UN)
        finally:
            self._turn.release()

    def _descriptor(self) -> int:
        """The lock file, opened by this very process: a forked child would share its parent's lock."""
        pid, descriptor = self._opened
        if pid != os.getpid():
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self._opened = (os.getpid(), descriptor)
        return descriptor


def _lock(descriptor: int, deadline: float) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise StoreBusy from None
            time.sleep(_PAUSE)
        else:
            return


def _configure_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _connected(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None  # the driver must not begin transactions of its own
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        if connection.get_execution_options().get("writes"):
            _begin_immediate(connection)
        else:
            connection.exec_driver_sql("BEGIN")


def _begin_immediate(connection: Connection) -> None:
    """Take the write lock. Only a stranger's program can be in the way: our own writers wait at the gate."""
    deadline = time.monotonic() + PATIENCE
    driver: Any = connection.connection.driver_connection
    while True:
        try:
            driver.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.005)
        else:
            return


def _reason(error: BaseException) -> str:
    driver_error = error.orig if isinstance(error, OperationalError) else error
    if getattr(driver_error, "sqlite_errorname", "") == "SQLITE_FULL":
        return "The disk is full."
    return "The database is busy."
