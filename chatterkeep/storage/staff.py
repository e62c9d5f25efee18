"""Keeps staff accounts. Whatever ends an account's logins moves its epoch on."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from chatterkeep.domain.errors import InvalidInput
from chatterkeep.domain.staff import Account, Member, Role
from chatterkeep.storage.models_access import StaffRecord

_MEMBER = (StaffRecord.id, StaffRecord.username, StaffRecord.role, StaffRecord.epoch)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An account that somebody wants to log in to, and what its password must fit."""

    member: Member
    password_hash: str
    disabled: bool

    def __repr__(self) -> str:
        return f"Candidate({self.member.username})"


def find(connection: Connection, username: str) -> Candidate | None:
    """Return the account of that name, None if there is none."""
    query = select(*_MEMBER, StaffRecord.password_hash, StaffRecord.disabled_at)
    row = connection.execute(query.where(StaffRecord.username == username)).first()
    if row is None:
        return None
    return Candidate(_member(row), row.password_hash, row.disabled_at is not None)


def find_member(connection: Connection, staff: int, epoch: int) -> Member | None:
    """Return who logged in to an account, None if that login has ended."""
    query = select(*_MEMBER).where(
        StaffRecord.id == staff, StaffRecord.epoch == epoch, StaffRecord.disabled_at.is_(None)
    )
    row = connection.execute(query).first()
    return _member(row) if row else None


def accounts(connection: Connection) -> tuple[Account, ...]:
    """Return all accounts by name."""
    table = StaffRecord
    query = select(table.username, table.role, table.created_at, table.disabled_at).order_by(table.username)
    return tuple(
        Account(row.username, Role(row.role), row.created_at, row.disabled_at) for row in connection.execute(query)
    )


def is_empty(connection: Connection) -> bool:
    """Tell whether there is no account at all."""
    return connection.execute(select(StaffRecord.id).limit(1)).first() is None


def add(connection: Connection, username: str, password_hash: str, role: Role, now: datetime) -> None:
    """Add an account. Raises InvalidInput for a name that is taken."""
    values = {"username": username, "password_hash": password_hash, "role": role.value, "epoch": 1, "created_at": now}
    try:
        connection.execute(insert(StaffRecord).values(values))
    except IntegrityError as error:
        raise InvalidInput("username", f"There is an account named {username} already.") from error


def change_password(connection: Connection, username: str, password_hash: str) -> bool:
    """Set a new password and end all logins. False where there is no such account."""
    return _change(connection, username, password_hash=password_hash, epoch=StaffRecord.epoch + 1)


def set_disabled(connection: Connection, username: str, since: datetime | None) -> bool:
    """Disable an account, or with None enable it, and end all logins. False where there is no such account."""
    return _change(connection, username, disabled_at=since, epoch=StaffRecord.epoch + 1)


def renew_hash(connection: Connection, member: Member, password_hash: str) -> None:
    """Keep the same password's new hash, unless the password was changed meanwhile."""
    connection.execute(
        update(StaffRecord)
        .where(StaffRecord.id == member.id, StaffRecord.epoch == member.epoch)
        .values(password_hash=password_hash)
    )


def _change(connection: Connection, username: str, **values: object) -> bool:
    statement = update(StaffRecord).where(StaffRecord.username == username).values(**values)
    return bool(connection.execute(statement).rowcount)


def _member(row: Any) -> Member:
    return Member(row.id, row.username, Role(row.role), row.epoch)
