"""Words and addresses for the documents."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from flask import request, url_for
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from chatterkeep.domain.basis import Basis
from chatterkeep.domain.documents import MOST_CHARACTERS, TYPED, Document, Found, Place, Result
from chatterkeep.domain.languages import NAMES
from chatterkeep.domain.messages import MAX_TEXT
from chatterkeep.services.knowledge import PAGE, Tried
from chatterkeep.web.admin.drafting import Draft
from chatterkeep.web.admin.filters import printable
from chatterkeep.web.admin.presenters import iso, spoken
from chatterkeep.web.bubbles import formatted
from chatterkeep.web.passages import PassageView, passage_view
from chatterkeep.web.sources import SourceView, source_views

_DONE: Final = {
    Result.ADDED.value: "Added. Answers can rest on it from now on.",
    Result.REPLACED.value: "Saved. It takes the place of what was there before.",
    Result.UNCHANGED.value: "This very document was there already.",
}
"""What is said once somebody has added or edited a document."""


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
class DraftView:
    """The form of a document: where it goes, what stands in it, and why it was not taken.

    `other_url` leads to a document of the same title; `may_be_file` where a file can be chosen instead.
    """

    action: str
    draft: Draft
    error: str | None
    other_url: str | None
    may_be_file: bool
    languages: tuple[tuple[str, str], ...] = tuple(NAMES.items())
    most: str = f"{MOST_CHARACTERS:,}"


@dataclass(frozen=True, slots=True)
class TriedView:
    """What a question gets: what documents say to it, as HTML, and the passages that a model is given."""

    told: Markup | None
    sources: tuple[SourceView, ...]
    given: tuple[FoundRow, ...]


@dataclass(frozen=True, slots=True)
class KnowledgeView:
    """The page of documents. `form` is there for whoever may change them."""

    rows: tuple[DocumentRow, ...]
    question: str
    tried: TriedView | None
    form: DraftView | None
    action: str
    older_url: str | None
    longest: int = MAX_TEXT


@dataclass(frozen=True, slots=True)
class DocumentView:
    """The page of one document. `done` says what was just done."""

    row: DocumentRow
    characters: int
    passages: tuple[PassageView, ...]
    back_url: str
    first_url: str | None
    more_url: str | None
    edit_url: str | None
    remove_url: str | None
    done: str | None


def knowledge_view(
    documents: Sequence[Document], question: str, tried: Tried | None, form: DraftView | None, now: datetime
) -> KnowledgeView:
    """Word a page of the list of documents, of which there is one more if there are others, and what a question got."""
    page = documents[:PAGE]
    return KnowledgeView(
        rows=tuple(_row(document, now) for document in page),
        question=question,
        tried=tried_view(tried) if tried else None,
        form=form,
        action=url_for("admin.knowledge"),
        older_url=url_for("admin.knowledge", after=page[-1].id) if len(documents) > PAGE else None,
    )


def draft_view(draft: Draft, error: str | None = None, instead: str = "", other: Document | None = None) -> DraftView:
    """Word the form of a new document, or of one that takes the place of another."""
    here = url_for("admin.edit_knowledge", document_id=instead) if instead else url_for("admin.add_knowledge")
    other_url = url_for("admin.document", document_id=other.id) if other else None
    return DraftView(here, draft, error, other_url, may_be_file=not instead)


def tried_view(tried: Tried) -> TriedView:
    """Word what a question got."""
    basis = tried.told.basis if tried.told else Basis()
    sources = source_views(basis, lambda passage: url_for("admin.passage", passage_id=passage))
    told = formatted(tried.told.text, sources) if tried.told else None
    return TriedView(told, sources, tuple(map(_found, tried.given)))


def document_view(
    document: Document, places: Sequence[Place], after: int, now: datetime, *, may_change: bool
) -> DocumentView:
    """Word a document, with those of its passages that come after a number. Only what was typed can be edited."""
    more = bool(places) and places[-1].number < document.passages
    here = url_for("admin.document", document_id=document.id)
    may_edit = may_change and document.origin == TYPED
    return DocumentView(
        row=_row(document, now),
        characters=document.characters,
        passages=tuple(map(passage_view, places)),
        back_url=url_for("admin.knowledge"),
        first_url=here if after else None,
        more_url=f"{here}?after={places[-1].number}" if more else None,
        edit_url=url_for("admin.edit_knowledge", document_id=document.id) if may_edit else None,
        remove_url=url_for("admin.remove_knowledge", document_id=document.id) if may_change else None,
        done=_DONE.get(request.args.get("done", "")),
    )


def read_number(text: str) -> int:
    """Return the number of a passage; 0 for what is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0


def typed_question(args: MultiDict[str, str]) -> str:
    """Return the question that was typed."""
    return printable(args.get("q", ""))[:MAX_TEXT].strip()


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
    words = f"It holds {found.cover:.0%} of the question"
    return FoundRow(
        url=url_for("admin.passage", passage_id=found.place.id),
        passage=passage_view(found.place),
        fit=f"{words}; {found.similarity:.0%} similar in meaning." if found.similarity else f"{words}.",
    )
