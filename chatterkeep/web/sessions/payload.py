"""What API clients send to `/sessions`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final, Literal

from flask import Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from werkzeug.datastructures import MultiDict

from chatterkeep.domain.errors import InvalidInput
from chatterkeep.domain.messages import MAX_TEXT, Author, Inbound, SessionRef, clean_text
from chatterkeep.domain.transcript import Position
from chatterkeep.web.fields import DELIVERY_ID, PLACE, READABLE, TEXT, Fields, checked, delivery_of, read_body

LONGEST_LABEL: Final = 64
LARGEST_PAGE: Final = 100
_LABELS: Final = {"outcome": "refunded", "assignee": "ada"}

Label = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_LABEL)]


class OpeningFields(Fields):
    """What is asked for when a session is opened."""

    flow: str | None = Field(None, description="The flow that answers; a person does where none is named.")


class MessageFields(Fields):
    """A message for a session."""

    content: str = Field(description=f"The text, 1 to {MAX_TEXT:,} characters.", json_schema_extra=TEXT)
    author_type: Literal["customer", "service_agent"] = Field(description="`service_agent` needs the scope `agent`.")
    id: str | None = Field(
        None, description="The delivery id: the same id again has no second effect.", json_schema_extra=DELIVERY_ID
    )


class LabelFields(Fields):
    """The labels that are to change. What is left out stays; null clears it."""

    outcome: Label | None = Field(
        None, description="How the conversation ended.", json_schema_extra={"pattern": READABLE}
    )
    assignee: Label | None = Field(None, description="Whose it is.", json_schema_extra={"pattern": READABLE})


class ListingFields(BaseModel):
    """All of a query is text, so its number is read from text."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(20, ge=1, le=LARGEST_PAGE, description="How many sessions at most.")
    cursor: str | None = Field(None, description="`next_cursor` of the part before this one.")


class ReadingFields(Fields):
    """The query of a reading."""

    before: str | None = Field(
        None,
        description="`before` of an answer: gives the messages before those.",
        json_schema_extra={"pattern": f"^{PLACE.pattern}$"},
    )


@dataclass(frozen=True, slots=True)
class Listing:
    """Which part of the list is asked for."""

    limit: int
    cursor: str | None


def read_opening(request: Request) -> str | None:
    """Return the name of the flow that is asked for; no body asks for none. Raises as `read_message` does."""
    example = '{"flow": "greeting"}'
    if not request.get_data():
        return None
    return read_body(request, OpeningFields, example).flow


def read_message(request: Request, session: SessionRef, client: str) -> tuple[Inbound, Author]:
    """Return a message and who wrote it. Raises MalformedBody, UnsupportedType or InvalidInput."""
    example = '{"content": "My order is late.", "author_type": "customer"}'
    fields = read_body(request, MessageFields, example)
    delivery = delivery_of(request, session, client, fields.id)
    text = clean_text(fields.content, "content")
    author = Author.CUSTOMER if fields.author_type == "customer" else Author.AGENT
    return Inbound(session, text, delivery, form=fields.author_type), author


def read_labels(request: Request) -> Mapping[str, str | None]:
    """Return the labels that are to change, those and no others. Raises as `read_message` does."""
    fields = read_body(request, LabelFields, json.dumps(_LABELS))
    given = fields.model_dump(exclude_unset=True)
    return {name: _clean_label(value, name, _LABELS[name]) for name, value in given.items()}


def read_listing(query: MultiDict[str, str]) -> Listing:
    """Return what part of the list a query asks for. Raises InvalidInput."""
    fields = checked(ListingFields, query.to_dict(), "?limit=20")
    return Listing(fields.limit, fields.cursor)


def read_place(query: MultiDict[str, str]) -> Position | None:
    """Return the place before which messages are asked for, if any. Raises InvalidInput."""
    before = checked(ReadingFields, query.to_dict(), "?before=1.42").before
    if before is None:
        return None
    match = PLACE.fullmatch(before)
    if match is None:
        raise InvalidInput("before", "This is no place in a session: send what 'before' of an answer said.", "1.42")
    return Position(int(match[1]), int(match[2]))


def _clean_label(text: str | None, field: str, example: str) -> str | None:
    return None if text is None else clean_text(text, field, LONGEST_LABEL, example)
