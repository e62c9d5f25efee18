"""Sessions as JSON, in the words of the HTTP contract."""

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from chatterkeep.domain.conversation import Owner, Status
from chatterkeep.domain.messages import Author, Channel
from chatterkeep.domain.outcome import message_id
from chatterkeep.domain.sessions import ChatSession, Page, Standing, Summary
from chatterkeep.domain.transcript import Line
from chatterkeep.web.attachments import AttachmentWire, attachments_wire
from chatterkeep.web.fields import Moment, moment


class MessageWire(TypedDict):
    """A message of a session."""

    id: Annotated[str, Field(description="The conversation's id and the number of the message in it.")]
    timestamp: Moment
    content: str
    author_type: Literal["customer", "service_agent"]
    author: Annotated[Author, Field(description="Tells the service agents apart.")]
    conversation_id: str
    files: Annotated[list[AttachmentWire], Field(description="What was sent with it.")]


class StandingWire(TypedDict):
    """How a session stands, as its newest conversation does."""

    flow: str
    state: Annotated[str, Field(description="Where the flow stands now.")]
    owner: Owner
    status: Status
    outcome: str | None
    assignee: str | None


class SessionWire(StandingWire):
    """A session with its newest messages, oldest first."""

    id: str
    created_at: Moment
    messages: list[MessageWire]
    before: Annotated[str | None, Field(description="Ask with it for the messages before these; null: there are none.")]


class OpenedWire(SessionWire):
    """A session that was just opened."""

    token: Annotated[str, Field(description="Opens this session alone, and is shown this once.")]


class SummaryWire(StandingWire):
    """A session in the list."""

    id: str
    created_at: Moment
    last_message_at: Moment
    channel: Channel
    phone: Annotated[str | None, Field(description="Masked.")]
    phone_is_claimed: Annotated[bool, Field(description="Somebody typed the number on a page, which proves nothing.")]


class PageWire(TypedDict):
    """A part of the list."""

    sessions: list[SummaryWire]
    next_cursor: Annotated[str | None, Field(description="Ask with it for the next part; null: this is the last.")]


def session_wire(session: ChatSession) -> SessionWire:
    """Word a session. `before` is what to ask with for the messages before these; null where these are all."""
    return {
        "id": session.session_id,
        "created_at": moment(session.created_at),
        "messages": [_message(line) for line in session.lines],
        "before": str(session.earlier) if session.earlier else None,
        **_standing(session.standing),
    }


def opened_wire(session: ChatSession, token: str) -> OpenedWire:
    """Word a session that was just opened, for the one who opened it."""
    return {**session_wire(session), "token": token}


def page_wire(page: Page) -> PageWire:
    """Word a part of the list."""
    return {"sessions": [_summary(summary) for summary in page.summaries], "next_cursor": page.cursor}


def _message(line: Line) -> MessageWire:
    """Two kinds of author are known to clients, so the bot is a service agent; `author` tells them apart."""
    return {
        "id": message_id(line.conversation_id, line.position.seq),
        "timestamp": moment(line.created_at),
        "content": line.text,
        "author_type": "customer" if line.author is Author.CUSTOMER else "service_agent",
        "author": line.author,
        "conversation_id": line.conversation_id,
        "files": attachments_wire(line.files),
    }


def _summary(summary: Summary) -> SummaryWire:
    who = summary.who
    return {
        "id": summary.session_id,
        "created_at": moment(summary.created_at),
        "last_message_at": moment(summary.last_message_at),
        "channel": who.channel,
        "phone": who.phone.masked if who.phone else None,
        "phone_is_claimed": who.phone is not None and who.channel is Channel.WEB,
        **_standing(summary.standing),
    }


def _standing(standing: Standing) -> StandingWire:
    return {
        "flow": standing.flow,
        "state": standing.state,
        "owner": standing.owner,
        "status": standing.status,
        "outcome": standing.outcome,
        "assignee": standing.assignee,
    }
