"""Core statements, compiled once and run on the driver's connection.

A turn and a poll run the same few statements all day. Building and compiling them each time, and wrapping each row,
costs more than the database does; so the hot paths write their SQL in SQLAlchemy Core, once, and pay only the driver.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Dialect
from sqlalchemy.sql.expression import ClauseElement

Row = tuple[Any, ...]


class Clash(Exception):
    """A unique or foreign key stood in the way: somebody else was first."""


@dataclass(frozen=True, slots=True)
class _Compiled:
    sql: str
    order: tuple[str, ...] | None
    constants: Mapping[str, Any]

    def arguments(self, values: Mapping[str, Any]) -> Sequence[Any] | Mapping[str, Any]:
        values = {**self.constants, **values} if self.constants else values
        return values if self.order is None else [values[name] for name in self.order]


class Statement:
    """One Core statement. Values go to the driver as they are: pass times as microseconds."""

    def __init__(self, clause: ClauseElement) -> None:
        self._clause = clause
        self._compiled: dict[str, _Compiled] = {}

    def one(self, connection: Connection, **values: Any) -> Row | None:
        """Run it and return the first row, or None."""
        row: Row | None = self._run(connection, values).fetchone()
        return row

    def key(self, connection: Connection, **values: Any) -> int:
        """Run an INSERT that returns its row number. Raises Clash."""
        return int(self._run(connection, values).fetchone()[0])

    def all(self, connection: Connection, **values: Any) -> list[Row]:
        """Run it and return all rows."""
        rows: list[Row] = self._run(connection, values).fetchall()
        return rows

    def count(self, connection: Connection, **values: Any) -> int:
        """Run it and return the number of rows it changed. Raises Clash."""
        changed: int = self._run(connection, values).rowcount
        return changed

    def each(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> int:
        """Run it for each of the rows, and return the number of rows that all of them changed. Raises Clash."""
        compiled = self._for(connection.dialect)
        cursor: Any = _driver(connection).cursor()
        try:
            cursor.executemany(compiled.sql, [compiled.arguments(row) for row in rows])
        except _clashes(connection.dialect) as error:
            raise Clash from error
        changed: int = cursor.rowcount
        return changed

    def _run(self, connection: Connection, values: Mapping[str, Any]) -> Any:
        compiled = self._for(connection.dialect)
        try:
            return _driver(connection).execute(compiled.sql, compiled.arguments(values))
        except _clashes(connection.dialect) as error:
            raise Clash from error

    def _for(self, dialect: Dialect) -> _Compiled:
        found = self._compiled.get(dialect.name)
        if found is None:
            found = self._compiled[dialect.name] = _compile(self._clause, dialect)
        return found


def _compile(clause: ClauseElement, dialect: Dialect) -> _Compiled:
    compiled = clause.compile(dialect=dialect)
    constants = {name: value for name, value in compiled.params.items() if value is not None}
    positional = getattr(compiled, "positiontup", None)
    return _Compiled(str(compiled), tuple(positional) if positional else None, constants)


def _driver(connection: Connection) -> Any:
    return connection.connection.driver_connection


def _clashes(dialect: Dialect) -> type[Exception]:
    error: type[Exception] = dialect.loaded_dbapi.IntegrityError
    return error
