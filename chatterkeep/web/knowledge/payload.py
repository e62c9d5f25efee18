"""What API clients send to `/api/v1/knowledge`."""

from collections.abc import Mapping
from typing import Final, Literal

from flask import Request
from pydantic import BaseModel, ConfigDict, Field
from werkzeug.datastructures import MultiDict

from chatterkeep.domain.documents import MOST_CHARACTERS, MOST_TITLE, TYPED, Text, make_text, title_of
from chatterkeep.domain.passages import Markup
from chatterkeep.web.fields import READABLE, Fields, checked, read_body

LARGEST: Final = 4 * MOST_CHARACTERS
"""Bytes of a body: every character may take four."""

LARGEST_PAGE: Final = 100
EXAMPLE: Final = '{"title": "Opening hours", "text": "We are open from 9 to 18."}'


class DocumentFields(Fields):
    """A document."""

    text: str = Field(
        description=f"What it says, at most {MOST_CHARACTERS:,} characters.",
        json_schema_extra={"minLength": 1, "pattern": READABLE},
    )
    title: str | None = Field(
        None,
        max_length=MOST_TITLE,
        description=f"What it is called, up to {MOST_TITLE} characters; blank or left out: its first heading or line.",
    )
    origin: str | None = Field(
        None, description="Where it comes from, such as a file's name. A document of the same origin is replaced."
    )
    language: str | None = Field(
        None,
        json_schema_extra={"pattern": "^([a-z]{2})?$"},
        description="ISO 639-1, by which the forms of its words are known; blank or left out: told by its words.",
    )
    format: Literal["markdown", "plain"] | None = Field(
        None, description="`markdown`, as it is where nothing is said: lines that begin with # are headings."
    )


class ListingFields(BaseModel):
    """Which documents are listed."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(50, ge=1, le=LARGEST_PAGE, description=f"How many, 1 to {LARGEST_PAGE}.")
    cursor: str = Field("", max_length=36, description="The `next_cursor` of the page before.")


def read_document(request: Request) -> Text:
    """Return the document of a request. Raises what `read_body` raises, and InvalidInput."""
    request.max_content_length = LARGEST
    fields = read_body(request, DocumentFields, EXAMPLE)
    origin = fields.origin or TYPED
    title = (fields.title or "").strip() or title_of(fields.text, "" if origin == TYPED else origin)
    return make_text(title, origin, fields.text, Markup(fields.format or Markup.MARKDOWN), fields.language or "")


def read_listing(query: MultiDict[str, str]) -> ListingFields:
    """Return what is asked of the list. Raises InvalidInput."""
    asked: Mapping[str, str] = query.to_dict()
    return checked(ListingFields, asked, "?limit=50")
