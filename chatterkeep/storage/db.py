"""The engine and the only way to write.

SQLite lets one writer in at a time, and its own waiting is unfair and blocks a whole gevent worker. So writers queue at
a gate (gate.py). Checkpoints happen behind it as well, which also keeps clear of the WAL-reset bug of SQLite before
3.51.3 (https://sqlite.org/wal.html#walresetbug). PostgreSQL needs no queue.
"""

import sqlite3
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
from chatterkeep.storage.gate import PATIENCE, Gate
from chatterkeep.storage.groupcommit import GroupCommit
from chatterkeep.storage.models import Base
from chatterkeep.storage.private import keep_private

Result = TypeVar("Result")

_KEEP: Final = 4
_PAUSE: Final = 0.005
_BETWEEN_TRIES: Final = 0.02
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
        self._reading = engine if self.is_sqlite else engine.execution_options(isolation_level="REPEATABLE READ")
        self._gate: Gate | None = None
        self._group: GroupCommit | None = None
        self._kept: list[Connection] = []
        self._writer: Connection | None = None
        self._after: dict[str, Callable[[Any], None]] = {}
        driver = engine.dialect.loaded_dbapi
        self._unavailable = (OperationalError, PoolTimeout, driver.OperationalError, driver.InterfaceError)
        if self.is_sqlite:
            _configure_sqlite(engine)
            self._group = GroupCommit(self.write)
            if path := engine.url.database:
                self._gate = Gate(Path(f"{path}.lock"))

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a connection for reading; all that is read sees one moment, however many statements it takes.

        Raises StoreBusy when the database cannot be reached.
        """
        with self._busy_is_told():
            connection = self._connection()
            try:
                if self.is_sqlite:
                    _begin(connection)
                yield connection
                if connection.in_transaction():
                    connection.rollback()
                elif self.is_sqlite:
                    _driver(connection).execute("ROLLBACK")
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
                for mark in self._after:
                    connection.info.pop(mark, None)  # of a write before this one
                with connection.begin():
                    yield connection
            except BaseException:
                connection.close()
                raise
            left = [(work, connection.info[mark]) for mark, work in self._after.items() if mark in connection.info]
            if self._gate:
                self._writer = connection  # the next writer can only be in this place
            else:
                connection.close()
        for work, mark in left:
            work(mark)

    def after(self, mark: str, work: Callable[[Any], None]) -> None:
        """Have `work` done after each write that leaves this mark in its connection's `info`, once it is durable."""
        self._after[mark] = work

    def together(self, work: Callable[[Connection], Result]) -> Result:
        """Run `work` in a write that it may share with others of this moment; return once it is durable.

        What `work` raises undoes its own changes only. Raises StoreBusy like `write`.
        """
        if self._group:
            with self._busy_is_told():
                return cast(Result, self._group.run(work))
        with self.write() as connection:
            return work(connection)

    def empty_log(self, patience: float) -> bool:
        """Bring SQLite's write-ahead log into its file and empty it, so that it holds nothing of what was erased.

        A reader that looks at an older state is in the way, and is not hurried: tries again for `patience` seconds,
        and tells whether it is done. On PostgreSQL there is nothing to do here. Raises StoreBusy.
        """
        if self._gate is None:
            return True
        deadline = time.monotonic() + patience
        while True:
            with self._busy_is_told(), self._gate.passage(), self.engine.connect() as connection:
                is_in_the_way = _driver(connection).execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            if not is_in_the_way or time.monotonic() > deadline:
                return not is_in_the_way
            time.sleep(_BETWEEN_TRIES)

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
            return self._reading.connect()

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


def _configure_sqlite(engine: Engine) -> None:
    keep_private(engine)

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
            _begin(connection)


def _begin(connection: Connection) -> None:
    """Begin to read, unless that has happened: hot paths ask the driver, past SQLAlchemy's own transaction."""
    driver = _driver(connection)
    if not driver.in_transaction:
        driver.execute("BEGIN")


def _begin_immediate(connection: Connection) -> None:
    """Take the write lock. Only a stranger's program can be in the way: our own writers wait at the gate."""
    deadline = time.monotonic() + PATIENCE
    driver = _driver(connection)
    while True:
        try:
            driver.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(_PAUSE)
        else:
            return


def _driver(connection: Connection) -> Any:
    return connection.connection.driver_connection


def _reason(error: BaseException) -> str:
    driver_error = error.orig if isinstance(error, OperationalError) else error
    if getattr(driver_error, "sqlite_errorname", "") == "SQLITE_FULL":
        return "The disk is full."
    return "The database is busy."
