"""What is kept of sensitive actions: who did what to which thing, and when."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Action(StrEnum):
    """What somebody did."""

    LOGGED_IN = "login"
    LOGIN_FAILED = "login.failed"
    LOGIN_BEGUN = "login.begun"
    LOGGED_OUT = "logout"
    REFUSED = "access.refused"
    LISTED = "conversations.viewed"
    READ = "conversation.viewed"
    REVEALED = "number.revealed"
    SEARCHED = "messages.searched"
    EXPORTED = "session.exported"
    FILE_READ = "file.downloaded"
    FILE_REMOVED = "file.removed"
    FILE_INFECTED = "file.infected"
    ERASED = "session.erased"
    DELETED = "conversation.deleted"
    PURGED = "conversations.purged"
    PROVED = "number.proved"
    SIGNED_OUT = "links.ended"
    KEY_MADE = "key.made"
    KEY_REVOKED = "key.revoked"
    KEY_INTRODUCED = "key.introduced"
    KEY_USED = "key.used"
    KEY_ROTATED = "key.rotated"
    KEY_RETIRED = "key.retired"
    SETTING_CHANGED = "setting.changed"
    AUDIT_READ = "audit.viewed"
    AUDIT_EXPORTED = "audit.exported"
    AUDIT_ACCEPTED = "audit.accepted"
    ACCOUNT_CREATED = "account.created"
    PASSWORD_CHANGED = "account.password_changed"  # noqa: S105 - the name of an action
    ACCOUNT_DISABLED = "account.disabled"
    ACCOUNT_ENABLED = "account.enabled"
    ACCOUNT_LOCKED = "account.locked"
    ACCOUNT_UNLOCKED = "account.unlocked"
    ROLE_CHANGED = "account.role_changed"
    SECOND_FACTOR_ON = "account.second_factor_on"
    SECOND_FACTOR_OFF = "account.second_factor_off"
    DOCUMENT_ADDED = "document.added"
    DOCUMENT_REPLACED = "document.replaced"
    DOCUMENT_REMOVED = "document.removed"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something, in which request (empty for a command)."""

    name: str
    request_id: str = ""


COMMAND_LINE = Actor("command line")
SERVER = Actor("server")
"""What the server does by itself, such as erasing what is too old."""

VISITOR = "visitor"
"""The name of an actor who holds the link or the number of the session that an entry is about."""

NOBODY = "nobody"
"""The name of an actor who has not proved to be anybody."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the audit. It holds names and public ids: no phone number, no word that a person wrote."""

    actor: Actor
    action: Action
    subject: str
    detail: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Sought:
    """Which entries are wanted: of one actor, of one action, from a moment on, before another; None means any."""

    actor: str | None = None
    action: Action | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def in_use(self) -> tuple[str, ...]:
        """The names of those that narrow the list."""
        return tuple(name for name in ("actor", "action", "since", "until") if getattr(self, name) is not None)


@dataclass(frozen=True, slots=True)
class Stored:
    """An entry and its place: entries are numbered 1, 2, 3 … in the order in which they were added."""

    number: int
    entry: Entry


@dataclass(frozen=True, slots=True)
class Slice:
    """A page of the audit, newest first, and whether there are older and newer entries of the kind."""

    entries: tuple[Stored, ...]
    older: bool
    newer: bool


@dataclass(frozen=True, slots=True)
class Head:
    """The newest entry: its number, and its seal in hex. Whoever notes it elsewhere can prove that it was there."""

    number: int
    seal: str

    def __str__(self) -> str:
        return f"{self.number}:{self.seal}"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the audit at one number, and at so many `more` right after it."""

    number: int
    problem: str
    more: int = 0

    def continues(self, before: "Fault") -> bool:
        """Tell whether this is the same fault as one before it, at the next number."""
        return self.problem == before.problem and self.number == before.number + before.more + 1


@dataclass(frozen=True, slots=True)
class Verified:
    """What a look over the whole audit found.

    `entries` were read, `unsealed` of them from before entries were sealed: those prove nothing. `head` is None where
    nothing is sealed yet. `noted` is the entry that this machine noted as the newest, and so looked for. `faults` are
    the first ones found, those of neighbours as one; `found` says how many there are.
    """

    entries: int
    unsealed: int
    head: Head | None
    faults: tuple[Fault, ...]
    found: int
    noted: Head | None = None
