"""Reads replies: one by its id, those of a conversation, and what a writer needs to begin."""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, and_, bindparam, func, or_, select

from chatterkeep.domain.answers import Failure, Usage
from chatterkeep.domain.conversation import Owner, Status
from chatterkeep.domain.messages import Author, Kind
from chatterkeep.domain.replies import Claim, Reply, ReplyState
from chatterkeep.domain.transcript import Line, Position
from chatterkeep.storage.basis import open_basis
from chatterkeep.storage.claims import ACTIVE
from chatterkeep.storage.crypto import DataKey, Forgotten, Vault
from chatterkeep.storage.endings import Where
from chatterkeep.storage.instants import from_micros
from chatterkeep.storage.models import ConversationRecord, MessageRecord, ReplyRecord, SessionRecord
from chatterkeep.storage.places import body_place, partial_place
from chatterkeep.storage.statements import Row, Statement


@dataclass(frozen=True, slots=True)
class Stored:
    """A reply as its row says, with what leads to its conversation. `speaks` tells that the bot still answers there."""

    reply: Reply
    claim: Claim
    where: Where
    flow: str
    flow_version: str
    speaks: bool


_READ: Final = (
    select(
        ReplyRecord.id,
        ReplyRecord.public_id,
        ReplyRecord.state,
        ReplyRecord.fence,
        ReplyRecord.partial,
        ReplyRecord.seq,
        ReplyRecord.question_seq,
        ReplyRecord.attempt,
        ReplyRecord.failure,
        ReplyRecord.model,
        ReplyRecord.prompt_tokens,
        ReplyRecord.completion_tokens,
        ReplyRecord.created_at,
        ReplyRecord.ended_at,
        ConversationRecord.id,
        ConversationRecord.public_id,
        ConversationRecord.number,
        ConversationRecord.flow,
        ConversationRecord.flow_version,
        ConversationRecord.owner,
        ConversationRecord.status,
        SessionRecord.id,
        SessionRecord.public_id,
        SessionRecord.data_key,
        MessageRecord.body,
        ReplyRecord.claims,
        MessageRecord.basis,
    )
    .select_from(ReplyRecord)
    .join(ConversationRecord, ConversationRecord.id == ReplyRecord.conversation_id)
    .join(SessionRecord, SessionRecord.id == ConversationRecord.session_id)
    .join(
        MessageRecord,
        and_(MessageRecord.conversation_id == ReplyRecord.conversation_id, MessageRecord.seq == ReplyRecord.seq),
        isouter=True,
    )
)


def _read_where(*conditions: Any) -> Statement:
    return Statement(_READ.where(*conditions))


_BY_ID: Final = _read_where(ReplyRecord.public_id == bindparam("reply_id"))
_BY_ROW: Final = _read_where(ReplyRecord.id == bindparam("row"))
_SAID_AT: Final = _read_where(
    ConversationRecord.public_id == bindparam("conversation_id"), ReplyRecord.seq == bindparam("seq")
)
_NEWEST: Final = Statement(
    _READ.where(ReplyRecord.conversation_id == bindparam("conversation"))
    .order_by(ReplyRecord.question_seq.desc(), ReplyRecord.attempt.desc())
    .limit(1)
)
_UNDER_WAY: Final = _read_where(ReplyRecord.conversation_id == bindparam("conversation"), ACTIVE)
_FIRST_TO: Final = Statement(
    _READ.where(ReplyRecord.conversation_id == bindparam("conversation"), ReplyRecord.question_seq >= bindparam("seq"))
    .order_by(ReplyRecord.question_seq, ReplyRecord.attempt)
    .limit(1)
)
_LAST_ATTEMPT: Final = Statement(
    _READ.where(ReplyRecord.conversation_id == bindparam("conversation"), ReplyRecord.question_seq == bindparam("seq"))
    .order_by(ReplyRecord.attempt.desc())
    .limit(1)
)
_LAST_ASKED: Final = Statement(
    select(func.max(MessageRecord.seq)).where(
        MessageRecord.conversation_id == bindparam("conversation"), MessageRecord.author == Author.CUSTOMER.value
    )
)
# A reply stands behind the question it answers, whatever was said before it was finished.
_TALK: Final = Statement(
    select(
        MessageRecord.seq,
        MessageRecord.author,
        MessageRecord.kind,
        MessageRecord.state,
        MessageRecord.body,
        MessageRecord.created_at,
        ReplyRecord.question_seq,
    )
    .join(
        ReplyRecord,
        and_(ReplyRecord.conversation_id == MessageRecord.conversation_id, ReplyRecord.seq == MessageRecord.seq),
        isouter=True,
    )
    .where(
        MessageRecord.conversation_id == bindparam("conversation"),
        or_(
            MessageRecord.kind == Kind.TEXT.value,
            MessageRecord.kind == Kind.ANSWER.value,
            MessageRecord.kind == Kind.PARTIAL.value,
        ),
        or_(
            and_(ReplyRecord.question_seq.is_(None), MessageRecord.seq <= bindparam("until")),
            ReplyRecord.question_seq < bindparam("until"),
        ),
    )
    .order_by(MessageRecord.seq.desc())
    .limit(bindparam("limit"))
)


