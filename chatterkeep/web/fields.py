"""Checks what clients send against a model, strictly: a field we do not know is a mistake, not a wish.

And what several families of routes spell alike, in what they read and in what they answer.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any, Final, TypeVar

from flask import Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from chatterkeep.domain.errors import InvalidInput, InvalidText, NotFound
from chatterkeep.domain.messages import MAX_DELIVERY_ID, MAX_TEXT, Delivery, SessionRef, clean_delivery_id
from chatterkeep.web.requestbody import MalformedBody, UnsupportedType, idempotency_key, read_json

Model = TypeVar("Model", bound=BaseModel)

_SENTENCES: Final = {
    "extra_forbidden": "There is no such field here.",
    "missing": "The field '{field}' is missing.",
    "literal_error": "The field '{field}' must be {expected}.",
    "string_too_short": "The field '{field}' must have at least {min_length} characters.",
    "string_too_long": "The field '{field}' has more than {max_length} characters.",
    "int_parsing": "The field '{field}' must be a whole number.",
    "greater_than_equal": "The field '{field}' must be at least {ge}.",
    "less_than_equal": "The field '{field}' must be at most {le}.",
    "too_long": "The field '{field}' has more than {max_length} entries.",
    "list_type": "The field '{field}' must be a list.",
}
"""What pydantic finds wrong, in words that quote nothing of what was sent."""

UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
"""The public ids we give out: of sessions, conversations, files, documents."""

_BLANK: Final = (
    r"\u0000-\u0020\u007f-\u00a0\u00ad\u0600-\u0605\u061c\u06dd\u070f\u0890-\u0891\u08e2\u115f-\u1160\u1680\u180e"
    r"\u2000-\u200f\u2028-\u202f\u205f-\u2064\u2066-\u206f\u2800\u3000\u3164\ufeff\ufff9-\ufffb"
)
READABLE: Final = rf"^[^\u0000]*[^{_BLANK}][^\u0000]*$"
"""What `clean_text` takes, as a pattern: something to read, and no NUL."""

TEXT: Final[dict[str, Any]] = {"minLength": 1, "maxLength": MAX_TEXT, "pattern": READABLE}
SPELLING: Final[dict[str, Any]] = {"pattern": r"^[^\u0000]*$"}
DELIVERY_ID: Final[dict[str, Any]] = {"minLength": 1, "maxLength": MAX_DELIVERY_ID, "pattern": "^[!-~]+$"}
"""Told to clients, as JSON Schema; what the domain refuses, it refuses in its own words."""

MESSAGE_ID: Final = re.compile(rf"({UUID.pattern})\.([1-9][0-9]{{0,8}})", re.ASCII)
"""The public id of a message: that of its conversation, and its number there."""

PLACE: Final = re.compile(r"([0-9]{1,9})\.([0-9]{1,9})", re.ASCII)
"""A place in a session, or in a reply: `1.42`."""

Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
"""A time in an answer."""


class Fields(BaseModel):
    """The fields of a body."""

    model_config = ConfigDict(strict=True, extra="forbid")


def moment(time: datetime) -> str:
    """Word a time, in ISO 8601."""
    return time.isoformat(timespec="milliseconds")


def read_body(request: Request, model: type[Model], example: str) -> Model:
    """Return the JSON body of a request. Raises MalformedBody, UnsupportedType or InvalidInput, with the example."""
    try:
        data = read_json(request)
    except MalformedBody as error:
        error.hint = example
        raise
    except UnsupportedType as error:
        error.hint = "Send Content-Type: application/json, in UTF-8."
        raise
    return checked(model, data, example)


def checked(model: type[Model], data: Mapping[str, Any], example: str) -> Model:
    """Return the fields of a body, a query or a frame. Raises InvalidInput for the first that cannot be used."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise _problem(error.errors()[0], example) from None


def delivery_of(request: Request, session: SessionRef, client: str, given: str | None) -> Delivery | None:
    """Return the delivery of a message: what its body names, else the Idempotency-Key header. Raises InvalidInput."""
    key = idempotency_key(request)
    return delivery(session, client, given if given is not None else key)


def delivery(session: SessionRef, client: str, delivery_id: str | None) -> Delivery | None:
    """Return the delivery of a client's message in a session. Raises InvalidInput."""
    if delivery_id is None:
        return None
    return Delivery(f"session:{session.public_id}:{client}", clean_delivery_id(delivery_id))


def file_ids(given: Iterable[str]) -> tuple[str, ...]:
    """Return the ids of files, each once. Raises NotFound for what can be none."""
    found = tuple(dict.fromkeys(file_id.lower() for file_id in given))
    if not all(map(UUID.fullmatch, found)):
        raise NotFound("file")
    return found


def _problem(error: ErrorDetails, example: str) -> InvalidInput:
    field = str(error["loc"][0])[:64] if error["loc"] else ""
    if error["type"] == "string_unicode":
        return InvalidText(field, "The text holds half of a surrogate pair.", example)
    return InvalidInput(field, _sentence(error), example)


def _sentence(error: ErrorDetails) -> str:
    sentence = _SENTENCES.get(error["type"], "The field '{field}' must be a text.")
    return sentence.format(field=error["loc"][0], **error.get("ctx", {}))
