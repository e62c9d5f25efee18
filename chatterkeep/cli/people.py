"""Whom a command is about: a session by its id, or a phone number, which is better read than typed."""

import sys
from uuid import UUID

from chatterkeep.cli.group import services
from chatterkeep.domain.phone import PhoneNumber, parse_phone


def read(who: str) -> str:
    """Return what was meant: '-' stands for the first line of standard input.

    An argument stays in the history of the shell, and can be seen in the list of processes.
    """
    return sys.stdin.readline().strip() if who == "-" else who


def as_session(who: str) -> str | None:
    """Return the id of a session in its usual form, None for what is no id."""
    try:
        return str(UUID(who))
    except ValueError:
        return None


def as_number(who: str) -> PhoneNumber:
    """Return a number in whatever spelling. Raises InvalidPhone."""
    return parse_phone(who, services().region)
