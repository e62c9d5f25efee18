"""How the index of words stands as a whole: by which rules it was made, and how it is emptied to be made anew.

Each write that adds to it first looks at its one row, and holds it: whoever empties the index changes that row before
anything else, and so waits for those who add, and is seen by all who come later.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy import ColumnElement, Connection, delete, func, select, true, update
from sqlalchemy.dialects import postgresql, sqlite

from chatterkeep.domain.messages import Channel
from chatterkeep.storage.db import Database
from chatterkeep.storage.models import ConversationRecord, SessionRecord, WordIndexRecord, WordRecord

_ROW: Final = 1
_SLICES: Final = 256
_CONVERSATIONS: Final = 5_000
_COUNTED: Final = 1_000
_UNINDEXED: Final = ConversationRecord.indexed_seq < ConversationRecord.last_seq


class State(StrEnum):
    """What is being done with the index. While it is emptied nothing is added."""

    READY = "ready"
    EMPTYING = "emptying"
    FILLING = "filling"


@dataclass(frozen=True, slots=True)
class Standing:
    """By which version of the rules the index was made, and what is being done with it."""

    version: str
    state: State


def standing(connection: Connection) -> Standing | None:
    """Return how the index stands; None where nothing was ever indexed."""
    row = connection.execute(select(WordIndexRecord.version, WordIndexRecord.state)).first()
    return Standing(row.version, State(row.state)) if row else None


def is_current(connection: Connection, version: str) -> bool:
    """Tell whether the words in the index were cut by these rules, and are not being taken out."""
    found = standing(connection)
    return found is None or (found.version == version and found.state is not State.EMPTYING)


def may_add(connection: Connection, version: str) -> bool:
    """Tell whether words cut by these rules may be added in this write. Begins the index where there is none."""
    held = select(WordIndexRecord.version, WordIndexRecord.state).with_for_update(read=True)
    row = connection.execute(held).first()
    if row is None:
        connection.execute(_row(connection, Standing(version, State.READY)).on_conflict_do_nothing())
        row = connection.execute(held).one()
    return bool(row.version == version and row.state != State.EMPTYING.value)


def set_standing(connection: Connection, now: Standing) -> None:
    """Note how the index stands."""
    changed = {"version": now.version, "state": now.state.value}
    connection.execute(_row(connection, now).on_conflict_do_update(index_elements=["id"], set_=changed))


def empty(database: Database, version: str) -> Iterator[int]:
    """Take all words out, in many small writes; yield after each, `STEPS` times and more if many talk.

    Afterwards all conversations wait to be indexed by the rules of `version`. Stopped half-way, it can begin again.
    """
    with database.write() as connection:
        set_standing(connection, Standing(version, State.EMPTYING))
    yield from remove_words(database, true())
    last: int | None = 0
    while last is not None:
        with database.write() as connection:
            last = _reset(connection, last)
    with database.write() as connection:
        set_standing(connection, Standing(version, State.FILLING))


def forget_demo_words(database: Database) -> Iterator[int]:
    """Take the words of all made-up conversations out, in many small writes; yield after each."""
    sessions = select(SessionRecord.id).where(SessionRecord.channel == Channel.DEMO.value)
    demo = select(ConversationRecord.id).where(ConversationRecord.session_id.in_(sessions))
    with database.write() as connection:  # whoever is about to add words of theirs finds that it is done
        connection.execute(
            update(ConversationRecord)
            .where(ConversationRecord.id.in_(demo), _UNINDEXED)
            .values(indexed_seq=ConversationRecord.last_seq)
        )
    yield from remove_words(database, WordRecord.conversation_id.in_(demo))


def remove_words(database: Database, which: ColumnElement[bool]) -> Iterator[int]:
    """Take entries out slice by slice: hashes are spread evenly. Yield after each slice: 1, `STEPS` times."""
    with database.read() as connection:
        if connection.scalar(select(WordRecord.word).limit(1)) is None:
            return
    for first in range(_SLICES):
        here = [WordRecord.word >= bytes([first])]
        if first + 1 < _SLICES:
            here.append(WordRecord.word < bytes([first + 1]))
        with database.write() as connection:
            connection.execute(delete(WordRecord).where(*here, which))
        yield 1


STEPS: Final = _SLICES
"""How many steps it takes to take words out."""


def count_waiting(connection: Connection) -> int:
    """Return how many conversations hold messages that are not in the index yet: up to 1,000."""
    waiting = select(ConversationRecord.id).where(_UNINDEXED).limit(_COUNTED).subquery()
    return connection.scalar(select(func.count()).select_from(waiting)) or 0


def count_messages(connection: Connection) -> int:
    """Return how many messages are not in the index yet."""
    left = func.coalesce(func.sum(ConversationRecord.last_seq - ConversationRecord.indexed_seq), 0)
    return connection.scalar(select(left).where(_UNINDEXED)) or 0


def has_words(connection: Connection) -> bool:
    """Tell whether there is anything in the index."""
    return connection.scalar(select(WordRecord.word).limit(1)) is not None


def _row(connection: Connection, now: Standing) -> postgresql.Insert | sqlite.Insert:
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    return insert(WordIndexRecord).values(id=_ROW, version=now.version, state=now.state.value)


def _reset(connection: Connection, last: int) -> int | None:
    """Let the next conversations wait to be indexed; return the last of them, None where there are no more."""
    record = ConversationRecord
    rows = select(record.id).where(record.id > last).order_by(record.id).limit(_CONVERSATIONS)
    found = connection.scalars(rows).all()
    if not found:
        return None
    here = [record.id > last, record.id <= found[-1], record.indexed_seq > 0]
    connection.execute(update(record).where(*here).values(indexed_seq=0))
    return found[-1]
