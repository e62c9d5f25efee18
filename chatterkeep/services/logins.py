"""Logins of staff: who is let in, and what becomes of those who try too often."""

import logging
import secrets
from datetime import datetime

from chatterkeep.domain.audit import NOBODY, Action, Actor, Entry
from chatterkeep.domain.errors import InvalidInput
from chatterkeep.domain.staff import Half, Member, clean_username, lock_after
from chatterkeep.services.passwords import NO_PASSWORD, Passwords
from chatterkeep.services.totp import step_of
from chatterkeep.storage import audit, staff
from chatterkeep.storage.crypto import CannotDecrypt, Vault, hash_token
from chatterkeep.storage.db import Database
from chatterkeep.storage.places import totp_place

log = logging.getLogger(__name__)


class Logins:
    """Lets the owners of accounts in.

    Nobody is told what was wrong, nor can the time it took tell: each attempt costs one hash and one write.
    """

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault
        self._passwords = Passwords()

    def log_in(self, username: str, password: str, request_id: str, now: datetime) -> Member | Half | None:
        """Return who this is, half of it where a second factor is still to be shown, or None.

        Each leaves its line in the audit. Raises StoreBusy.
        """
        candidate = self._candidate(username)
        fits = self._passwords.fits(password, candidate.password_hash if candidate else NO_PASSWORD)
        if candidate is None or candidate.disabled or candidate.is_locked(now) or not fits:
            self._refuse(candidate, Actor(NOBODY, request_id), "wrong password", now)
            return None
        member = candidate.member
        if member.second_factor:
            self._record(Actor(NOBODY, request_id), Action.LOGIN_BEGUN, member, now)
            return Half(member.id, member.epoch)
        renewed = self._passwords.hash(password) if self._passwords.is_outdated(candidate.password_hash) else None
        with self._database.write() as connection:
            is_in = staff.let_in(connection, member, now)
            if is_in:
                if renewed:
                    staff.renew_hash(connection, member, renewed)
                entry = Entry(Actor(member.username, request_id), Action.LOGGED_IN, member.username, "", now)
                audit.add(connection, self._vault, entry)
        if is_in:
            return member
        self._refuse(candidate, Actor(NOBODY, request_id), "changed meanwhile", now)
        return None

    def show_code(self, half: Half, code: str, request_id: str, now: datetime) -> Member | None:
        """Return who shows the code of a second factor after the password, or None. A code is good once.

        What was wrong counts towards the lock like a wrong password. Raises StoreBusy.
        """
        member = self.member(half.id, half.epoch)
        if member is None:
            return None
        step = step_of(secret, code, now) if (secret := self._secret(member)) else None
        with self._database.write() as connection:
            is_in = step is not None and staff.let_in(connection, member, now, step)
            if is_in:
                actor = Actor(member.username, request_id)
                entry = Entry(actor, Action.LOGGED_IN, member.username, "with a second factor", now)
                audit.add(connection, self._vault, entry)
        if is_in:
            return member
        reason = "wrong code" if step is None else "code used before"
        self._refuse(self._candidate(member.username), Actor(NOBODY, request_id), reason, now)
        return None

    def confirm(self, actor: Actor, password: str, now: datetime) -> bool:
        """Tell whether whoever is logged in knows the password. What was wrong counts like a failed login."""
        candidate = self._candidate(actor.name)
        fits = self._passwords.fits(password, candidate.password_hash if candidate else NO_PASSWORD)
        if candidate and fits and not candidate.is_locked(now):
            return True
        self._refuse(candidate, actor, "wrong password", now)
        return False

    def member(self, staff_id: int, epoch: int) -> Member | None:
        """Return whose account this is, None if a new password, role or second factor, or its end, came meanwhile."""
        with self._database.read() as connection:
            return staff.find_member(connection, staff_id, epoch)

    def begin(self, member: Member, now: datetime, instead_of: str = "") -> str:
        """Begin a login of somebody who was let in, in place of another one; return the secret that names it."""
        login = secrets.token_urlsafe(32)
        with self._database.write() as connection:
            staff.end_login(connection, hash_token(instead_of))
            staff.begin_login(connection, member, hash_token(login), now)
        return login

    def logged_in(self, staff_id: int, epoch: int, login: str) -> Member | None:
        """Return whose login this is, None if it has ended: it was logged out, or the account has changed."""
        with self._database.read() as connection:
            return staff.find_member(connection, staff_id, epoch, hash_token(login))

    def log_out(self, actor: Actor, login: str, now: datetime) -> None:
        """End a login: whoever has a copy of its cookie is out as well."""
        with self._database.write() as connection:
            staff.end_login(connection, hash_token(login))
            audit.add(connection, self._vault, Entry(actor, Action.LOGGED_OUT, actor.name, "", now))

    def _record(self, actor: Actor, action: Action, member: Member, now: datetime) -> None:
        with self._database.write() as connection:
            audit.add(connection, self._vault, Entry(actor, action, member.username, "", now))

    def _secret(self, member: Member) -> str | None:
        with self._database.read() as connection:
            sealed = staff.find_sealed_secret(connection, member)
        try:
            return self._vault.unseal(sealed, totp_place(member.id)) if sealed else None
        except CannotDecrypt:
            log.error("second_factor.unreadable", extra={"staff": member.id})
            return None

    def _candidate(self, username: str) -> staff.Candidate | None:
        try:
            name = clean_username(username)
        except InvalidInput:
            return None
        with self._database.read() as connection:
            return staff.find(connection, name)

    def _refuse(self, candidate: staff.Candidate | None, actor: Actor, reason: str, now: datetime) -> None:
        """Count it. Of what was typed, keep the name of an account only: it may be anything, a password too."""
        with self._database.write() as connection:
            if candidate is None or candidate.disabled:
                reason = "no such account" if candidate is None else "disabled"
                name = candidate.member.username if candidate else ""
                audit.add(connection, self._vault, Entry(actor, Action.LOGIN_FAILED, name, reason, now))
                return
            name = candidate.member.username
            failures = staff.count_failure(connection, candidate.member.id, now)
            reason = "locked" if failures is None else reason
            audit.add(connection, self._vault, Entry(actor, Action.LOGIN_FAILED, name, reason, now))
            if failures and (span := lock_after(failures)):
                staff.lock(connection, candidate.member.id, now + span)
                detail = f"for {span.total_seconds() / 60:.0f} minutes, after {failures} failed logins"
                audit.add(connection, self._vault, Entry(actor, Action.ACCOUNT_LOCKED, name, detail, now))
