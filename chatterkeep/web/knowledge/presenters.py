"""Documents as JSON."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from chatterkeep.domain.documents import Document, Place, Result
from chatterkeep.services.knowledge import Added
from chatterkeep.web.fields import Moment, moment


class DocumentWire(TypedDict):
    """A document, without its text."""

    id: str
    title: str
    origin: Annotated[str, Field(description="Where it comes from: a file's name, or `typed`.")]
    language: Annotated[str | None, Field(description="ISO 639-1; null where it could not be told.")]
    characters: int
    passages: Annotated[int, Field(description="Into how many pieces it was cut.")]
    added_by: str
    created_at: Moment


class AddedWire(DocumentWire):
    """A document that was taken in, and whether it was new."""

    result: Result


class DocumentsWire(TypedDict):
    """A page of documents, newest first."""

    documents: list[DocumentWire]
    next_cursor: Annotated[str | None, Field(description="Asks for the next page; null on the last.")]


class PassageWire(TypedDict):
    """A passage of a document, as an answer cites it by `passage_id`."""

    id: str
    document_id: str
    title: Annotated[str, Field(description="The document, and the heading that the passage stands under.")]
    number: Annotated[int, Field(description="Its place in the document.")]
    heading: Annotated[str, Field(description="The headings that it stands under, joined by ` > `.")]
    text: str
    format: Annotated[Literal["markdown", "plain"], Field(description="How the text is written.")]


class RemovedWire(TypedDict):
    """A document that is gone."""

    id: str
    removed: bool


def document_wire(document: Document) -> DocumentWire:
    """Word a document."""
    return {
        "id": document.id,
        "title": document.title,
        "origin": document.origin,
        "language": document.language or None,
        "characters": document.characters,
        "passages": document.passages,
        "added_by": document.added_by,
        "created_at": moment(document.created_at),
    }


def added_wire(added: Added) -> AddedWire:
    """Word what became of a document."""
    return {**document_wire(added.document), "result": added.result}


def documents_wire(found: Sequence[Document], limit: int) -> DocumentsWire:
    """Word a page; `found` has one more than `limit` where there is another page."""
    page = found[:limit]
    more = len(found) > limit
    return {"documents": [document_wire(one) for one in page], "next_cursor": page[-1].id if more else None}


def passage_wire(place: Place) -> PassageWire:
    """Word a passage."""
    return {
        "id": place.id,
        "document_id": place.document_id,
        "title": place.label,
        "number": place.number,
        "heading": place.heading,
        "text": place.text,
        "format": place.markup.value,
    }
