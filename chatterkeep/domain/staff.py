"""Staff accounts as values, and what makes a user name and a password good enough."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from chatterkeep.domain.errors import InvalidInput

SHORTEST_PASSWORD: Final = 15
LONGEST_PASSWORD: Final = 128
_FEWEST_DIFFERENT: Final = 5

TRIES: Final = 10
"""After so many failed logins in a row, an account is locked."""

LONGEST_LOGIN: Final = timedelta(hours=12)
"""A login ends after this in any case."""

FIRST_LOCK: Final = timedelta(minutes=15)
LONGEST_LOCK: Final = timedelta(hours=24)
_USERNAME: Final = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")


class Role(StrEnum):
    """What somebody may do, from little to all."""

    VIEWER = "viewer"
    AGENT = "agent"
    ADMIN = "admin"

    def covers(self, asked: "Role") -> bool:
        """Tell whether this role may do what another may."""
        ranks = list(Role)
        return ranks.index(self) >= ranks.index(asked)


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who may log in. `epoch` counts what ended all logins: new passwords, the account's end."""

    id: int
    username: str
    role: Role
    epoch: int
    second_factor: bool = False


@dataclass(frozen=True, slots=True)
class Half:
    """Half a login: the password was right, the code of the second factor is still to come. It opens nothing."""

    id: int
    epoch: int


@dataclass(frozen=True, slots=True)
class Account:
    """A staff account in a list."""

    username: str
    role: Role
    created_at: datetime
    disabled_at: datetime | None
    second_factor: bool
    locked_until: datetime | None


def lock_after(failures: int) -> timedelta | None:
    """Return for how long an account is locked by its latest failed login of so many in a row; None: not at all.

    Every tenth locks it, twice as long as the one before.
    """
    if failures < TRIES or failures % TRIES:
        return None
    doublings = min(failures // TRIES - 1, 10)
    return min(FIRST_LOCK * (1 << doublings), LONGEST_LOCK)


def clean_username(text: str) -> str:
    """Return a user name as it is stored, in small letters. Raises InvalidInput."""
    name = text.strip().lower()
    if not _USERNAME.fullmatch(name):
        raise InvalidInput(
            "username",
            "A user name has 1 to 64 letters from a to z, digits, dots, hyphens, underscores or at signs.",
            "ada",
        )
    return name


def clean_password(text: str) -> str:
    """Return a password as it is hashed: one that looks the same is the same, on every keyboard."""
    return unicodedata.normalize("NFC", text)


def check_password(password: str, username: str) -> None:
    """Refuse a password that is too easily guessed. Raises InvalidInput."""
    problem = _weakness(password, username)
    if problem:
        raise InvalidInput("password", f"{problem} Several words that do not belong together make a good one.")


def _weakness(password: str, username: str) -> str | None:
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        return f"A password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters; this one has {len(password)}."
    if not password.isprintable():
        return "A password has no control characters."
    if password.casefold().strip() == username.casefold():
        return "The password is the user name."
    if len(set(password.casefold())) < _FEWEST_DIFFERENT:
        return "The password repeats the same few characters."
    return None