def find_reply(connection: Connection, vault: Vault, reply_id: str) -> Stored | None:
    """Return a reply by its public id."""
    if not (reply_id.isascii() and reply_id.isprintable()):  # PostgreSQL takes no NUL
        return None
    return _stored(vault, _BY_ID.one(connection, reply_id=reply_id))


def reply_of(connection: Connection, vault: Vault, held: Claim) -> Stored | None:
    """Return the reply of a claim; None once its session was erased. Raises CannotDecrypt."""
    return _stored(vault, _BY_ROW.one(connection, row=held.row))


def reply_said_in(connection: Connection, vault: Vault, line: Line) -> Stored | None:
    """Return the reply that a message is, or None for a text of the flow or of a person."""
    if line.kind not in (Kind.ANSWER, Kind.PARTIAL, Kind.APOLOGY):
        return None
    return _stored(vault, _SAID_AT.one(connection, conversation_id=line.conversation_id, seq=line.position.seq))


def reply_to(connection: Connection, vault: Vault, conversation: int, seq: int) -> Stored | None:
    """Return the first reply to a message, or None where none was asked for."""
    return _stored(vault, _FIRST_TO.one(connection, conversation=conversation, seq=seq))


def last_attempt(connection: Connection, vault: Vault, conversation: int, question_seq: int) -> Stored | None:
    """Return the newest of the replies to one question."""
    return _stored(vault, _LAST_ATTEMPT.one(connection, conversation=conversation, seq=question_seq))


def present_reply(connection: Connection, vault: Vault, conversation: int) -> Stored | None:
    """Return the reply that matters now: the one that is written, or that waits, or the last one that ended."""
    active = replies_under_way(connection, vault, conversation)
    if active:
        return min(active, key=lambda stored: stored.reply.state is ReplyState.PENDING)
    return _stored(vault, _NEWEST.one(connection, conversation=conversation))


def replies_under_way(connection: Connection, vault: Vault, conversation: int) -> list[Stored]:
    """Return the replies of a conversation that have not ended: one that is written, one that waits."""
    rows = _UNDER_WAY.all(connection, conversation=conversation)
    return [stored for row in rows if (stored := _stored(vault, row))]


def last_question(connection: Connection, conversation: int) -> int:
    """Return the number of the newest message of the customer."""
    row = _LAST_ASKED.one(connection, conversation=conversation)
    return (row and row[0]) or 0


def talk(connection: Connection, stored: Stored, limit: int) -> list[Line]:
    """Return what was said up to the question of a reply, oldest first, the question last.

    Of several attempts at one question, the last one counts.
    """
    until = stored.reply.question_seq
    rows = _TALK.all(connection, conversation=stored.claim.conversation, until=until, limit=limit)
    ordered = sorted({_place_in_talk(row): row for row in rows[::-1]}.items())
    where = stored.where
    return [
        Line(
            position=Position(0, seq),
            conversation_id=where.conversation_id,
            author=Author(author),
            kind=Kind(kind),
            state=state,
            text=where.data_key.decrypt(bytes(body), body_place(where.conversation_id, seq)),
            created_at=from_micros(created_at),
        )
        for _, (seq, author, kind, state, body, created_at, _) in ordered
    ]


def _place_in_talk(row: Row) -> tuple[int, int]:
    return (row[6], 1) if row[6] is not None else (row[0], 0)


def _stored(vault: Vault, row: Row | None) -> Stored | None:
    if row is None:
        return None
    try:
        data_key = vault.data_key(bytes(row[23]), row[22])
    except Forgotten:  # its session is being erased
        return None
    reply = Reply(
        reply_id=row[1],
        session_id=row[22],
        conversation_id=row[15],
        state=ReplyState(row[2]),
        fence=row[3],
        text=_text(row, data_key),
        question_seq=row[6],
        attempt=row[7],
        created_at=from_micros(row[12]),
        position=Position(row[16], row[5]) if row[5] is not None else None,
        failure=Failure(row[8]) if row[8] else None,
        usage=Usage(row[9], row[10] or 0, row[11] or 0) if row[9] else None,
        basis=open_basis(data_key, row[26], row[15], row[5]),
    )
    return Stored(
        reply=reply,
        claim=Claim(row[0], row[1], row[21], row[14], row[3], row[25]),
        where=Where(row[15], data_key),
        flow=row[17],
        flow_version=row[18],
        speaks=row[19] == Owner.BOT.value and row[20] in (Status.OPEN.value, Status.COMPLETE.value),
    )


def _text(row: Row, data_key: DataKey) -> str:
    if row[24] is not None:
        return data_key.decrypt(bytes(row[24]), body_place(row[15], row[5]))
    return data_key.decrypt(bytes(row[4]), partial_place(row[1])) if row[4] is not None else ""
