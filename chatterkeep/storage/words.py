"""The index of words: which message holds which word, known by a keyed hash. Adds to it, and forgets.

`conversations.indexed_seq` tells up to where a conversation's messages are in it. A turn does nothing for the index:
whoever adds words moves that number from what it was in the same write, or finds that another has been there.
"""

import logging
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, and_, bindparam, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from chatterkeep.domain.words import VERSION, terms_of, words_of
from chatterkeep.storage.crypto import CannotDecrypt, DataKey, Vault
from chatterkeep.storage.instants import to_micros
from chatterkeep.storage.models import ConversationRecord, MessageRecord, SessionRecord, WordRecord
from chatterkeep.storage.parts import parts
from chatterkeep.storage.places import body_place
from chatterkeep.storage.statements import Row, Statement
from chatterkeep.storage.word_index import may_add, standing

log = logging.getLogger(__name__)

_ENTRY: Final = ("word", "at", "conversation_id", "seq")
_COLUMNS: Final[dict[str, Any]] = {name: bindparam(name) for name in _ENTRY}

_NEXT: Final = (
    select(
        ConversationRecord.id,
        ConversationRecord.public_id,
        ConversationRecord.session_id,
        ConversationRecord.indexed_seq,
        ConversationRecord.last_seq,
    )
    .where(ConversationRecord.indexed_seq < ConversationRecord.last_seq, ConversationRecord.id > bindparam("last"))
    .order_by(ConversationRecord.id)
    .limit(bindparam("conversations"))
    .subquery()
)
_WAITING: Final = Statement(
    select(
        _NEXT.c.id,
        _NEXT.c.public_id,
        _NEXT.c.indexed_seq,
        _NEXT.c.last_seq,
        SessionRecord.public_id,
        SessionRecord.data_key,
        MessageRecord.seq,
        MessageRecord.created_at,
        MessageRecord.body,
    )
    .select_from(_NEXT)
    .join(SessionRecord, SessionRecord.id == _NEXT.c.session_id)
    .join(
        MessageRecord,
        and_(MessageRecord.conversation_id == _NEXT.c.id, MessageRecord.seq > _NEXT.c.indexed_seq),
    )
    .order_by(_NEXT.c.id, MessageRecord.seq)
    .limit(bindparam("messages"))
)
_REACH: Final = Statement(
    update(ConversationRecord)
    .where(ConversationRecord.id == bindparam("row"), ConversationRecord.indexed_seq == bindparam("seen"))
    .values(indexed_seq=bindparam("reached"))
)
_ADD: Final = {
    "sqlite": Statement(sqlite.insert(WordRecord).values(_COLUMNS).on_conflict_do_nothing()),
    "postgresql": Statement(postgresql.insert(WordRecord).values(_COLUMNS).on_conflict_do_nothing()),
}
_REMOVE: Final = Statement(delete(WordRecord).where(*(getattr(WordRecord, name) == bindparam(name) for name in _ENTRY)))

Entry = tuple[bytes, int, int, int]
"""A word's hash, the message's time in microseconds, its conversation's row, its number."""


@dataclass(slots=True)
class Part:
    """Messages of one conversation that were read to be indexed: those after `seen`, up to `reached`."""

    row: int
    seen: int
    reached: int
    entries: set[Entry]


@dataclass(frozen=True, slots=True)
class Batch:
    """Parts to be added, how many messages they hold, and after which conversation the next batch begins.

    `following` is None where there is no more.
    """

    parts: tuple[Part, ...]
    messages: int
    following: int | None


def word_of(vault: Vault, term: str) -> bytes:
    """Return the keyed hash (8 bytes) by which the index knows a term."""
    return vault.ledger("word", term)[:8]


def read_waiting(connection: Connection, vault: Vault, last: int, messages: int) -> Batch:
    """Read up to so many messages that are not in the index, of conversations after one, and cut them into words.

    A session that our keys do not open goes on waiting: they may be on their way. A text that its key does not open
    holds no words.
    """
    rows = _WAITING.all(connection, last=last, conversations=messages, messages=messages)
    parts: dict[int, Part] = {}
    indexer = _Indexer(vault)
    for row in rows:
        conversation, public_id, seen, _, session_id, wrapped, seq, at, body = row
        data_key = indexer.key_of(session_id, wrapped)
        if data_key is None:
            continue
        part = parts.setdefault(conversation, Part(conversation, seen, seq, set()))
        part.reached = seq
        part.entries |= indexer.entries(data_key, public_id, (conversation, seq, at, body))
    return Batch(tuple(parts.values()), len(rows), _following(rows, messages, parts))


