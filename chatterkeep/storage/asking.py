"""How a message comes to a generated reply: one of its own, or a part in one that is under way."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, false, insert, null, select, update

from chatterkeep.domain.replies import LEASE, Active, Claim, ReplyState, joined
from chatterkeep.storage.claims import ACTIVE, Lost
from chatterkeep.storage.instants import from_micros, to_micros
from chatterkeep.storage.models import ReplyRecord
from chatterkeep.storage.statements import Clash, Statement


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question led to: its reply, and the claim of whoever stored it and is to write it now."""

    reply_id: str
    state: ReplyState
    fence: int
    claim: Claim | None


@dataclass(frozen=True, slots=True)
class Question:
    """A stored message that asks for a generated reply: its session and conversation (rows), and its number."""

    session: int
    conversation: int
    seq: int
    now: datetime


_FIND_ACTIVE: Final = Statement(
    select(
        ReplyRecord.id,
        ReplyRecord.public_id,
        ReplyRecord.state,
        ReplyRecord.fence,
        ReplyRecord.attempt,
        ReplyRecord.asked_at,
    ).where(ReplyRecord.conversation_id == bindparam("conversation"), ACTIVE)
)
_ADD: Final = Statement(
    insert(ReplyRecord)
    .values(
        **{
            name: bindparam(name)
            for name in (
                *("public_id", "conversation_id", "question_seq", "attempt", "state", "fence", "lease_until"),
                *("claims", "writer", "created_at", "asked_at"),
            )
        }
    )
    .returning(ReplyRecord.id)
)
_ASK_AGAIN: Final = Statement(
    update(ReplyRecord)
    .where(ReplyRecord.id == bindparam("row"), ReplyRecord.fence == bindparam("seen"), ACTIVE)
    .values(
        question_seq=bindparam("seq"),
        state=bindparam("to"),
        fence=bindparam("new_fence"),
        writer=bindparam("writer"),
        lease_until=bindparam("lease"),
        asked_at=bindparam("now"),
        stopping=false(),
        partial=null(),
    )
)
_ABANDON: Final = (
    update(ReplyRecord)
    .where(ReplyRecord.conversation_id == bindparam("conversation"), ACTIVE)
    .values(
        state=ReplyState.STOPPED.value,
        fence=ReplyRecord.fence + 1,
        partial=null(),
        lease_until=null(),
        ended_at=bindparam("now"),
    )
)
_ABANDON_ALL: Final = Statement(_ABANDON)
_ABANDON_WAITING: Final = Statement(_ABANDON.where(ReplyRecord.state == ReplyState.PENDING.value))


def ask(connection: Connection, question: Question, writer: str | None) -> Asked:
    """Store that a message asks for a reply: a new one, or one more message for one that is under way.

    With the name of a `writer`, it is claimed for that one too, if nothing else is being written there. Raises Lost
    when the reply it would have joined has changed meanwhile.
    """
    active = _active(connection, question.conversation)
    own = joined(active, question.now)
    if any(reply.state is ReplyState.WRITING for reply in active if reply is not own):
        writer = None
    if own is None:
        return add_reply(connection, question, 1, writer)
    return _join(connection, question, own, writer)


def abandon(connection: Connection, conversation: int, now: int, *, waiting_only: bool = False) -> None:
    """Stop what was still to be said in a conversation, and say nothing of it. `now` in microseconds."""
    statement = _ABANDON_WAITING if waiting_only else _ABANDON_ALL
    statement.count(connection, conversation=conversation, now=now)


def _active(connection: Connection, conversation: int) -> list[Active]:
    rows = _FIND_ACTIVE.all(connection, conversation=conversation)
    return [
        Active(row, reply_id, ReplyState(state), fence, attempt, from_micros(asked_at))
        for row, reply_id, state, fence, attempt, asked_at in rows
    ]


def add_reply(connection: Connection, question: Question, attempt: int, writer: str | None) -> Asked:
    """Store an attempt at a question, claimed for the writer, if any. Raises Clash where it is there already."""
    reply_id, now = str(uuid.uuid4()), to_micros(question.now)
    state, fence = (ReplyState.WRITING, 1) if writer else (ReplyState.PENDING, 0)
    row = _ADD.key(
        connection,
        public_id=reply_id,
        conversation_id=question.conversation,
        question_seq=question.seq,
        attempt=attempt,
        state=state.value,
        fence=fence,
        claims=fence,
        writer=writer,
        lease_until=to_micros(question.now + LEASE) if writer else None,
        created_at=now,
        asked_at=now,
    )
    held = Claim(row, reply_id, question.session, question.conversation, fence) if writer else None
    return Asked(reply_id, state, fence, held)


def _join(connection: Connection, question: Question, own: Active, writer: str | None) -> Asked:
    state = ReplyState.WRITING if writer else ReplyState.PENDING
    fence = own.fence + 1 if writer or own.state is ReplyState.WRITING else own.fence
    try:
        changed = _ASK_AGAIN.count(
            connection,
            row=own.row,
            seen=own.fence,
            new_fence=fence,
            to=state.value,
            seq=question.seq,
            writer=writer,
            lease=to_micros(question.now + LEASE) if writer else None,
            now=to_micros(question.now),
        )
    except Clash as error:
        raise Lost from error
    if not changed:
        raise Lost
    held = Claim(own.row, own.reply_id, question.session, question.conversation, fence) if writer else None
    return Asked(own.reply_id, state, fence, held)
