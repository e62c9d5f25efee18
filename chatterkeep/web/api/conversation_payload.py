"""What programs send about the conversations of a session: which of them, which part, what to call one."""

from dataclasses import dataclass
from typing import Final

from flask import Request
from pydantic import BaseModel, ConfigDict, Field
from werkzeug.datastructures import MultiDict

from chatterkeep.domain.errors import InvalidInput, NotFound
from chatterkeep.domain.messages import SessionRef, clean_text
from chatterkeep.domain.titles import LONGEST_TITLE
from chatterkeep.services.conversations import END, Part
from chatterkeep.web import access
from chatterkeep.web.fields import READABLE, UUID, Fields, checked, read_body

LARGEST_PAGE: Final = 100
MOST_MESSAGES: Final = 1000
_FARTHEST: Final = 1_000_000


class BeginningFields(Fields):
    """What a client tells of itself when a session begins."""

    user_agent: str | None = Field(None, max_length=1000, description="Understood, and not kept.")


class QueryFields(BaseModel):
    """All of a query is text, so its numbers are read from text."""

    model_config = ConfigDict(extra="forbid")

    before: int | None = Field(
        None, ge=1, le=END, description="`next_before` of an answer: gives what is older than that part."
    )


class ShelfFields(QueryFields):
    """The query of a list of conversations."""

    session_id: str | None = Field(
        None, description="Whose conversations; the holder of a session token may leave it out."
    )
    limit: int = Field(20, ge=1, le=LARGEST_PAGE, description="How many conversations at most.")
    offset: int = Field(0, ge=0, le=_FARTHEST, description="How many of the newest to pass over.")


class PartFields(QueryFields):
    """The query of one conversation."""

    limit: int = Field(200, ge=1, le=MOST_MESSAGES, description="How many messages at most, the newest ones.")


class NamingFields(Fields):
    """What of a conversation is to change."""

    title: str | None = Field(
        None,
        description=f"A name of 1 to {LONGEST_TITLE} characters; null: the first question is its name again.",
        json_schema_extra={"pattern": READABLE},
    )


@dataclass(frozen=True, slots=True)
class Naming:
    """The name that a conversation is to have, if `given`."""

    given: bool
    title: str | None


def read_beginning(request: Request) -> None:
    """Check what a client tells of itself; no body tells nothing. Raises as `read_naming` does."""
    if request.get_data():
        read_body(request, BeginningFields, "{}")


def read_shelf(query: MultiDict[str, str]) -> tuple[SessionRef, Part]:
    """Return whose conversations are asked for, and which. Raises InvalidInput and NotFound."""
    example = "?session_id=af95080d-1670-4f45-8a47-db211c81abf9&limit=20"
    fields = checked(ShelfFields, query.to_dict(), example)
    session_id = fields.session_id if fields.session_id is not None else access.caller().session_id
    if session_id is None:
        raise InvalidInput("session_id", "The field 'session_id' is missing.", example)
    return access.session_ref(session_id), Part(fields.limit, fields.before or END, fields.offset)


def read_part(query: MultiDict[str, str]) -> Part:
    """Return which messages of a conversation are asked for. Raises InvalidInput."""
    fields = checked(PartFields, query.to_dict(), "?limit=200")
    return Part(fields.limit, fields.before or END)


def read_naming(request: Request) -> Naming:
    """Return what a conversation is to be called. Raises MalformedBody, UnsupportedType or InvalidInput."""
    example = "Cats and dogs"
    fields = read_body(request, NamingFields, f'{{"title": "{example}"}}')
    title = None if fields.title is None else clean_text(fields.title, "title", LONGEST_TITLE, example)
    return Naming("title" in fields.model_fields_set, title and " ".join(title.split()))


def conversation_ref(conversation_id: str) -> str:
    """Return an id as it is stored. Raises NotFound: what is no id is the same as an unknown one."""
    found = conversation_id.lower()
    if not UUID.fullmatch(found):
        raise NotFound("conversation")
    return found
