"""Proving a number: how codes look and are read, how many there may be, and what a proof leads to."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from chatterkeep.domain.phone import PhoneNumber

DIGITS: Final = 6
CODE_LIFETIME: Final = timedelta(minutes=10)
PROOF_LIFETIME: Final = timedelta(minutes=30)
"""How long an attempt may take, and so how long the code that its page shows can be texted in."""

TRIES: Final = 5
"""How often somebody may guess at one code."""

PAUSE: Final = timedelta(seconds=30)
"""Between two codes of one attempt."""

AGAIN: Final = timedelta(seconds=10)
"""For so long a finished attempt gives its page a link once more: a form that is sent twice must not lose it."""

REFRESH: Final = timedelta(days=1)
"""How old the last sign of a number's owner must be for a new one to be written down."""

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(hours=24)
ATTEMPTS_KEPT: Final = 2 * DAY
"""How long attempts and codes are kept: what counts them looks back for a day. Housekeeping removes them."""

_LETTERS: Final = "BCDFGHJKLMNPQRSTVWXZ"
"""No vowels, so that no code is a word, and nothing that looks like a digit."""

_SHOWN: Final = re.compile(rf"(?<!\w)([{_LETTERS}]{{3}})[ \-]?([{_LETTERS}]{{3}})(?!\w)")
_BETWEEN_DIGITS: Final = re.compile(r"(?<=\d)[\s\-.]+(?=\d)")
_RUN: Final = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many codes go to one number, how many wrong ones it bears in a day, and how many codes all get together."""

    hourly: int = 3
    daily: int = 5
    failures: int = 10
    everybody: int = 500


@dataclass(frozen=True, slots=True)
class Tally:
    """What happened of late: codes sent to a number (when), wrong codes tried for it, codes sent to all numbers."""

    sent: Sequence[datetime]
    failures: int
    everybody: int

    def allows(self, allowance: Allowance, now: datetime) -> bool:
        """Tell whether one more code may go to this number."""
        lately = sum(now - at < HOUR for at in self.sent)
        return (
            lately < allowance.hourly
            and len(self.sent) < allowance.daily
            and self.failures < allowance.failures
            and (not allowance.everybody or self.everybody < allowance.everybody)
        )


class Verdict(StrEnum):
    """What came of a code that was typed."""

    RIGHT = "right"
    WRONG = "wrong"
    SPENT = "spent"
    LOCKED = "locked"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Tried:
    """A verdict, and how many tries are left for the codes that are still good."""

    verdict: Verdict
    left: int = 0


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt to prove a number, as its page shows it.

    `asked` counts the codes that were asked for, the last one at `asked_at`; `left` are the tries at those that are
    still good, None where there is none. `heard` tells that the code of the page was texted in. Until `locked_until`
    no code of this number is compared; told to those alone who have asked for one.
    """

    phone: PhoneNumber
    shown: str
    created_at: datetime
    ends_at: datetime
    heard: bool
    asked: int
    asked_at: datetime | None
    left: int | None
    locked_until: datetime | None = None

    def wait(self, now: datetime) -> int:
        """Return the whole seconds until another code may be asked for."""
        return wait_after(self.asked_at, now)

    def locked_for(self, now: datetime) -> int:
        """Return the whole seconds until codes of this number are compared again."""
        return 0 if self.locked_until is None else max(1, -((now - self.locked_until) // timedelta(seconds=1)))

    def next_look(self, now: datetime) -> int | None:
        """Return the seconds until the page asks again whether its code was heard; None once only a person asks."""
        age = now - self.created_at
        if age < timedelta(minutes=2):
            return 2
        return 5 if age < timedelta(minutes=10) else None


def wait_after(last: datetime | None, now: datetime) -> int:
    """Return the whole seconds until another code may be asked for, after the last one."""
    return 0 if last is None else max(0, -((now - last - PAUSE) // timedelta(seconds=1)))


class Joining(StrEnum):
    """What becomes of a page's session whose number is proved."""

    AGAIN = "proved again"
    FIRST = "first proof"
    STALE = "started afresh"
    JOINS = "joined"


def joining(page: int, holder: int | None, proved_at: datetime | None, now: datetime, lifetime: timedelta) -> Joining:
    """Decide what becomes of a page's session (row) whose number is `holder`'s, with the last sign at `proved_at`.

    Where the last sign is too old, the number may be somebody else's by now: its history stays closed.
    """
    if holder is None or proved_at is None:
        return Joining.FIRST
    if holder == page:
        return Joining.AGAIN
    return Joining.STALE if is_stale(proved_at, now, lifetime) else Joining.JOINS


def is_stale(proved_at: datetime, now: datetime, lifetime: timedelta) -> bool:
    """Tell whether a number may have changed hands since the last sign of its owner."""
    return now - proved_at > lifetime


def sent_code(number: int) -> str:
    """Return a random number below a million as the code that is sent."""
    return f"{number:0{DIGITS}d}"


def typed_code(text: str) -> str:
    """Return the code in what somebody typed or pasted, such as `Your code is 123 456!`; empty where there is none.

    Digits of any script and width are read; of several numbers the one that has the length of a code counts.
    """
    plain = "".join(_digit(c) for c in unicodedata.normalize("NFKC", text[:1000]))
    whole = _RUN.findall(_BETWEEN_DIGITS.sub("", plain))
    runs = [run for run in (*whole, *_RUN.findall(plain)) if len(run) == DIGITS]
    return runs[0] if runs else ""


def shown_code(seed: bytes) -> str:
    """Return the code that a page shows, made of at least 8 random bytes: `BKD RTM`."""
    number = int.from_bytes(seed[:8])
    letters = []
    for _ in range(6):
        number, place = divmod(number, len(_LETTERS))
        letters.append(_LETTERS[place])
    return f"{''.join(letters[:3])} {''.join(letters[3:])}"


def texted_code(text: str) -> str:
    """Return what may be the code of a page in a message that came in, as `shown_code` writes it; else nothing."""
    if len(text) > 200:
        return ""
    found = _SHOWN.search(unicodedata.normalize("NFKC", text).upper())
    return f"{found[1]} {found[2]}" if found else ""


def is_hardly_more(text: str) -> bool:
    """Tell whether a message in which there may be a code says little besides: `My code is BKD RTM.`"""
    return len(text) <= 40


def message_of(code: str, host: str, product: str) -> str:
    """Word the message that carries a code. Its last line lets phones fill it in, on pages of that host only."""
    minutes = CODE_LIFETIME // timedelta(minutes=1)
    return f"{code} is your code for {product}, good for {minutes} minutes. Tell it to nobody.\n\n@{host} #{code}"


def _digit(character: str) -> str:
    value = unicodedata.decimal(character, None)
    return character if value is None else str(value)
