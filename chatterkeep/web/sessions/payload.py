"""What API clients send to `/sessions`, checked strictly: a field we do not know is a mistake, not a wish."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal, TypeVar

from flask import Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic_core import ErrorDetails
from werkzeug.datastructures import MultiDict

from chatterkeep.domain.errors import InvalidInput, InvalidText
from chatterkeep.domain.messages import (
    MAX_TEXT,
    Author,
    Delivery,
    Inbound,
    SessionRef,
    clean_delivery_id,
    clean_text,
)
from chatterkeep.domain.transcript import Position
from chatterkeep.web.requestbody import MalformedBody, UnsupportedType, idempotency_key, read_json

LONGEST_LABEL: Final = 64
LARGEST_PAGE: Final = 100
_PLACE: Final = re.compile(r"([0-9]{1,9})\.([0-9]{1,9})", re.ASCII)

Label = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_LABEL)]


class _Fields(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


class OpeningFields(_Fields):
    """What is asked for when a session is opened."""

    flow: str | None = Field(None, description="The flow that answers; a person does where none is named.")


class MessageFields(_Fields):
    """A message for a session."""

    content: str = Field(description=f"The text, 1 to {MAX_TEXT:,} characters.")
    author_type: Literal["customer", "service_agent"] = Field(description="`service_agent` needs the scope `agent`.")
    id: str | None = Field(None, description="The delivery id: the same id again has no second effect.")


class LabelFields(_Fields):
    """The labels that are to change. What is left out stays; null clears it."""

    outcome: Label | None = Field(None, description="How the conversation ended.")
    assignee: Label | None = Field(None, description="Whose it is.")


class ListingFields(BaseModel):
    """All of a query is text, so its number is read from text."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(20, ge=1, le=LARGEST_PAGE, description="How many sessions at most.")
    cursor: str | None = Field(None, description="`next_cursor` of the part before this one.")


class ReadingFields(_Fields):
    """The query of a reading."""

    before: str | None = Field(None, description="`before` of an answer: gives the messages before those.")


Model = TypeVar("Model", bound=BaseModel)


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
    return _checked(OpeningFields, _body(request, example), example).flow


def read_message(request: Request, session: SessionRef, client: str) -> tuple[Inbound, Author]:
    """Return a message and who wrote it. Raises MalformedBody, UnsupportedType or InvalidInput."""
    example = '{"content": "My order is late.", "author_type": "customer"}'
    fields = _checked(MessageFields, _body(request, example), example)
    delivery_id = fields.id if fields.id is not None else idempotency_key(request)
    delivery = None
    if delivery_id is not None:
        delivery = Delivery(f"session:{session.public_id}:{client}", clean_delivery_id(delivery_id))
    text = clean_text(fields.content, "content")
    author = Author.CUSTOMER if fields.author_type == "customer" else Author.AGENT
    return Inbound(session, text, delivery, form=fields.author_type), author


def read_labels(request: Request) -> Mapping[str, str | None]:
    """Return the labels that are to change, those and no others. Raises as `read_message` does."""
    example = '{"outcome": "refunded", "assignee": "ada"}'
    fields = _checked(LabelFields, _body(request, example), example)
    given = fields.model_dump(exclude_unset=True)
    return {name: _clean_label(value, name) for name, value in given.items()}


def read_listing(query: MultiDict[str, str]) -> Listing:
    """Return what part of the list a query asks for. Raises InvalidInput."""
    fields = _checked(ListingFields, query.to_dict(), "?limit=20")
    return Listing(fields.limit, fields.cursor)


def read_place(query: MultiDict[str, str]) -> Position | None:
    """Return the place before which messages are asked for, if any. Raises InvalidInput."""
    before = _checked(ReadingFields, query.to_dict(), "?before=1.42").before
    if before is None:
        return None
    match = _PLACE.fullmatch(before)
    if match is None:
        raise InvalidInput("before", "This is no place in a session: send what 'before' of an answer said.", "1.42")
    return Position(int(match[1]), int(match[2]))


def _body(request: Request, example: str) -> dict[str, Any]:
    try:
        return read_json(request)
    except MalformedBody as error:
        error.hint = example
        raise
    except UnsupportedType as error:
        error.hint = "Send Content-Type: application/json, in UTF-8."
        raise


def _checked(model: type[Model], data: Mapping[str, Any], example: str) -> Model:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise _problem(error.errors()[0], example) from None


def _problem(error: ErrorDetails, example: str) -> InvalidInput:
    field = str(error["loc"][0])[:64]
    if error["type"] == "string_unicode":
        return InvalidText(field, "The text holds half of a surrogate pair.", example)
    return InvalidInput(field, _sentence(error), example)


def _sentence(error: ErrorDetails) -> str:
    field, limits = error["loc"][0], error.get("ctx", {})
    match error["type"]:
        case "extra_forbidden":
            return "There is no such field here."
        case "missing":
            return f"The field '{field}' is missing."
        case "literal_error":
            return f"The field '{field}' must be {limits['expected']}."
        case "string_too_short" | "string_too_long":
            return f"The field '{field}' has 1 to {LONGEST_LABEL} characters; null clears it."
        case "int_parsing" | "greater_than_equal" | "less_than_equal":
            return f"The field '{field}' must be a whole number from 1 to {LARGEST_PAGE}."
    return f"The field '{field}' must be a text."


def _clean_label(text: str | None, field: str) -> str | None:
    return None if text is None else clean_text(text, field, LONGEST_LABEL)
