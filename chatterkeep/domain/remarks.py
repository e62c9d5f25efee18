"""What is said outside of a turn: the greeting that opens a session, what staff write, and about proved numbers."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from chatterkeep.domain.conversation import Conversation, Owner, Status, begin
from chatterkeep.domain.flow import Flow
from chatterkeep.domain.turn import Turn

HEARD: Final = "Thank you, that is the right code. Your page goes on by itself."
"""What the bot answers to a code that was texted in."""

MISSED: Final = "That code is over or not right. Look at the page for the present one."
"""What the bot answers to one that proves nothing, from a number that was to be proved of late."""

PROVED: Final = (
    "This number was proved on a page, so that page shows this conversation too. "
    "If that was not you, sign out everywhere in the menu."
)
"""The line that tells all pages of a session of a proof; each shows when it was, in its reader's time."""

MOVED_ON: Final = "This number was proved by somebody after a long time, and no longer leads here."
"""The line for a session that a number no longer leads to."""


def greet(flow: Flow, now: datetime) -> Turn:
    """Return what a greeting does: it begins the first conversation, where the flow begins."""
    return _said(begin(flow, 1, now), now, started=True)


def take_over(flow: Flow, before: Conversation | None, now: datetime) -> Turn:
    """Return what a message of the staff does: it makes the conversation a person's, where the bot says nothing more.

    However long it was silent, staff go on where they read; a complete conversation is open again. Where there is
    none, or the last one is closed, the message begins a new one. `flow` is the one `before` runs.
    """
    if before is None or before.status in (Status.CLOSED, Status.EXPIRED):
        fresh = begin(flow, before.number + 1 if before else 1, now)
        return _said(replace(fresh, owner=Owner.HUMAN), now, started=True)
    return _said(replace(before, owner=Owner.HUMAN, status=Status.OPEN), now, started=False)


def acknowledge(flow: Flow, before: Conversation | None, answer: str, now: datetime, timeout: timedelta) -> Turn:
    """Return what a code does that was texted in: it gets this answer, and moves the flow nowhere."""
    if before is None:
        return _said(begin(flow, 1, now), now, started=True, replies=(answer,))
    if not before.is_over(now, timeout):
        return _said(before, now, started=False, replies=(answer,))
    still_running = before.status in (Status.OPEN, Status.COMPLETE)
    turn = _said(begin(flow, before.number + 1, now), now, started=True, replies=(answer,))
    return replace(turn, ended=Status.EXPIRED if still_running else None)


def _said(conversation: Conversation, now: datetime, *, started: bool, replies: tuple[str, ...] = ()) -> Turn:
    after = replace(conversation, last_seq=conversation.last_seq + 1 + len(replies), last_message_at=now)
    return Turn(after, replies, started=started)
