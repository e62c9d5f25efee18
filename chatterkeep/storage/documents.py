"""Keeps documents and their passages. A document is taken in and out in small writes, and is searched whole or not."""

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple, cast

from sqlalchemy import Connection, Select, bindparam, delete, func, insert, select, update

from chatterkeep.domain.documents import Document, Place, State, Text
from chatterkeep.domain.passages import Markup
from chatterkeep.storage.knowledge import add_up, count_terms, hold, note_documents
from chatterkeep.storage.models_knowledge import DocumentRecord, PassageRecord
from chatterkeep.storage.passage_index import index

_DOCUMENT: Final = (
    *(DocumentRecord.public_id, DocumentRecord.title, DocumentRecord.origin, DocumentRecord.language),
    *(DocumentRecord.characters, DocumentRecord.passages, DocumentRecord.added_by, DocumentRecord.created_at),
)


class Row(NamedTuple):
    """A stored passage, with what it is found by."""

    id: int
    heading: str
    body: str
    terms: str
    title: str
    language: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A passage to be stored: what it is found by, and of how many words."""

    number: int
    heading: str
    text: str
    terms: Sequence[str]
    length: int


def find_same(connection: Connection, text: Text) -> str | None:
    """Return the id of a ready document with the same text, title and origin."""
    record = DocumentRecord
    same = (record.checksum == text.checksum, record.origin == text.origin, record.state == State.READY.value)
    return connection.scalar(select(record.public_id).where(*same).limit(1))


def begin(
    connection: Connection, text: Text, language: str, passages: int, added_by: str, now: datetime
) -> tuple[int, str]:
    """Store a document whose passages come later; return its row number and its id."""
    public_id = str(uuid.uuid4())
    values = {
        "public_id": public_id,
        "title": text.title,
        "origin": text.origin,
        "language": language,
        "markup": text.markup.value,
        "checksum": text.checksum,
        "characters": len(text.text),
        "passages": passages,
        "added_by": added_by[:64],
        "created_at": now,
        "state": State.COMING.value,
    }
    row = connection.execute(insert(DocumentRecord).values(values).returning(DocumentRecord.id)).scalar_one()
    return row, public_id


def add_pieces(connection: Connection, document: int, pieces: Sequence[Piece]) -> None:
    """Store some passages of a document, and count their terms."""
    hold(connection)
    rows = [
        {
            "public_id": str(uuid.uuid4()),
            "document_id": document,
            "number": piece.number,
            "heading": piece.heading,
            "body": piece.text,
            "terms": " ".join(piece.terms),
            "length": piece.length,
        }
        for piece in pieces
    ]
    connection.execute(insert(PassageRecord), rows)
    here = PassageRecord.document_id == document, PassageRecord.number.in_([piece.number for piece in pieces])
    index(connection, connection.scalars(select(PassageRecord.id).where(*here)).all())
    count_terms(connection, Counter(term for piece in pieces for term in set(piece.terms)))
    add_up(connection, passages=len(pieces), words=sum(piece.length for piece in pieces))


def finish(connection: Connection, document: int, *, origin: str = "", public_id: str = "") -> list[int]:
    """Let a document be searched, instead of those of an origin or the one of an id; return the rows of those."""
    hold(connection)
    record = DocumentRecord
    replaced = record.origin == origin if origin else record.public_id == public_id
    before = list(connection.scalars(select(record.id).where(replaced, record.state == State.READY.value)))
    connection.execute(update(record).where(record.id.in_(before)).values(state=State.GOING.value))
    connection.execute(update(record).where(record.id == document).values(state=State.READY.value))
    note_documents(connection)
    return before


def hide(connection: Connection, public_id: str) -> int | None:
    """Let a document be searched no more; return its row, None where there is none."""
    hold(connection)
    record = DocumentRecord
    row = connection.scalar(
        update(record)
        .where(record.public_id == public_id, record.state == State.READY.value)
        .values(state=State.GOING.value)
        .returning(record.id)
    )
    note_documents(connection)
    return row


def take_out(connection: Connection, document: int, limit: int) -> int:
    """Take up to `limit` passages of a hidden document out, and the document itself with the last; return how many."""
    hold(connection)
    record = PassageRecord
    rows = connection.execute(
        select(record.id, record.terms, record.length)
        .where(record.document_id == document)
        .order_by(record.number)
        .limit(limit)
    ).all()
    if rows:
        connection.execute(delete(record).where(record.id.in_([row.id for row in rows])))
        count_terms(connection, Counter(term for row in rows for term in set(row.terms.split())), sign=-1)
        add_up(connection, passages=-len(rows), words=-sum(row.length for row in rows))
    if len(rows) < limit:
        connection.execute(delete(DocumentRecord).where(DocumentRecord.id == document))
    return len(rows)


def held_after(connection: Connection, row: int, limit: int) -> list[Row]:
    """Return up to `limit` passages with row numbers above one, in their order; nobody changes them meanwhile."""
    hold(connection)
    passage, document = PassageRecord, DocumentRecord
    query = (
        select(passage.id, passage.heading, passage.body, passage.terms, document.title, document.language)
        .join(document, document.id == passage.document_id)
        .where(passage.id > row)
        .order_by(passage.id)
        .limit(limit)
    )
    return [Row(*found) for found in connection.execute(query)]


def index_anew(connection: Connection, terms: Mapping[int, Sequence[str]]) -> None:
    """Find passages (their rows), which are held, by these terms from now on."""
    record = PassageRecord
    before = connection.scalars(select(record.terms).where(record.id.in_(list(terms)))).all()
    count_terms(connection, Counter(term for one in before for term in set(one.split())), sign=-1)
    changed = [{"row": row, "now": " ".join(found)} for row, found in terms.items()]
    if changed:
        connection.execute(update(record).where(record.id == bindparam("row")).values(terms=bindparam("now")), changed)
    index(connection, list(terms))
    count_terms(connection, Counter(term for found in terms.values() for term in set(found)))


def left_over(connection: Connection, before: datetime) -> list[int]:
    """Return the rows of documents that somebody began to take in or out before that time, and never finished."""
    record = DocumentRecord
    return list(
        connection.scalars(select(record.id).where(record.state != State.READY.value, record.created_at < before))
    )


def list_documents(connection: Connection, limit: int, after: str = "") -> list[Document]:
    """Return up to `limit` ready documents, newest first, those after one of them (its id) if it is named."""
    record = DocumentRecord
    query = select(*_DOCUMENT).where(record.state == State.READY.value).order_by(record.id.desc()).limit(limit)
    if after:
        query = query.where(record.id < select(record.id).where(record.public_id == after).scalar_subquery())
    return [Document(*row) for row in connection.execute(query)]


def languages(connection: Connection) -> list[str]:
    """Return the languages of ready documents, the commonest first."""
    record = DocumentRecord
    known = select(record.language).where(record.state == State.READY.value, record.language != "")
    return list(connection.scalars(known.group_by(record.language).order_by(func.count().desc(), record.language)))


def find_titled(connection: Connection, title: str) -> str | None:
    """Return the id of the newest ready document of a title."""
    record = DocumentRecord
    titled = select(record.public_id).where(record.title == title, record.state == State.READY.value)
    return connection.scalar(titled.order_by(record.id.desc()).limit(1))


def find_document(connection: Connection, public_id: str) -> Document | None:
    """Return a ready document."""
    record = DocumentRecord
    row = connection.execute(
        select(*_DOCUMENT).where(record.public_id == public_id, record.state == State.READY.value)
    ).first()
    return Document(*row) if row else None


def places(connection: Connection, rows: Sequence[int]) -> dict[int, Place]:
    """Return passages of ready documents by their row numbers."""
    found = connection.execute(_places().where(PassageRecord.id.in_(rows)))
    return {row.id: _place(row) for row in found}


def find_place(connection: Connection, public_id: str) -> Place | None:
    """Return a passage of a ready document by its id."""
    row = connection.execute(_places().where(PassageRecord.public_id == public_id)).first()
    return _place(row) if row else None


def places_of(connection: Connection, document_id: str, limit: int, after: int = 0) -> list[Place]:
    """Return up to `limit` passages of a document in order, those after a number."""
    query = _places().where(DocumentRecord.public_id == document_id, PassageRecord.number > after)
    return [_place(row) for row in connection.execute(query.order_by(PassageRecord.number).limit(limit))]


def _places() -> Select[Any]:
    passage, document = PassageRecord, DocumentRecord
    return cast(
        Select[Any],
        select(
            *(passage.id, passage.public_id, passage.number, passage.heading, passage.body),
            *(document.public_id.label("document_id"), document.title, document.markup),
        )
        .join(document, document.id == passage.document_id)
        .where(document.state == State.READY.value),
    )


def _place(row: Any) -> Place:
    return Place(row.public_id, row.number, row.heading, row.body, row.document_id, row.title, Markup(row.markup))
