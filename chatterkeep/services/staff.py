"""Staff accounts: made, changed and ended, by their owners or at the command line."""

from datetime import datetime

from chatterkeep.domain.audit import COMMAND_LINE, Action, Actor, Entry
from chatterkeep.domain.errors import InvalidInput, NotFound
from chatterkeep.domain.staff import Account, Member, Role, check_password, clean_username
from chatterkeep.services.logins import Logins
from chatterkeep.services.totp import new_secret, step_of
from chatterkeep.storage import audit, staff
from chatterkeep.storage.crypto import CannotDecrypt
from chatterkeep.storage.places import offer_place, totp_place


class Staff(Logins):
    """Makes and changes accounts, besides letting their owners in. Each change is one line in the audit."""

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

    def change_password(self, username: str, password: str, now: datetime, actor: Actor = COMMAND_LINE) -> Member:
        """Set a new password, which ends all logins; return the account as it is now. Raises InvalidInput, NotFound."""
        name = clean_username(username)
        check_password(password, name)
        hashed = self._passwords.hash(password)
        with self._database.write() as connection:
            if not staff.change_password(connection, name, hashed):
                raise NotFound("account")
            audit.add(connection, self._vault, Entry(actor, Action.PASSWORD_CHANGED, name, "", now))
            return staff.get_member(connection, name)

    def disable(self, username: str, now: datetime) -> None:
        """Refuse an account's logins from now on, and end those there are. Raises InvalidInput or NotFound."""
        self._set_disabled(username, now, now)

    def enable(self, username: str, now: datetime) -> None:
        """Let a disabled account log in again. Raises InvalidInput or NotFound."""
        self._set_disabled(username, None, now)

    def set_role(self, username: str, role: Role, now: datetime) -> None:
        """Give an account another role, and end its logins. Raises InvalidInput or NotFound."""
        name = clean_username(username)
        with self._database.write() as connection:
            if not staff.set_role(connection, name, role):
                raise NotFound("account")
            audit.add(connection, self._vault, Entry(COMMAND_LINE, Action.ROLE_CHANGED, name, role.value, now))

    def unlock(self, username: str, now: datetime) -> None:
        """Forget an account's failed logins. Raises InvalidInput or NotFound."""
        name = clean_username(username)
        with self._database.write() as connection:
            if not staff.unlock(connection, name):
                raise NotFound("account")
            audit.add(connection, self._vault, Entry(COMMAND_LINE, Action.ACCOUNT_UNLOCKED, name, "", now))

    def begin_second_factor(self, member: Member) -> bytes:
        """Return a new secret, sealed, for its owner to carry until it is confirmed. Nothing is stored yet."""
        return self._vault.seal(new_secret(), offer_place(member.id))

    def offered_secret(self, member: Member, sealed: bytes) -> str | None:
        """Return the secret that was offered; None if it was offered to another, or before the keys changed."""
        try:
            return self._vault.unseal(sealed, offer_place(member.id))
        except CannotDecrypt:
            return None

    def set_second_factor(self, member: Member, secret: str, code: str, actor: Actor, now: datetime) -> Member:
        """Ask for a code at each login from now on; end all other logins. Raises InvalidInput for a wrong code."""
        step = step_of(secret, code, now)
        if step is None:
            raise InvalidInput("code", "This is not the code that belongs to this secret now. Try the next one.")
        sealed = self._vault.seal(secret, totp_place(member.id))
        return self._set_second_factor(
            member, sealed, step, Entry(actor, Action.SECOND_FACTOR_ON, member.username, "", now)
        )

    def end_second_factor(self, member: Member, actor: Actor, now: datetime) -> Member:
        """Ask for no code any more; end all other logins. Raises NotFound if this one has ended."""
        return self._set_second_factor(
            member, None, None, Entry(actor, Action.SECOND_FACTOR_OFF, member.username, "", now)
        )

    def drop_second_factor(self, username: str, now: datetime) -> None:
        """Ask for no code any more, since its device was lost; end all logins. Raises InvalidInput or NotFound."""
        with self._database.read() as connection:
            member = staff.get_member(connection, clean_username(username))
        self.end_second_factor(member, COMMAND_LINE, now)

    def _set_disabled(self, username: str, since: datetime | None, now: datetime) -> None:
        name = clean_username(username)
        action = Action.ACCOUNT_DISABLED if since else Action.ACCOUNT_ENABLED
        with self._database.write() as connection:
            if not staff.set_disabled(connection, name, since):
                raise NotFound("account")
            audit.add(connection, self._vault, Entry(COMMAND_LINE, action, name, "", now))

    def _set_second_factor(self, member: Member, sealed: bytes | None, step: int | None, entry: Entry) -> Member:
        with self._database.write() as connection:
            if not staff.set_second_factor(connection, member, sealed, step):
                raise NotFound("account")
            audit.add(connection, self._vault, entry)
            return staff.get_member(connection, member.username)
