"""The conversations of a session as JSON, in the words of the HTTP contract."""

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from chatterkeep.domain.conversation import Owner, Status
from chatterkeep.domain.feedback import Feedback, Verdict
from chatterkeep.domain.messages import Author, Kind
from chatterkeep.domain.outcome import message_id
from chatterkeep.domain.overviews import Anteroom, Overview, Reading, Said, Shelf
from chatterkeep.web.api.presenters import basis_wire
from chatterkeep.web.attachments import AttachmentWire, attachments_wire
from chatterkeep.web.fields import Moment, moment
from chatterkeep.web.sources import SourceWire


class AnteroomWire(TypedDict):
    """A session."""

    id: str
    created_at: Moment
    last_accessed: Annotated[Moment, Field(description="When something was said there last.")]
    conversation_id: Annotated[str | None, Field(description="The newest conversation; null where nobody wrote yet.")]


class SessionOnlyWire(TypedDict):
    """A session that is there, and may be used."""

    session: AnteroomWire


class BegunWire(SessionOnlyWire):
    """A session that was just opened."""

    token: Annotated[str, Field(description="Opens this session alone, and is shown this once.")]


class ConversationWire(TypedDict):
    """A conversation. `title` is the name it was given, else its first question."""

    id: str
    session_id: str
    title: Annotated[str | None, Field(description="Null where nothing was asked and no name was given.")]
    created_at: Moment
    updated_at: Moment
    is_active: Annotated[bool, Field(description="It is the newest, open, and was not silent for too long.")]
    message_count: int
    flow: str
    state: str
    owner: Owner
    status: Status


class NamedWire(TypedDict):
    """A conversation, as it is called now."""

    conversation: ConversationWire


class DeletedWire(TypedDict):
    """What is gone."""

    id: str
    deleted: Literal[True]


class ShelfWire(TypedDict):
    """Conversations, newest first."""

    conversations: list[ConversationWire]
    total: Annotated[int, Field(description="How many the session has in all.")]
    next_before: Annotated[int | None, Field(description="Ask with it as `before` for older ones; null: none.")]


class OpinionWire(TypedDict):
    """What a reader thinks of a message."""

    feedback: Verdict
    comment: str | None
    created_at: Annotated[Moment, Field(description="When it was said last.")]


class JudgedWire(OpinionWire):
    """What is kept of a reader's word on a message."""

    message_id: str


class SaidWire(TypedDict):
    """A message."""

    id: Annotated[str, Field(description="The conversation's id and the number of the message in it.")]
    conversation_id: str
    role: Annotated[
        Literal["user", "assistant", "system"],
        Field(description="`assistant` is the bot, or a person who answers: `author` tells which."),
    ]
    author: Author
    kind: Annotated[Kind, Field(description="An `answer` was generated, and is Markdown; a `partial` one was stopped.")]
    content: str
    created_at: Moment
    token_count: Annotated[int | None, Field(description="What was generated, as the provider counts.")]
    model_name: str | None
    sources: list[SourceWire]
    files: Annotated[list[AttachmentWire], Field(description="What was sent with it.")]
    feedback: OpinionWire | None


class ReadingWire(TypedDict):
    """A conversation with its newest messages, oldest first."""

    conversation: ConversationWire
    messages: list[SaidWire]
    next_before: Annotated[int | None, Field(description="Ask with it as `before` for earlier ones; null: none.")]


_ROLES: dict[Author, Literal["user", "assistant", "system"]] = {
    Author.CUSTOMER: "user",
    Author.BOT: "assistant",
    Author.AGENT: "assistant",
    Author.SYSTEM: "system",
}


def anteroom_wire(session: Anteroom) -> AnteroomWire:
    """Word a session without its conversations."""
    return {
        "id": session.session_id,
        "created_at": moment(session.created_at),
        "last_accessed": moment(session.last_message_at),
        "conversation_id": session.conversation_id,
    }


def conversation_wire(overview: Overview) -> ConversationWire:
    """Word a conversation without its messages."""
    standing = overview.standing
    return {
        "id": overview.conversation_id,
        "session_id": overview.session_id,
        "title": overview.title,
        "created_at": moment(overview.created_at),
        "updated_at": moment(overview.last_message_at),
        "is_active": overview.goes_on,
        "message_count": overview.messages,
        "flow": standing.flow,
        "state": standing.state,
        "owner": standing.owner,
        "status": standing.status,
    }


def shelf_wire(shelf: Shelf) -> ShelfWire:
    """Word a page of a session's conversations."""
    return {
        "conversations": [conversation_wire(overview) for overview in shelf.overviews],
        "total": shelf.total,
        "next_before": shelf.before,
    }


def reading_wire(reading: Reading) -> ReadingWire:
    """Word a conversation with a part of its messages."""
    return {
        "conversation": conversation_wire(reading.overview),
        "messages": [_said(said) for said in reading.said],
        "next_before": reading.before,
    }


def judged_wire(own_id: str, feedback: Feedback) -> JudgedWire:
    """Word what was kept of a reader's word."""
    return {"message_id": own_id, **_opinion(feedback)}


def _said(said: Said) -> SaidWire:
    line, usage = said.line, said.usage
    return {
        "id": message_id(line.conversation_id, line.position.seq),
        "conversation_id": line.conversation_id,
        "role": _ROLES[line.author],
        "author": line.author,
        "kind": line.kind,
        "content": line.text,
        "created_at": moment(line.created_at),
        "token_count": usage.completion_tokens if usage else None,
        "model_name": usage.model if usage else None,
        "sources": basis_wire(line.basis)["sources"],
        "files": attachments_wire(line.files),
        "feedback": _opinion(line.feedback) if line.feedback else None,
    }


def _opinion(feedback: Feedback) -> OpinionWire:
    return {"feedback": feedback.verdict, "comment": feedback.comment, "created_at": moment(feedback.given_at)}