def add(connection: Connection, batch: Batch) -> int | None:
    """Add a batch to the index; return how many of its conversations nobody had indexed before us.

    None where words cut by our rules may not be added now: the index was made by others, or is being emptied.
    """
    if not may_add(connection, VERSION):
        return None
    ours = [
        part for part in batch.parts if _REACH.count(connection, row=part.row, seen=part.seen, reached=part.reached)
    ]
    if entries := sorted(set().union(*(part.entries for part in ours))):
        _ADD[connection.dialect.name].each(connection, [dict(zip(_ENTRY, entry, strict=True)) for entry in entries])
    return len(ours)


def forget_conversation_words(connection: Connection, vault: Vault, conversations: Sequence[int]) -> int:
    """Take the words of whole conversations (rows) out of the index; return how many entries those were.

    Belongs into the write that erases the messages, before they and their session's key are gone: they tell which
    entries there are. Where those are not found as they must be, because the words were cut by other rules or a text
    cannot be read any more, the whole index is looked through.
    """
    count = 0
    for chosen in parts(conversations):
        indexed = _stop_indexing(connection, chosen)
        is_ours, known = standing(connection), 0
        if is_ours is None:
            continue
        expected = _entries_of(connection, vault, indexed) if is_ours.version == VERSION else None
        if expected:
            known = _REMOVE.each(connection, [dict(zip(_ENTRY, entry, strict=True)) for entry in sorted(expected)])
        if expected is None or known != len(expected):
            log.warning("words.index_searched", extra={"count": len(chosen)})
            known += connection.execute(delete(WordRecord).where(WordRecord.conversation_id.in_(chosen))).rowcount
        count += known
    return count


def _stop_indexing(connection: Connection, conversations: Sequence[int]) -> dict[int, int]:
    """Leave nothing to be indexed of these conversations; return up to which number each of them was."""
    record = ConversationRecord
    held = select(record.id, record.indexed_seq).where(record.id.in_(conversations)).order_by(record.id)
    indexed = {row.id: row.indexed_seq for row in connection.execute(held.with_for_update())}
    connection.execute(update(record).where(record.id.in_(conversations)).values(indexed_seq=record.last_seq))
    return indexed


def _entries_of(connection: Connection, vault: Vault, indexed: dict[int, int]) -> set[Entry] | None:
    """Return the entries that these conversations must have in the index; None if a text cannot be read."""
    record, entries, indexer = MessageRecord, set[Entry](), _Indexer(vault)
    query = (
        select(
            *(ConversationRecord.id, ConversationRecord.public_id, SessionRecord.public_id, SessionRecord.data_key),
            *(record.seq, record.created_at, record.body),
        )
        .join(SessionRecord, SessionRecord.id == ConversationRecord.session_id)
        .join(record, record.conversation_id == ConversationRecord.id)
        .where(ConversationRecord.id.in_(indexed))
    )
    for conversation, public_id, session_id, wrapped, seq, at, body in connection.execute(query):
        if seq > indexed[conversation]:
            continue
        data_key = indexer.key_of(session_id, wrapped)
        if data_key is None:
            return None
        entries |= indexer.entries(data_key, public_id, (conversation, seq, to_micros(at), body))
    return None if indexer.unread else entries


def _following(rows: Sequence[Row], messages: int, parts: Container[int]) -> int | None:
    """After which conversation to go on: before the last one, if there is more in it that we can open."""
    if len(rows) < messages:
        return None
    conversation, last_seq, seq = rows[-1][0], rows[-1][3], rows[-1][6]
    return int(conversation if seq == last_seq or conversation not in parts else conversation - 1)


class _Indexer:
    """Opens texts and hashes their words, each word once."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._hashes: dict[str, bytes] = {}
        self.unread = 0

    def key_of(self, session_id: str, wrapped: bytes) -> DataKey | None:
        try:
            return self._vault.data_key(bytes(wrapped), session_id)
        except CannotDecrypt:
            return None

    def entries(self, data_key: DataKey, conversation_id: str, message: tuple[int, int, int, bytes]) -> set[Entry]:
        conversation, seq, at, body = message
        try:
            text = data_key.decrypt(bytes(body), body_place(conversation_id, seq))
        except CannotDecrypt:
            self.unread += 1
            return set()
        terms = terms_of(word.text for word in words_of(text))
        return {(word, at, conversation, seq) for word in self._hashed(terms)}

    def _hashed(self, terms: Iterable[str]) -> Iterable[bytes]:
        known: Callable[[str], Any] = self._hashes.get
        for term in terms:
            yield known(term) or self._hashes.setdefault(term, word_of(self._vault, term))
