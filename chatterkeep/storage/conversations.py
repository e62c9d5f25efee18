"""Lists the conversations of a session, and reads, names and holds one of them."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, and_, bindparam, func, literal_column, select, update
from sqlalchemy.orm import aliased

from chatterkeep.domain.answers import Usage
from chatterkeep.domain.conversation import Owner, Status
from chatterkeep.domain.messages import Author, Kind
from chatterkeep.domain.overviews import Overview, Said
from chatterkeep.domain.sessions import Standing
from chatterkeep.domain.titles import title_from
from chatterkeep.storage.crypto import DataKey, Forgotten, Vault
from chatterkeep.storage.file_texts import with_files
from chatterkeep.storage.instants import from_micros
from chatterkeep.storage.known import Known
from chatterkeep.storage.models import ConversationRecord, MessageRecord, ReplyRecord, SessionRecord
from chatterkeep.storage.places import body_place, title_place
from chatterkeep.storage.statements import Row, Statement
from chatterkeep.storage.threads import MESSAGES, line_of


@dataclass(frozen=True, slots=True)
class Held:
    """A conversation and its session, by row and by public id, with the key of what is written there."""

    row: int
    conversation_id: str
    number: int
    session: int
    session_id: str
    last_number: int
    data_key: DataKey


_C: Final = ConversationRecord
_MINE: Final = _C.session_id == bindparam("session")
_Cut: Final = aliased(ConversationRecord)
_Said: Final = aliased(MessageRecord)
_Note: Final = aliased(MessageRecord)

_NOTES: Final = (
    select(func.count())
    .select_from(_Note)
    .where(_Note.conversation_id == _C.id, _Note.kind == literal_column(f"'{Kind.NOTE.value}'"))
    .correlate(_C)
    .scalar_subquery()
)
_FIRST_QUESTION: Final = (
    select(_Said.seq)
    .where(_Said.conversation_id == _C.id, _Said.author == Author.CUSTOMER.value)
    .order_by(_Said.seq)
    .limit(1)
    .correlate(_C)
    .scalar_subquery()
)
_OVERVIEW: Final = (
    select(
        *(_C.public_id, _C.number, _C.flow, _C.state, _C.owner, _C.status, _C.outcome, _C.assignee),
        *(_C.last_seq - _NOTES, _C.created_at, _C.last_message_at, _C.title),
        *(MessageRecord.seq, MessageRecord.body),
    )
    .select_from(_C)
    .join(
        MessageRecord,
        and_(MessageRecord.conversation_id == _C.id, MessageRecord.seq == _FIRST_QUESTION),
        isouter=True,
    )
)
# Cut in the index alone, and joined afterwards: what is passed over is not read.
_CUT: Final = (
    select(_Cut.number)
    .where(_Cut.session_id == bindparam("session"), _Cut.number < bindparam("before"))
    .order_by(_Cut.number.desc())
    .limit(bindparam("limit"))
    .offset(bindparam("offset"))
)
LIST: Final = Statement(_OVERVIEW.where(_MINE, _C.number.in_(_CUT)).order_by(_C.number.desc()))
COUNT: Final = Statement(select(func.count()).select_from(_C).where(_MINE))
_ONE: Final = Statement(_OVERVIEW.where(_C.id == bindparam("row")))
_NAMED: Final = (
    select(
        *(_C.id, _C.public_id, _C.number),
        *(SessionRecord.id, SessionRecord.public_id, SessionRecord.last_number, SessionRecord.data_key),
    )
    .select_from(_C)
    .join(SessionRecord, SessionRecord.id == _C.session_id)
    .where(_C.public_id == bindparam("conversation_id"))
)
_FIND: Final = Statement(_NAMED)
_LOCK: Final = Statement(select(_C.id).where(_C.public_id == bindparam("conversation_id")).with_for_update())
_RENAME: Final = Statement(update(_C).where(_C.id == bindparam("row")).values(title=bindparam("name")))
_LINES: Final = Statement(
    MESSAGES.add_columns(ReplyRecord.model, ReplyRecord.prompt_tokens, ReplyRecord.completion_tokens)
    .join(
        ReplyRecord,
        and_(ReplyRecord.conversation_id == MessageRecord.conversation_id, ReplyRecord.seq == MessageRecord.seq),
        isouter=True,
    )
    .where(_C.id == bindparam("row"), MessageRecord.seq < bindparam("before"))
    .order_by(MessageRecord.seq.desc())
)


def find_held(connection: Connection, vault: Vault, conversation_id: str, session_id: str | None) -> Held | None:
    """Return a conversation; None if there is none, or if it is not of the session that is named."""
    row = _FIND.one(connection, conversation_id=conversation_id)
    if row is None or session_id not in (None, row[4]):
        return None
    try:
        data_key = vault.data_key(bytes(row[6]), row[4])
    except Forgotten:
        return None
    return Held(row[0], row[1], row[2], row[3], row[4], row[5], data_key)


def hold(connection: Connection, vault: Vault, conversation_id: str, session_id: str | None) -> Held | None:
    """Return the same, which nobody else changes until this write ends.

    It is locked first and read then: whoever gives the session a new key, or erases it, locks conversations first too.
    """
    _LOCK.one(connection, conversation_id=conversation_id)
    return find_held(connection, vault, conversation_id, session_id)


def count_conversations(connection: Connection, session: int) -> int:
    """Return how many conversations a session (row) has. Read from the index alone."""
    row = COUNT.one(connection, session=session)
    return int(row[0]) if row else 0


def list_overviews(connection: Connection, known: Known, before: int, limit: int, offset: int) -> list[Overview]:
    """Return up to `limit` conversations of a session whose number is smaller, newest first, behind `offset` more."""
    rows = LIST.all(connection, session=known.session, before=before, limit=limit, offset=offset)
    return [_overview(known, row) for row in rows]


def read_overview(connection: Connection, held: Held) -> Overview:
    """Return a conversation without its messages."""
    row = _ONE.one(connection, row=held.row)
    assert row is not None  # noqa: S101 - the same moment of the database in which it was found
    return _overview(held, row)


def read_said(connection: Connection, held: Held, before: int, limit: int) -> list[Said]:
    """Return the last `limit` messages of a conversation before a number, oldest first; no notes."""
    rows = _LINES.all(connection, row=held.row, before=before, limit=limit)[::-1]
    lines = with_files(connection, held.session, held.data_key, [line_of(row[:-3], held.data_key) for row in rows])
    return [Said(line, _usage(row[-3:])) for line, row in zip(lines, rows, strict=True)]


def rename(connection: Connection, held: Held, title: str | None) -> None:
    """Give a conversation a name; without one it is called by its first question again."""
    name = None if title is None else held.data_key.encrypt(title, title_place(held.conversation_id))
    _RENAME.count(connection, row=held.row, name=name)


def open_title(data_key: DataKey, sealed: bytes | None, conversation_id: str) -> str | None:
    """Return the name that a conversation was given. Raises CannotDecrypt."""
    return None if sealed is None else data_key.decrypt(bytes(sealed), title_place(conversation_id))


def _overview(held: Held | Known, row: Row) -> Overview:
    conversation_id, number, *stands, messages, begun, last, title, seq, body = row
    flow, state, owner, status, outcome, assignee = stands
    given = open_title(held.data_key, title, conversation_id)
    asked = None if body is None else title_from(held.data_key.decrypt(bytes(body), body_place(conversation_id, seq)))
    return Overview(
        conversation_id=conversation_id,
        session_id=held.session_id,
        number=number,
        title=asked if given is None else given,
        standing=Standing(flow, state, Owner(owner), Status(status), outcome, assignee),
        messages=messages,
        created_at=from_micros(begun),
        last_message_at=from_micros(last),
        goes_on=number == held.last_number and Status(status) in (Status.OPEN, Status.COMPLETE),
    )


def _usage(columns: Row) -> Usage | None:
    model, prompt, completion = columns
    return Usage(model, prompt or 0, completion or 0) if model else None
