"""What programs send: a session's beginning, messages, and where they stopped reading."""

import re
from dataclasses import dataclass, replace
from typing import Any, Final

from flask import Request
from pydantic import ConfigDict, Field
from werkzeug.datastructures import MultiDict

from chatterkeep.domain.errors import InvalidInput
from chatterkeep.domain.files import MAX_TOGETHER
from chatterkeep.domain.messages import MAX_TEXT, Inbound, SessionRef, clean_text
from chatterkeep.domain.transcript import Position
from chatterkeep.services.following import Cursor
from chatterkeep.web.access import session_ref
from chatterkeep.web.api.conversation_payload import conversation_ref
from chatterkeep.web.fields import PLACE, TEXT, Fields, checked, delivery_of, file_ids, read_body

FORM: Final = "realtime"
"""The name of this wire format, which a delivery that comes again must repeat."""

_EMAIL: Final = re.compile(r"[^@\s]{1,64}@[^@\s]{1,255}")
_SEQ: Final = re.compile(r"[0-9]{1,9}", re.ASCII)
# Unescaped, a plus in an address arrives as a space.
_CURSOR: Final = re.compile(rf"{PLACE.pattern}(?:[+ ]{PLACE.pattern})?", re.ASCII)
_OPENING: Final = '{"customer_name": "Ada", "customer_email": "ada@example.com"}'
_SAYING: Final = '{"session_id": "af95080d-1670-4f45-8a47-db211c81abf9", "message": "hello"}'

Progress = tuple[int, int]
"""How much of a reply a reader has: the fence it was written under, and so many characters."""


class StartFields(Fields):
    """Who the customer is, and anything else that is worth knowing: other fields become part of the context."""

    model_config = ConfigDict(strict=True, extra="allow")

    customer_name: str = Field(min_length=1, max_length=200, description="What the customer is called.")
    customer_email: str = Field(
        max_length=320,
        description="Where the customer reads mail.",
        json_schema_extra={"pattern": f"^{_EMAIL.pattern}$"},
    )
    flight_no: Any = Field(None, description="A part of the context, as any other field is.")
    date: Any = Field(None, description="A part of the context too.")
    flow: str | None = Field(None, description="The flow that answers, `assistant` where none is named.")
    session_id: str | None = Field(None, description="Resumes this session instead: the context is added to its own.")


class SayFields(Fields):
    """A message of the customer."""

    session_id: str = Field(description="The session it is for.")
    message: str = Field(description=f"The text, 1 to {MAX_TEXT:,} characters.", json_schema_extra=TEXT)
    client_id: str | None = Field(None, max_length=64, description="Which of the customer's devices sends it.")


class AskFields(Fields):
    """A message of the customer, whose answer is to be streamed."""

    session_id: str = Field(description="The session it is for.")
    message: str = Field(description=f"The text, 1 to {MAX_TEXT:,} characters.", json_schema_extra=TEXT)
    conversation_id: str | None = Field(
        None, description="A conversation of the session, to go on with it. Left away, a new one begins."
    )
    file_ids: list[str] | None = Field(
        None,
        max_length=MAX_TOGETHER,
        description="Files of the session that belong to the message; their text is shown to the model with it.",
    )


class ResumeFields(Fields):
    """The query of a stream."""

    after: str | None = Field(
        None,
        description="The `id` of the last event that was read; `Last-Event-ID` wins.",
        json_schema_extra={"pattern": f"^{PLACE.pattern}$"},
    )


@dataclass(frozen=True, slots=True)
class Start:
    """A session that is to be opened, or resumed, and what is told of it."""

    session_id: str | None
    flow: str | None
    context: dict[str, Any]


def read_start(request: Request) -> Start:
    """Return what session is asked for. Raises MalformedBody, UnsupportedType or InvalidInput."""
    fields = read_body(request, StartFields, _OPENING)
    if not _EMAIL.fullmatch(fields.customer_email):
        raise InvalidInput("customer_email", "This is no mail address.", _OPENING)
    if fields.session_id is not None and fields.flow is not None:
        raise InvalidInput("flow", "A session that is resumed keeps its flow: leave the field away.", _OPENING)
    return Start(fields.session_id, fields.flow, fields.model_dump(exclude={"flow", "session_id"}, exclude_unset=True))


def read_saying(request: Request, client: str) -> Inbound:
    """Return a message for a session the caller may touch. Raises as `read_start` does, and NotFound."""
    fields = read_body(request, SayFields, _SAYING)
    return _inbound(request, session_ref(fields.session_id), fields.message, client)


def read_asking(request: Request, client: str) -> Inbound:
    """Return a message, for the conversation that is named or for a new one. Raises as `read_saying` does."""
    fields = read_body(request, AskFields, _SAYING)
    inbound = _inbound(request, session_ref(fields.session_id), fields.message, client)
    files = file_ids(fields.file_ids or ())
    if fields.conversation_id is None:
        return replace(inbound, anew=True, files=files)
    return replace(inbound, conversation_id=conversation_ref(fields.conversation_id), files=files)


def read_progress(request: Request) -> Progress:
    """Return from where on a stream is to go on. Raises InvalidInput."""
    fields = checked(ResumeFields, request.args.to_dict(), "?after=1.42")
    told = request.headers.get("Last-Event-ID") or fields.after or "0.0"
    match = PLACE.fullmatch(told)
    if match is None:
        raise InvalidInput("after", "This is no id of an event: send the last one you read, as it was.", "1.42")
    return int(match[1]), int(match[2])


def read_cursor(query: MultiDict[str, str], newest: int) -> Cursor | None:
    """Return the place after which a session is to be followed, if any is named. Raises InvalidInput.

    A number alone is that of a message of the newest conversation, whose number is `newest`.
    """
    told = query.get("after")
    if told is None:
        return None
    if _SEQ.fullmatch(told):
        return Cursor(Position(newest, int(told)))
    match = _CURSOR.fullmatch(told)
    if match is None:
        raise InvalidInput("after", "This is no cursor: send the last one you read, as it was.", "?after=1.42")
    number, seq, fence, chars = (int(part or 0) for part in match.groups())
    return Cursor(Position(number, seq), fence, chars)


def _inbound(request: Request, session: SessionRef, text: str, client: str) -> Inbound:
    return Inbound(session, clean_text(text), delivery_of(request, session, client, None), FORM)
