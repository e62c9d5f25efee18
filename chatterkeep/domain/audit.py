"""What is kept of sensitive actions: who did what to which thing, and when."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Action(StrEnum):
    """What somebody did."""

    LOGGED_IN = "login"
    LOGIN_FAILED = "login.failed"
    LOGGED_OUT = "logout"
    LISTED = "conversations.viewed"
    READ = "conversation.viewed"
    REVEALED = "number.revealed"
    SEARCHED = "messages.searched"
    EXPORTED = "session.exported"
    ERASED = "session.erased"
    PURGED = "conversations.purged"
    PROVED = "number.proved"
    SIGNED_OUT = "links.ended"
    KEY_MADE = "key.made"
    KEY_REVOKED = "key.revoked"
    KEY_ROTATED = "key.rotated"
    KEY_RETIRED = "key.retired"
    SETTING_CHANGED = "setting.changed"
    ACCOUNT_CREATED = "account.created"
    PASSWORD_CHANGED = "account.password_changed"  # noqa: S105 - the name of an action
    ACCOUNT_DISABLED = "account.disabled"
    ACCOUNT_ENABLED = "account.enabled"
    ACCOUNT_LOCKED = "account.locked"
    ACCOUNT_UNLOCKED = "account.unlocked"
    SECOND_FACTOR_ON = "account.second_factor_on"
    SECOND_FACTOR_OFF = "account.second_factor_off"


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
