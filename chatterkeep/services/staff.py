"""Staff accounts and their logins."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from chatterkeep.domain.audit import COMMAND_LINE, NOBODY, Action, Actor, Entry
from chatterkeep.domain.errors import InvalidInput, NotFound, StoreBusy
from chatterkeep.domain.staff import Account, Member, Role, check_password, clean_password, clean_username
from chatterkeep.storage import audit, staff
from chatterkeep.storage.crypto import Vault
from chatterkeep.storage.db import Database
from chatterkeep.storage.gate import PATIENCE

_MEMORY: Final = 19_456
_ROUNDS: Final = 2
_AT_ONCE: Final = 2
_NO_PASSWORD: Final = f"$argon2id$v=19$m={_MEMORY},t={_ROUNDS},p=1${'A' * 22}${'A' * 43}"
"""A hash that no password has. Trying one against it costs as much as against an account's."""


class Passwords:
    """Hashes and checks passwords: Argon2id with OWASP's least memory (https://cheatsheetseries.owasp.org).

    Each hash takes 19 MiB and a core for some 40 ms, so a process works on two at a time.
    """

    def __init__(self) -> None:
        self._hasher = PasswordHasher(time_cost=_ROUNDS, memory_cost=_MEMORY, parallelism=1, type=Type.ID)
        self._room = threading.BoundedSemaphore(_AT_ONCE)

    def hash(self, password: str) -> str:
        """Return the hash to be stored. Raises StoreBusy when too many others are being made."""
        with self._turn():
            return self._hasher.hash(clean_password(password))

    def fits(self, password: str, password_hash: str) -> bool:
        """Tell whether a password has this hash. Raises StoreBusy like `hash`."""
        with self._turn():
            try:
                return self._hasher.verify(password_hash, clean_password(password))
            except (VerificationError, InvalidHashError):
                return False

    def is_outdated(self, password_hash: str) -> bool:
        """Tell whether a hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(password_hash)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._room.acquire(timeout=PATIENCE):
            raise StoreBusy("Too many people are logging in.")
        try:
            yield
        finally:
            self._room.release()


class Staff:
    """Makes accounts, and lets their owners in."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault
        self._passwords = Passwords()

    def log_in(self, username: str, password: str, request_id: str, now: datetime) -> Member | None:
        """Return who this is, or None: nobody is told what was wrong, nor can the time it took tell.

        Either leaves its line in the audit. Raises StoreBusy.
        """
        candidate = self._candidate(username)
        fits = self._passwords.fits(password, candidate.password_hash if candidate else _NO_PASSWORD)
        if candidate is None or candidate.disabled or not fits:
            self._refuse(candidate, Actor(NOBODY, request_id), now)
            return None
        member = candidate.member
        renewed = self._passwords.hash(password) if self._passwords.is_outdated(candidate.password_hash) else None
        with self._database.write() as connection:
            if renewed:
                staff.renew_hash(connection, member, renewed)
            audit.add(
                connection,
                self._vault,
                Entry(Actor(member.username, request_id), Action.LOGGED_IN, member.username, "", now),
            )
        return member

    def member(self, staff_id: int, epoch: int) -> Member | None:
        """Return whose login this is, None if it has ended: a new password or the account's end ends all."""
        with self._database.read() as connection:
            return staff.find_member(connection, staff_id, epoch)

    def is_empty(self) -> bool:
        """Tell whether nobody has an account yet."""
        with self._database.read() as connection:
            return staff.is_empty(connection)

    def accounts(self) -> tuple[Account, ...]:
        """Return all accounts by name."""
        with self._database.read() as connection:
            return staff.accounts(connection)

    def create(self, username: str, password: str, role: Role, now: datetime) -> str:
        """Make an account; return its name. Raises InvalidInput for a name that is taken, or a weak password."""
        name = clean_username(username)
        check_password(password, name)
        hashed = self._passwords.hash(password)
        with self._database.write() as connection:
            staff.add(connection, name, hashed, role, now)
            audit.add(connection, self._vault, Entry(COMMAND_LINE, Action.ACCOUNT_CREATED, name, role.value, now))
        return name

    def change_password(self, username: str, password: str, now: datetime) -> None:
        """Set a new password, which ends all logins. Raises InvalidInput or NotFound."""
        name = clean_username(username)
        check_password(password, name)
        hashed = self._passwords.hash(password)
        with self._database.write() as connection:
            if not staff.change_password(connection, name, hashed):
                raise NotFound("account")
            audit.add(connection, self._vault, Entry(COMMAND_LINE, Action.PASSWORD_CHANGED, name, "", now))

    def disable(self, username: str, now: datetime) -> None:
        """Refuse an account's logins from now on, and end those there are. Raises InvalidInput or NotFound."""
        self._set_disabled(username, now, now)

    def enable(self, username: str, now: datetime) -> None:
        """Let a disabled account log in again. Raises InvalidInput or NotFound."""
        self._set_disabled(username, None, now)

    def _candidate(self, username: str) -> staff.Candidate | None:
        try:
            name = clean_username(username)
        except InvalidInput:
            return None
        with self._database.read() as connection:
            return staff.find(connection, name)

    def _refuse(self, candidate: staff.Candidate | None, actor: Actor, now: datetime) -> None:
        """Keep the name of an account only: what is typed there may be anything, a password too."""
        name = candidate.member.username if candidate else ""
        reason = "no such account" if candidate is None else "disabled" if candidate.disabled else "wrong password"
        with self._database.write() as connection:
            audit.add(connection, self._vault, Entry(actor, Action.LOGIN_FAILED, name, reason, now))

    def _set_disabled(self, username: str, since: datetime | None, now: datetime) -> None:
        name = clean_username(username)
        action = Action.ACCOUNT_DISABLED if since else Action.ACCOUNT_ENABLED
        with self._database.write() as connection:
            if not staff.set_disabled(connection, name, since):
                raise NotFound("account")
            audit.add(connection, self._vault, Entry(COMMAND_LINE, action, name, "", now))
