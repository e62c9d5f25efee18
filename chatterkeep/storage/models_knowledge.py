"""The tables of documents: what whoever runs it wants answers to rest on. Nothing in them is about a person.

Which passages hold a word is told by a full-text index beside these tables (storage/passage_index.py), which each kind
of database has in its own way.
"""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from chatterkeep.storage.models import Base, Key


class DocumentRecord(Base):
    """A document. Only one that is `ready` is searched; `origin` is the name of its file, `checksum` that of its text.

    While it is taken in it is `coming`, and `going` while its passages are taken out.
    """

    __tablename__ = "documents"
    __table_args__ = (Index("ix_documents_state_origin", "state", "origin"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(36), unique=True)
    title: Mapped[str] = mapped_column(String(200))
    origin: Mapped[str] = mapped_column(String(255))
    language: Mapped[str] = mapped_column(String(8))
    markup: Mapped[str] = mapped_column(String(8), server_default=text("'plain'"))
    checksum: Mapped[str] = mapped_column(String(64), index=True)
    characters: Mapped[int]
    passages: Mapped[int]
    added_by: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(8))


class PassageRecord(Base):
    """A piece of a document. `terms` is what it is found by, separated by spaces, of `length` words."""

    __tablename__ = "passages"
    __table_args__ = (UniqueConstraint("document_id", "number"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(36), unique=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"))
    number: Mapped[int]
    heading: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    terms: Mapped[str] = mapped_column(Text)
    length: Mapped[int]


class PassageVectorRecord(Base):
    """What a passage means, as the model put it: a vector in single precision, little-endian.

    `signs` has one bit for each of its numbers, set where that is positive, filled up to whole 8 bytes: enough to find
    those that are near, in memory. Row numbers tell what was added since.
    """

    __tablename__ = "passage_vectors"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    passage_id: Mapped[int] = mapped_column(ForeignKey("passages.id", ondelete="CASCADE"), unique=True)
    model: Mapped[str] = mapped_column(String(128))
    signs: Mapped[bytes]
    vector: Mapped[bytes]


class PassageTermRecord(Base):
    """In how many passages a term is."""

    __tablename__ = "passage_terms"
    __table_args__ = ({"sqlite_with_rowid": False},)

    term: Mapped[str] = mapped_column(String(128), primary_key=True)
    passages: Mapped[int]


class KnowledgeRecord(Base):
    """What there is altogether, in one row: ready documents, passages in the index, their words, and its rules."""

    __tablename__ = "knowledge"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    documents: Mapped[int] = mapped_column(server_default=text("0"))
    passages: Mapped[int] = mapped_column(server_default=text("0"))
    words: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    languages: Mapped[str] = mapped_column(String(255), server_default=text("''"))
    version: Mapped[str] = mapped_column(String(32))
