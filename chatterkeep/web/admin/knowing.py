"""Words and addresses for the documents."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from flask import Request, url_for
from werkzeug.datastructures import MultiDict

from chatterkeep.domain.documents import MOST_CHARACTERS, TYPED, Document, Found, Place, Text, make_text, title_of
from chatterkeep.domain.errors import InvalidInput
from chatterkeep.domain.messages import MAX_TEXT
from chatterkeep.domain.passages import Markup
from chatterkeep.services.knowledge import PAGE
from chatterkeep.web.admin.filters import printable
from chatterkeep.web.admin.presenters import iso, spoken
from chatterkeep.web.passages import PassageView, passage_view

_MARKDOWN: Final = (".md", ".markdown")


@dataclass(frozen=True, slots=True)
class NewDocument:
    """What somebody typed to add a document."""

    title: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A document in the list."""

    url: str
    title: str
    origin: str
    language: str
    passages: int
    added_by: str
    at: str
    at_iso: str


@dataclass(frozen=True, slots=True)
class FoundRow:
    """A passage that fits a question, and how well: one line for staff."""

    url: str
    passage: PassageView
    fit: str


@dataclass(frozen=True, slots=True)
class KnowledgeView:
    """The page of documents."""

    rows: tuple[DocumentRow, ...]
    found: tuple[FoundRow, ...] | None
    typed: NewDocument
    action: str
    older_url: str | None
    longest: int
    question: str = ""
    error: str | None = None
    may_change: bool = False

    def asked(self, question: str, error: str | None, *, may_change: bool) -> "KnowledgeView":
        """The same page with the question that was asked, for somebody who may change documents, or may not."""
        return replace(self, question=question, error=error, may_change=may_change)


@dataclass(frozen=True, slots=True)
class DocumentView:
    """The page of one document."""

    row: DocumentRow
    characters: int
    passages: tuple[PassageView, ...]
    back_url: str
    first_url: str | None
    more_url: str | None
    remove_url: str | None


def knowledge_view(
    documents: Sequence[Document], after: str, found: Sequence[Found] | None, typed: NewDocument, now: datetime
) -> KnowledgeView:
    """Word the list of documents, and what a question found."""
    more = len(documents) == PAGE
    return KnowledgeView(
        rows=tuple(_row(document, now) for document in documents),
        found=None if found is None else tuple(map(_found, found)),
        typed=typed,
        action=url_for("admin.knowledge"),
        older_url=url_for("admin.knowledge", after=documents[-1].id) if more else None,
        longest=MAX_TEXT,
    )


def document_view(
    document: Document, places: Sequence[Place], after: int, now: datetime, *, may_change: bool
) -> DocumentView:
    """Word a document, with those of its passages that come after a number."""
    more = bool(places) and places[-1].number < document.passages
    here = url_for("admin.document", document_id=document.id)
    return DocumentView(
        row=_row(document, now),
        characters=document.characters,
        passages=tuple(map(passage_view, places)),
        back_url=url_for("admin.knowledge"),
        first_url=here if after else None,
        more_url=f"{here}?after={places[-1].number}" if more else None,
        remove_url=url_for("admin.remove_knowledge", document_id=document.id) if may_change else None,
    )


def read_new_document(request: Request) -> tuple[NewDocument, Callable[[], Text]]:
    """Return what was typed, and what makes a document of it; that raises InvalidInput."""
    title, text = request.form.get("title", ""), request.form.get("text", "")
    file = request.files.get("file")
    typed = NewDocument(printable(title), text)
    if file is None or not file.filename:
        return typed, lambda: make_text(title or title_of(text, ""), TYPED, text, Markup.MARKDOWN)
    name, content = file.filename, file.read()
    return typed, lambda: _from_file(title, name, content)


def read_number(text: str) -> int:
    """Return the number of a passage; 0 for what is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0


def typed_question(args: MultiDict[str, str]) -> str:
    """Return the question that was typed."""
    return printable(args.get("q", ""))[:MAX_TEXT].strip()


def _from_file(title: str, name: str, content: bytes) -> Text:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput("file", "This file is no text in UTF-8.", "opening-hours.md") from error
    if "\0" in text or len(content) > 4 * MOST_CHARACTERS:
        raise InvalidInput("file", "This file is no text that can be kept.", "opening-hours.md")
    markup = Markup.MARKDOWN if name.lower().endswith(_MARKDOWN) else Markup.PLAIN
    return make_text(title or title_of(text, name), name, text, markup)


def _row(document: Document, now: datetime) -> DocumentRow:
    return DocumentRow(
        url=url_for("admin.document", document_id=document.id),
        title=document.title,
        origin=document.origin,
        language=document.language,
        passages=document.passages,
        added_by=document.added_by,
        at=spoken(document.created_at, now),
        at_iso=iso(document.created_at),
    )


def _found(found: Found) -> FoundRow:
    words = f"Score {found.score:.2f}; it holds {found.cover:.0%} of the question"
    return FoundRow(
        url=url_for("admin.passage", passage_id=found.place.id),
        passage=passage_view(found.place),
        fit=f"{words}; {found.similarity:.0%} similar in meaning." if found.similarity else f"{words}.",
    )
