"""The documents that answers rest on: added, replaced, listed, tried and removed. Every change is in the audit."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from chatterkeep.domain.audit import Action, Actor, Entry
from chatterkeep.domain.documents import TYPED, Document, Found, Place, Result, Text
from chatterkeep.domain.errors import NotFound
from chatterkeep.domain.languages import language_among
from chatterkeep.domain.passages import rejoined, split
from chatterkeep.domain.ranking import index_terms
from chatterkeep.domain.words import spans_of
from chatterkeep.services.author import Quoted, Quoting
from chatterkeep.services.passages import Passages
from chatterkeep.storage import audit, documents
from chatterkeep.storage.crypto import Vault
from chatterkeep.storage.db import Database
from chatterkeep.storage.documents import Piece, Row
from chatterkeep.storage.knowledge import knowledge, set_version

PAGE: Final = 50
"""How many documents, or passages, a page shows."""

_ALL: Final = 100_000
"""More passages than a document has."""

_TOGETHER: Final = 100
"""Passages that are stored in one write."""

_FORGOTTEN: Final = timedelta(hours=1)
"""How old a document is that somebody began to take in and surely does no more."""


@dataclass(frozen=True, slots=True)
class Added:
    """What became of a document."""

    document: Document
    result: Result


@dataclass(frozen=True, slots=True)
class Tried:
    """What a question gets: what documents say to it without a model, None for nothing, and what a model is given."""

    told: Quoted | None
    given: Sequence[Found]


class Knowledge:
    """Takes documents in and out. `passages` is told of every change."""

    def __init__(self, database: Database, vault: Vault, passages: Passages, quoting: Quoting | None) -> None:
        self._database = database
        self._vault = vault
        self._passages = passages
        self._quoting = quoting

    def add(self, text: Text, actor: Actor, now: datetime, instead: str = "") -> Added:
        """Add a document, unless it is there already; one of the same origin is replaced. Raises StoreBusy.

        It is searched, and the one before it no longer, from one moment on. `instead` is the id of a document that it
        replaces, whatever its origin. Raises NotFound where there is none.
        """
        self._tidy(now)
        if instead:
            self.document(instead)
        with self._database.read() as connection:
            others = documents.languages(connection)
            same = documents.find_same(connection, text)
            if same and (document := documents.find_document(connection, same)):
                return Added(document, Result.UNCHANGED)
        language = text.language or language_among(f"{text.title}\n{text.text}", others)
        passages = split(text.text, text.markup)
        pieces = (
            _piece(number, passage.heading, passage.text, text.title, language)
            for number, passage in enumerate(passages, start=1)
        )
        with self._database.write() as connection:
            row, public_id = documents.begin(connection, text, language, len(passages), actor.name, now)
        while part := list(islice(pieces, _TOGETHER)):
            with self._database.write() as connection:
                documents.add_pieces(connection, row, part)
        with self._database.write() as connection:
            origin = "" if instead or text.origin == TYPED else text.origin
            before = documents.finish(connection, row, origin=origin, public_id=instead)
            action = Action.DOCUMENT_REPLACED if before else Action.DOCUMENT_ADDED
            audit.add(connection, self._vault, Entry(actor, action, public_id, f"{len(passages)} passages", now))
        self._passages.look_again()
        self._take_out(before)
        return Added(self.document(public_id), Result.REPLACED if before else Result.ADDED)

    def remove(self, document_id: str, actor: Actor, now: datetime) -> None:
        """Remove a document: from now on nothing of it is found. Raises NotFound and StoreBusy."""
        with self._database.write() as connection:
            row = documents.hide(connection, document_id)
            if row is None:
                raise NotFound("document")
            audit.add(connection, self._vault, Entry(actor, Action.DOCUMENT_REMOVED, document_id, "", now))
        self._passages.look_again()
        self._take_out([row])

    def browse(self, after: str = "", limit: int = PAGE) -> list[Document]:
        """Return documents, newest first; those after one of them if its id is given."""
        with self._database.read() as connection:
            return documents.list_documents(connection, limit, after)

    def document(self, document_id: str) -> Document:
        """Return a document. Raises NotFound."""
        with self._database.read() as connection:
            found = documents.find_document(connection, document_id)
        if found is None:
            raise NotFound("document")
        return found

    def passages_of(self, document_id: str, after: int = 0, limit: int = PAGE) -> list[Place]:
        """Return passages of a document in order, those after a number."""
        with self._database.read() as connection:
            return documents.places_of(connection, document_id, limit, after)

    def passage(self, passage_id: str) -> Place:
        """Return a passage. Raises NotFound."""
        with self._database.read() as connection:
            found = documents.find_place(connection, passage_id)
        if found is None:
            raise NotFound("passage")
        return found

    def titled(self, title: str) -> Document | None:
        """Return the newest document of a title, if there is one."""
        with self._database.read() as connection:
            found = documents.find_titled(connection, title)
            return documents.find_document(connection, found) if found else None

    def text_of(self, document_id: str) -> str:
        """Return what a document says, to be edited."""
        with self._database.read() as connection:
            return rejoined(place.text for place in documents.places_of(connection, document_id, _ALL))

    def tried(self, question: str) -> Tried:
        """Return what is said to a question. Raises StoreBusy."""
        told = self._quoting.quote(question) if self._quoting else None
        return Tried(told, self._passages.helping(question))

    def ask(self, question: str, limit: int = 10) -> Sequence[Found]:
        """Return the passages that fit a question best, also those not good enough for an answer. Raises StoreBusy."""
        return self._passages.find(question, limit)

    def count(self) -> int:
        """Return how many passages there are."""
        with self._database.read() as connection:
            return knowledge(connection).passages

    def rebuild(self) -> Iterator[int]:
        """Index all passages anew, part by part; yield how many each part has."""
        last, part = 0, _TOGETHER
        while part:
            with self._database.write() as connection:
                rows = documents.held_after(connection, last, _TOGETHER)
                documents.index_anew(connection, {row.id: _terms(row) for row in rows})
            part = len(rows)
            if rows:
                last = rows[-1].id
                yield part
        with self._database.write() as connection:
            set_version(connection)

    def _tidy(self, now: datetime) -> None:
        """Take out what somebody left half taken in or out, long ago."""
        with self._database.read() as connection:
            rows = documents.left_over(connection, now - _FORGOTTEN)
        self._take_out(rows)

    def _take_out(self, rows: Sequence[int]) -> None:
        for row in rows:
            for _ in self._steps(row):
                pass

    def _steps(self, row: int) -> Iterator[int]:
        taken = _TOGETHER
        while taken == _TOGETHER:
            with self._database.write() as connection:
                taken = documents.take_out(connection, row, _TOGETHER)
            yield taken


def _piece(number: int, heading: str, text: str, title: str, language: str) -> Piece:
    """Return a passage with what it is found by: its own words and those above it, the nearest heading's once more."""
    terms = index_terms(_whole(title, heading, text), language)
    return Piece(number, heading, text, terms, sum(1 for _ in spans_of(text)))


def _terms(row: Row) -> list[str]:
    return index_terms(_whole(row.title, row.heading, row.body), row.language)


def _whole(title: str, heading: str, text: str) -> str:
    headings = heading.split(" > ")
    return "\n".join([*dict.fromkeys([title, *headings]), headings[-1], text])
