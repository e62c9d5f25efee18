"""Ends a reply: its text becomes a message, once, if the bot may still speak there."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, null, or_, update

from chatterkeep.domain.answers import Failure, Usage
from chatterkeep.domain.basis import NOTHING, Basis
from chatterkeep.domain.conversation import Owner, Status
from chatterkeep.domain.messages import Author, Kind
from chatterkeep.domain.replies import FALLBACK, NOTHING_YET, Claim, ReplyState
from chatterkeep.domain.transcript import Position
from chatterkeep.storage.basis import seal_basis
from chatterkeep.storage.claims import ACTIVE, Lost, claim_next
from chatterkeep.storage.crypto import DataKey
from chatterkeep.storage.instants import to_micros
from chatterkeep.storage.models import ConversationRecord, ReplyRecord
from chatterkeep.storage.places import body_place
from chatterkeep.storage.statements import Row, Statement
from chatterkeep.storage.turn_rows import ADD_ANSWER


@dataclass(frozen=True, slots=True)
class Ending:
    """How a reply ends: what is said, and as what."""

    state: ReplyState
    kind: Kind
    text: str
    failure: Failure | None = None
    usage: Usage | None = None
    first_token_ms: int | None = None
    basis: Basis = NOTHING


@dataclass(frozen=True, slots=True)
class Ended:
    """What an ending led to: the place of its message, if anything was said, and the reply to be written next."""

    position: Position | None
    following: Claim | None


@dataclass(frozen=True, slots=True)
class Where:
    """The conversation a reply is said in: its public id, and the key of its session."""

    conversation_id: str
    data_key: DataKey


_NUMBER: Final = Statement(
    update(ConversationRecord)
    .where(
        ConversationRecord.id == bindparam("row"),
        ConversationRecord.owner == Owner.BOT.value,
        or_(ConversationRecord.status == Status.OPEN.value, ConversationRecord.status == Status.COMPLETE.value),
    )
    .values(
        last_seq=ConversationRecord.last_seq + 1,
        version=ConversationRecord.version + 1,
        last_message_at=bindparam("now"),
    )
    .returning(ConversationRecord.last_seq, ConversationRecord.number, ConversationRecord.state)
)
_END: Final = Statement(
    update(ReplyRecord)
    .where(ReplyRecord.id == bindparam("row"), ReplyRecord.fence == bindparam("seen"), ACTIVE)
    .values(
        state=bindparam("state"),
        seq=bindparam("seq"),
        failure=bindparam("failure"),
        model=bindparam("model"),
        prompt_tokens=bindparam("prompt_tokens"),
        completion_tokens=bindparam("completion_tokens"),
        first_token_ms=bindparam("first_token_ms"),
        fence=bindparam("last_fence"),
        ended_at=bindparam("now"),
        lease_until=null(),
        partial=null(),
    )
)


def stopped(so_far: str, basis: Basis = NOTHING) -> Ending:
    """Return how a reply ends that somebody stopped: what was written stays, and what it rests on."""
    if so_far.strip():
        return Ending(ReplyState.STOPPED, Kind.PARTIAL, so_far, basis=basis)
    return Ending(ReplyState.STOPPED, Kind.APOLOGY, NOTHING_YET, basis=basis)


def failed(failure: Failure, first_token_ms: int | None = None, basis: Basis = NOTHING) -> Ending:
    """Return how a reply ends that could not be written."""
    return Ending(
        ReplyState.FAILED, Kind.APOLOGY, FALLBACK, failure=failure, first_token_ms=first_token_ms, basis=basis
    )


def end(connection: Connection, held: Claim, where: Where, ending: Ending, writer: str | None, now: datetime) -> Ended:
    """End a reply under the fence of `held`, and claim for `writer`, if one is named, the one that waited for it.

    Where a person has taken over, or the conversation is over, the reply is stopped and nothing is said.
    Raises Lost, and then nothing may stay.
    """
    at = to_micros(now)
    # The conversation first, as a turn does: two that lock the same rows in another order wait for each other.
    row = _NUMBER.one(connection, row=held.conversation, now=at)
    seq = row[0] if row else None
    state = ending.state if row else ReplyState.STOPPED
    usage = ending.usage
    changed = _END.count(
        connection,
        row=held.row,
        seen=held.fence,
        last_fence=held.fence + (state is ReplyState.STOPPED),
        state=state.value,
        seq=seq,
        failure=ending.failure.value if ending.failure else None,
        model=usage.model[:128] if usage else None,
        prompt_tokens=usage.prompt_tokens if usage else None,
        completion_tokens=usage.completion_tokens if usage else None,
        first_token_ms=ending.first_token_ms,
        now=at,
    )
    if not changed:
        raise Lost
    following = claim_next(connection, held, writer, now) if writer else None
    if row is None:
        return Ended(None, following)
    _say(connection, held.conversation, where, ending, row, at)
    return Ended(Position(row[1], row[0]), following)


def _say(connection: Connection, conversation: int, where: Where, ending: Ending, place: Row, at: int) -> None:
    seq, _, state = place
    ADD_ANSWER.count(
        connection,
        conversation_id=conversation,
        seq=seq,
        author=Author.BOT.value,
        kind=ending.kind.value,
        state=state,
        body=where.data_key.encrypt(ending.text, body_place(where.conversation_id, seq)),
        basis=seal_basis(where.data_key, ending.basis, where.conversation_id, seq),
        created_at=at,
    )
