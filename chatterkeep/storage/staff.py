"""Keeps staff accounts. Whatever ends an account's logins moves its epoch on.

Failed logins are counted by the database itself, so that none of many at the same moment is lost.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from chatterkeep.domain.errors import InvalidInput, NotFound
from chatterkeep.domain.staff import LONGEST_LOGIN, Account, Member, Role
from chatterkeep.storage.models_access import LoginRecord, StaffRecord

_MEMBER: Final[tuple[Any, ...]] = (
    StaffRecord.id,
    StaffRecord.username,
    StaffRecord.role,
    StaffRecord.epoch,
    StaffRecord.totp.is_not(None).label("second_factor"),
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An account that somebody wants to log in to, and what its password must fit."""

    member: Member
    password_hash: str
    disabled: bool
    locked_until: datetime | None

    def is_locked(self, now: datetime) -> bool:
        """Tell whether even the right password is refused."""
        return self.locked_until is not None and self.locked_until > now

    def __repr__(self) -> str:
        return f"Candidate({self.member.username})"


def find(connection: Connection, username: str) -> Candidate | None:
    """Return the account of that name, None if there is none."""
    query = select(*_MEMBER, StaffRecord.password_hash, StaffRecord.disabled_at, StaffRecord.locked_until)
    row = connection.execute(query.where(StaffRecord.username == username)).first()
    if row is None:
        return None
    return Candidate(_member(row), row.password_hash, row.disabled_at is not None, row.locked_until)


def get_member(connection: Connection, username: str) -> Member:
    """Return the account of that name. Raises NotFound."""
    candidate = find(connection, username)
    if candidate is None:
        raise NotFound("account")
    return candidate.member


def find_member(connection: Connection, staff: int, epoch: int, login: bytes | None = None) -> Member | None:
    """Return whose account this is, None if it has changed since, or if a login (by its hash) has ended."""
    record = StaffRecord
    query = select(*_MEMBER).where(record.id == staff, record.epoch == epoch, record.disabled_at.is_(None))
    if login is not None:
        query = query.join(LoginRecord, LoginRecord.staff_id == record.id).where(LoginRecord.hash == login)
    row = connection.execute(query).first()
    return _member(row) if row else None


def begin_login(connection: Connection, member: Member, login: bytes, now: datetime) -> None:
    """Keep a login (by its hash); forget those that can hold no longer."""
    connection.execute(delete(LoginRecord).where(LoginRecord.began_at < now - LONGEST_LOGIN))
    connection.execute(insert(LoginRecord).values(hash=login, staff_id=member.id, began_at=now))


def end_login(connection: Connection, login: bytes) -> None:
    """Forget a login, which ends it."""
    connection.execute(delete(LoginRecord).where(LoginRecord.hash == login))


def accounts(connection: Connection) -> tuple[Account, ...]:
    """Return all accounts by name."""
    table = StaffRecord
    columns: tuple[Any, ...] = (*_MEMBER, table.created_at, table.disabled_at, table.locked_until)
    return tuple(
        Account(row.username, Role(row.role), row.created_at, row.disabled_at, row.second_factor, row.locked_until)
        for row in connection.execute(select(*columns).order_by(table.username))
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


def set_role(connection: Connection, username: str, role: Role) -> bool:
    """Give an account another role, and end all logins. False where there is no such account."""
    return _change(connection, username, role=role.value, epoch=StaffRecord.epoch + 1)


def count_failure(connection: Connection, staff: int, now: datetime) -> int | None:
    """Count a failed login; return how many there are in a row. None while the account is locked: none counts then."""
    counted = (
        update(StaffRecord)
        .where(StaffRecord.id == staff, _unlocked(now))
        .values(failures=StaffRecord.failures + 1)
        .returning(StaffRecord.failures)
    )
    return connection.scalar(counted)


def lock(connection: Connection, staff: int, until: datetime) -> None:
    """Refuse an account's logins until then."""
    connection.execute(update(StaffRecord).where(StaffRecord.id == staff).values(locked_until=until))


def unlock(connection: Connection, username: str) -> bool:
    """Forget an account's failed logins. False where there is no such account."""
    return _change(connection, username, failures=0, locked_until=None)


def let_in(connection: Connection, member: Member, now: datetime, step: int | None = None) -> bool:
    """Let somebody in who has proved who it is, and forget the failed logins.

    False if the account has been locked, changed or disabled meanwhile, or a code of this step or a later one used.
    """
    record = StaffRecord
    open_now = [record.id == member.id, record.epoch == member.epoch, record.disabled_at.is_(None), _unlocked(now)]
    values: dict[str, Any] = {"failures": 0, "locked_until": None}
    if step is not None:
        open_now.append(or_(record.totp_step.is_(None), record.totp_step < step))
        values["totp_step"] = step
    return bool(connection.execute(update(record).where(*open_now).values(**values)).rowcount)


def find_sealed_secret(connection: Connection, member: Member) -> bytes | None:
    """Return the sealed secret of a second factor; None where there is none, or the login has ended."""
    of_member = (StaffRecord.id == member.id, StaffRecord.epoch == member.epoch)
    return connection.scalar(select(StaffRecord.totp).where(*of_member))


def set_second_factor(connection: Connection, member: Member, sealed: bytes | None, step: int | None) -> bool:
    """Set an account's second factor, or with None remove it, and end all logins. False if this one has ended."""
    changed = (
        update(StaffRecord)
        .where(StaffRecord.id == member.id, StaffRecord.epoch == member.epoch)
        .values(totp=sealed, totp_step=step, epoch=StaffRecord.epoch + 1)
    )
    return bool(connection.execute(changed).rowcount)


def renew_hash(connection: Connection, member: Member, password_hash: str) -> None:
    """Keep the same password's new hash, unless the password was changed meanwhile."""
    connection.execute(
        update(StaffRecord)
        .where(StaffRecord.id == member.id, StaffRecord.epoch == member.epoch)
        .values(password_hash=password_hash)
    )


def _unlocked(now: datetime) -> ColumnElement[bool]:
    return or_(StaffRecord.locked_until.is_(None), StaffRecord.locked_until <= now)


def _change(connection: Connection, username: str, **values: object) -> bool:
    statement = update(StaffRecord).where(StaffRecord.username == username).values(**values)
    return bool(connection.execute(statement).rowcount)


def _member(row: Any) -> Member:
    return Member(row.id, row.username, Role(row.role), row.epoch, row.second_factor)
