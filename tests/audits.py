"""What somebody can do to the audit who has the whole database, but not the keys."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from sqlalchemy import Connection, Engine, insert, select, text

from chatterkeep.domain.audit import Action, Actor, Entry
from chatterkeep.services.audit import Audit
from chatterkeep.storage import audit
from chatterkeep.storage.crypto import Vault
from chatterkeep.storage.db import Database
from chatterkeep.storage.models_ledger import AuditRecord
from tests.make import NOW

Row = dict[str, Any]
TABLE: Any = AuditRecord.__table__


def fill(database: Database, vault: Vault, count: int) -> None:
    """Add so many entries."""
    with database.write() as connection:
        for number in range(1, count + 1):
            action = list(Action)[number % len(Action)]
            audit.add(connection, vault, Entry(Actor("ada", f"r{number}"), action, f"thing {number}", "", NOW))


def break_in(engine: Engine, *statements: str) -> None:
    """Do to the table what its triggers would refuse (on SQLite)."""
    with engine.begin() as connection:
        for name in ("update", "delete"):
            connection.execute(text(f"DROP TRIGGER audit_refuses_{name}"))
        for statement in statements:
            connection.execute(text(statement))


@contextmanager
def opened(engine: Engine) -> Iterator[Connection]:
    """A transaction in which the table refuses nothing any more, and of which nothing stays."""
    with engine.connect() as connection, connection.begin() as transaction:
        for statement in (
            "CREATE TABLE audit_open AS SELECT * FROM audit",
            "DROP TABLE audit",
            "ALTER TABLE audit_open RENAME TO audit",
        ):
            connection.execute(text(statement))
        yield connection
        transaction.rollback()


def rows_of(connection: Connection) -> list[Row]:
    """All rows, as they are stored."""
    return [dict(row) for row in connection.execute(select(TABLE).order_by(TABLE.c.id)).mappings()]


def replace_rows(connection: Connection, rows: list[Row]) -> None:
    """Put these in the place of all rows, with ids in this order."""
    connection.execute(text("DELETE FROM audit"))
    if rows:
        connection.execute(insert(TABLE), [row | {"id": place} for place, row in enumerate(rows, 1)])


class Within:
    """A database of which everything is read within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        yield self._connection


def verifying(connection: Connection, vault: Vault) -> Audit:
    """The audit as it stands in a transaction."""
    return Audit(cast(Database, Within(connection)), vault)
