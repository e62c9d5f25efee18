"""Finds messages by their words, newest first, in work that is bounded however many there are.

The rarest word leads: its entries are walked from the newest on, and the other words are looked up beside each by
primary key. What passes is decrypted and looked at once more, since a phrase must stand as it was typed, and no hash
may decide what is shown.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    LargeBinary,
    Select,
    and_,
    bindparam,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.orm import aliased

from chatterkeep.domain.conversation import Status
from chatterkeep.domain.markdown import plain_text
from chatterkeep.domain.messages import Author, Kind
from chatterkeep.domain.search import Hit, Hits, Mark, Query, Span
from chatterkeep.storage.crypto import Vault
from chatterkeep.storage.inbox import SESSION, addresses_of, open_data_key, readable, who_of
from chatterkeep.storage.instants import Instant, to_micros
from chatterkeep.storage.models import ConversationRecord, Key, MessageRecord, SessionRecord, WordRecord
from chatterkeep.storage.places import body_place
from chatterkeep.storage.statements import Statement
from chatterkeep.storage.words import word_of

LOOKUPS: Final = 20_000
"""How many entries of the index one search looks at, those beside the leading ones too."""

READS: Final = 500
"""How many messages one search decrypts."""

_FIRST: Final = 100
_LARGEST: Final = 2_000
_TOGETHER: Final = 51
_COUNTED: Final = 10_000
"""Up to how many entries of a word are counted, to find the rarest."""


_SLOTS: Final = range(_TOGETHER)
_MESSAGES: Final = Statement(
    select(
        *(ConversationRecord.id, ConversationRecord.public_id, ConversationRecord.session_id),
        *(ConversationRecord.status, MessageRecord.seq, MessageRecord.author, MessageRecord.kind, MessageRecord.state),
        *(MessageRecord.body, MessageRecord.created_at, *SESSION),
    )
    .select_from(MessageRecord)
    .join(ConversationRecord, ConversationRecord.id == MessageRecord.conversation_id)
    .join(SessionRecord, SessionRecord.id == ConversationRecord.session_id)
    .where(
        or_(
            *(
                and_(MessageRecord.conversation_id == bindparam(f"row{i}"), MessageRecord.seq == bindparam(f"seq{i}"))
                for i in _SLOTS
            )
        )
    )
)
"""Messages by their places, in as many slots as may be wanted: SQLite would answer IN by reading the whole table."""


class _Message(NamedTuple):
    """A message with all that it takes to show it."""

    id: int
    public_id: str
    session_id: int
    status: str
    seq: int
    author: str
    kind: str
    state: str
    body: bytes
    created_at: int
    session_public_id: str
    data_key: bytes
    channel: str
    claimed_phone: bytes | None


@dataclass(frozen=True, slots=True)
class _Plan:
    """The word that leads, those that must be beside it, and those that must not."""

    leader: bytes
    beside: tuple[bytes, ...]
    absent: tuple[bytes, ...]

    @property
    def entries(self) -> int:
        """How many entries of the leader may be looked at."""
        return LOOKUPS // (1 + len(self.beside) + len(self.absent)) or 1


def find_hits(connection: Connection, vault: Vault, query: Query, before: Mark | None, limit: int) -> Hits:
    """Return up to `limit` messages, newest first: the newest of all, or those before a place."""
    plan = _plan(connection, vault, query)
    if plan is None:
        return Hits((), None)
    hits: list[Hit] = []
    read, place = 0, before
    for marks, passing in _walk(connection, plan, before):
        for start in range(0, len(passing), _TOGETHER):
            chunk = passing[start : start + _TOGETHER]
            hits += _opened(connection, vault, query, chunk)
            if len(hits) > limit:
                return Hits(tuple(hits[:limit]), hits[limit - 1].mark)
            read, place = read + len(chunk), chunk[-1]
            if read >= READS:
                return Hits(tuple(hits), place, whole=False)
        place = marks
    return Hits(tuple(hits), place, whole=place is None)


def _plan(connection: Connection, vault: Vault, query: Query) -> _Plan | None:
    """Let the rarest word lead. None if one of them occurs nowhere."""
    words = sorted(word_of(vault, term) for term in query.terms)
    if len(words) > 1:
        counts = {word: _count(connection, word) for word in words}
        if not all(counts.values()):
            return None
        words.sort(key=counts.__getitem__)
    absent = sorted(word_of(vault, term) for term in query.refused_terms)
    return _Plan(words[0], tuple(words[1:]), tuple(absent))


def _count(connection: Connection, word: bytes) -> int:
    some = select(WordRecord.seq).where(WordRecord.word == word).limit(_COUNTED).subquery()
    return connection.scalar(select(func.count()).select_from(some)) or 0


def _walk(connection: Connection, plan: _Plan, before: Mark | None) -> Iterator[tuple[Mark | None, Sequence[Mark]]]:
    """Yield, part by part, where the leader's entries were walked to (None: to their end), and those that pass."""
    left, size, place = plan.entries, _FIRST, before
    while left > 0:
        size = min(size, left)
        rows = connection.execute(_part(plan, place, size)).all()
        left -= len(rows)
        ended = len(rows) < size
        place = None if ended else Mark(*rows[-1][:3])
        yield place, [Mark(*row[:3]) for row in rows if row.passes]
        if ended:
            return
        size = min(size * 4, _LARGEST)


