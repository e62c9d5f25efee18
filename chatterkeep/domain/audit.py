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
    ACCOUNT_CREATED = "account.created"
    PASSWORD_CHANGED = "account.password_changed"  # noqa: S105 - the name of an action
    ACCOUNT_DISABLED = "account.disabled"
    ACCOUNT_ENABLED = "account.enabled"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something, in which request (empty for a command)."""

    name: str
    request_id: str = ""


COMMAND_LINE = Actor("command line")
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
