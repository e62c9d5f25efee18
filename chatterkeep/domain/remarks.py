"""What is said outside of a turn: the greeting that opens a session, and what staff write."""

from dataclasses import replace
from datetime import datetime

from chatterkeep.domain.conversation import Conversation, Owner, Status, begin
from chatterkeep.domain.flow import Flow
from chatterkeep.domain.turn import Turn


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


def _said(conversation: Conversation, now: datetime, *, started: bool) -> Turn:
    after = replace(conversation, last_seq=conversation.last_seq + 1, last_message_at=now)
    return Turn(after, (), started=started)