def _part(plan: _Plan, before: Mark | None, size: int) -> Select[Any]:
    """The next entries of the leader, each with whether the other words are beside it."""
    entry = WordRecord
    cut = select(entry.at, entry.conversation_id, entry.seq).where(entry.word == plan.leader)
    if before:
        here = tuple_(literal(before.at, Instant()), literal(before.row, Key), literal(before.seq, Integer))
        cut = cut.where(tuple_(entry.at, entry.conversation_id, entry.seq) < here)
    newest_first = (entry.at.desc(), entry.conversation_id.desc(), entry.seq.desc())
    part = cut.order_by(*newest_first).limit(size).subquery()
    conditions = [
        *(_beside(part.c, word).is_not(None) for word in plan.beside),
        *(_beside(part.c, word).is_(None) for word in plan.absent),
    ]
    order = (part.c.at.desc(), part.c.conversation_id.desc(), part.c.seq.desc())
    return select(part, and_(true(), *conditions).label("passes")).order_by(*order)


def _beside(leader: Any, word: bytes) -> ColumnElement[Any]:
    """One look by primary key. A scalar: PostgreSQL might answer EXISTS by reading all entries of the word first."""
    entry = aliased(WordRecord)
    return (
        select(entry.seq)
        .where(
            entry.word == literal(word, LargeBinary),
            entry.at == leader.at,
            entry.conversation_id == leader.conversation_id,
            entry.seq == leader.seq,
        )
        .limit(1)
        .scalar_subquery()
    )


def _opened(connection: Connection, vault: Vault, query: Query, marks: Sequence[Mark]) -> Iterator[Hit]:
    """Decrypt messages, and yield those that hold what is searched for, in the order of their marks."""
    texts = list(_matching(connection, vault, query, marks))
    addresses = addresses_of(connection, [row.session_id for _, row, _, _ in texts]) if texts else {}
    for mark, row, text, spans in texts:
        yield Hit(
            mark=mark,
            conversation_id=row.public_id,
            who=who_of(open_data_key(vault, row), row, addresses.get(row.session_id)),
            author=Author(row.author),
            kind=Kind(row.kind),
            state=row.state,
            status=Status(row.status),
            text=text,
            spans=spans,
        )


def _matching(
    connection: Connection, vault: Vault, query: Query, marks: Sequence[Mark]
) -> Iterator[tuple[Mark, Any, str, tuple[Span, ...]]]:
    """Those of some messages that hold what is searched for, with their texts, and where it stands there."""
    filled = [marks[i] if i < len(marks) else marks[0] for i in _SLOTS]
    rows = {f"row{i}": mark.row for i, mark in enumerate(filled)}
    seqs = {f"seq{i}": mark.seq for i, mark in enumerate(filled)}
    messages = [_Message(*row) for row in _MESSAGES.all(connection, **rows, **seqs)]
    found = {(message.id, message.seq): message for message in messages}
    for mark in marks:
        row: Any = found.get((mark.row, mark.seq))
        if row is None or row.created_at != to_micros(mark.at):  # gone meanwhile
            continue
        text = readable(open_data_key(vault, row), row.body, body_place(row.public_id, row.seq))
        if Kind(row.kind).is_generated:
            text = plain_text(text)
        spans = query.spans(text)
        if spans is not None:
            yield mark, row, text, spans
