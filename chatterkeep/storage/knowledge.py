"""What there is of documents altogether: how many, how many words, and in how many passages each term is."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from chatterkeep.domain.documents import State
from chatterkeep.domain.ranking import VERSION
from chatterkeep.storage.models_knowledge import DocumentRecord, KnowledgeRecord, PassageTermRecord

_ROW: Final = 1


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What there is altogether."""

    documents: int = 0
    passages: int = 0
    words: int = 0
    languages: tuple[str, ...] = ()
    version: str = VERSION


NONE: Final = Knowledge()


def knowledge(connection: Connection) -> Knowledge:
    """Return what there is altogether."""
    record = KnowledgeRecord
    row = connection.execute(
        select(record.documents, record.passages, record.words, record.languages, record.version)
    ).first()
    return Knowledge(row[0], row[1], row[2], tuple(row[3].split()), row[4]) if row else NONE


def hold(connection: Connection) -> None:
    """Wait until no other write changes what there is, and keep it so until this one ends."""
    found = connection.scalar(select(KnowledgeRecord.id).with_for_update())
    if found is None:
        connection.execute(
            _insert(connection, KnowledgeRecord).values(id=_ROW, version=VERSION).on_conflict_do_nothing()
        )
        connection.execute(select(KnowledgeRecord.id).with_for_update())


def set_version(connection: Connection) -> None:
    """Note that all is indexed by the present rules."""
    hold(connection)
    connection.execute(update(KnowledgeRecord).values(version=VERSION))


def counts_of(connection: Connection, terms: Iterable[str]) -> dict[str, int]:
    """Return in how many passages each of some terms is; those that are in none are left out."""
    record = PassageTermRecord
    query = select(record.term, record.passages).where(record.term.in_(list(terms)), record.passages > 0)
    return {row.term: row.passages for row in connection.execute(query)}


def count_terms(connection: Connection, counts: Counter[str], sign: int = 1) -> None:
    """Note that terms are in so many passages more (or, with the sign -1, less) than before."""
    # in one order, so that two who count the same terms do not wait for each other
    rows = [{"t": term, "n": sign * count} for term, count in sorted(counts.items())]
    if not rows:
        return
    record = PassageTermRecord
    if sign < 0:
        less = update(record).where(record.term == bindparam("t")).values(passages=record.passages + bindparam("n"))
        connection.execute(less.execution_options(synchronize_session=False), rows)
        gone = delete(record).where(record.term == bindparam("t"), record.passages <= 0)
        connection.execute(gone, [{"t": row["t"]} for row in rows])
        return
    added = _insert(connection, record).values(term=bindparam("t"), passages=bindparam("n"))
    more = {"passages": record.passages + added.excluded.passages}
    connection.execute(added.on_conflict_do_update(index_elements=["term"], set_=more), rows)


def add_up(connection: Connection, passages: int, words: int) -> None:
    """Note that there are so many passages and words more than before."""
    record = KnowledgeRecord
    connection.execute(update(record).values(passages=record.passages + passages, words=record.words + words))


def note_documents(connection: Connection) -> None:
    """Note how many documents are ready, and in which languages."""
    record = DocumentRecord
    is_ready = record.state == State.READY.value
    languages = sorted(filter(None, connection.scalars(select(record.language).where(is_ready).distinct())))
    count = connection.scalar(select(func.count()).select_from(record).where(is_ready)) or 0
    connection.execute(update(KnowledgeRecord).values(documents=count, languages=" ".join(languages)))


def _insert(connection: Connection, record: type[Any]) -> postgresql.Insert | sqlite.Insert:
    return postgresql.insert(record) if connection.dialect.name == "postgresql" else sqlite.insert(record)
