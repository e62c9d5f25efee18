"""Sessions, messages and events as JSON, in the words of the HTTP contract."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from chatterkeep.domain.answers import Usage
from chatterkeep.domain.basis import Basis
from chatterkeep.domain.growth import Anew, Grown
from chatterkeep.domain.outcome import Outcome, message_id
from chatterkeep.domain.replies import Reply, ReplyState
from chatterkeep.services.following import Cursor, Event, Said
from chatterkeep.web.fields import moment
from chatterkeep.web.lookups import ToolUseWire, tools_wire
from chatterkeep.web.sources import SourceWire, sources_wire

Json = dict[str, Any]


class ContextWire(TypedDict):
    """A session, and what is told of it."""

    session_id: str
    context: dict[str, Any]


class StartedWire(ContextWire):
    """A session that was opened or resumed."""

    status: Literal["created", "resumed"]
    token: Annotated[
        str | None,
        Field(
            description="Opens this session alone, and is shown this once; null for whoever resumes it and may do less."
        ),
    ]


class SentWire(TypedDict):
    """A message that is stored, and whose reply comes by itself."""

    status: Literal["message_sent"]
    session_id: str
    message_id: Annotated[str, Field(description="The conversation's id and the number of the message in it.")]
    reply_id: Annotated[str | None, Field(description="Null where a person is to answer.")]


class TicketWire(TypedDict):
    """What opens a socket, once."""

    ticket: str
    expires_in: Annotated[int, Field(description="In seconds.")]


class UsageWire(TypedDict):
    """What an answer cost."""

    model: str
    prompt_tokens: int
    completion_tokens: int


class BasisWire(TypedDict):
    """What an answer rests on besides the conversation."""

    sources: list[SourceWire]
    tools: list[ToolUseWire]


class MetadataWire(TypedDict):
    """What is known of a message. `state`, `usage`, `sources` and `tools` are those of a generated reply."""

    message_id: str
    conversation_id: str
    seq: int
    author: str
    cursor: str
    reply_id: str
    state: NotRequired[str]
    usage: NotRequired[UsageWire | None]
    model: NotRequired[str | None]
    sources: NotRequired[list[SourceWire]]
    tools: NotRequired[list[ToolUseWire]]


def started_wire(
    session_id: str, status: Literal["created", "resumed"], context: Json, token: str | None
) -> StartedWire:
    """Word a session for the one who opened or resumed it."""
    return {"session_id": session_id, "status": status, "context": context, "token": token}


def sent_wire(outcome: Outcome) -> SentWire:
    """Word a message that was stored."""
    return {
        "status": "message_sent",
        "session_id": outcome.session_id,
        "message_id": outcome.message_id,
        "reply_id": outcome.reply_id,
    }


def event_wire(event: Event, cursor: Cursor, session_id: str, now: datetime) -> Json:
    """Word an event of a session for a socket."""
    told: Json = {"session_id": session_id, "timestamp": moment(now)}
    match event:
        case Grown(reply, offset, text):
            place = {"reply_id": reply.reply_id, "offset": offset, "cursor": str(cursor)}
            return {"type": "chunk", "content": text, **told, **place}
        case Anew(reply):
            return {"type": "restart", **told, "reply_id": reply.reply_id, "cursor": str(cursor)}
        case Said(line, reply):
            failed = reply is not None and reply.state is ReplyState.FAILED
            kind: Json = {"type": "error", "code": "OPENAI_ERROR"} if failed else {"type": "complete"}
            return {**kind, "content": line.text, **told, "metadata": _metadata(event, cursor)}


def usage_wire(usage: Usage | None) -> UsageWire | None:
    """Word what an answer cost."""
    if usage is None:
        return None
    return {
        "model": usage.model,
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
    }


def basis_wire(basis: Basis) -> BasisWire:
    """Word what an answer rests on."""
    return {
        "sources": sources_wire(basis),
        "tools": tools_wire(basis),
    }


def end_wire(reply: Reply) -> Mapping[str, Any]:
    """Word the end of a reply for a stream."""
    return {
        "finished": True,
        "message_id": message_id(reply.conversation_id, reply.position.seq) if reply.position else None,
        "conversation_id": reply.conversation_id,
        "reply_id": reply.reply_id,
        "state": reply.state,
        "usage": usage_wire(reply.usage),
        **basis_wire(reply.basis),
    }


def _metadata(said: Said, cursor: Cursor) -> MetadataWire:
    line, reply = said.line, said.reply
    own = message_id(line.conversation_id, line.position.seq)
    told: MetadataWire = {
        "message_id": own,
        "conversation_id": line.conversation_id,
        "seq": line.position.seq,
        "author": line.author.value,
        "cursor": str(cursor),
        "reply_id": reply.reply_id if reply else own,
    }
    if reply:
        usage = usage_wire(reply.usage)
        told |= {"state": reply.state.value, "usage": usage, "model": usage["model"] if usage else None}
        basis = basis_wire(reply.basis)
        told |= {"sources": basis["sources"], "tools": basis["tools"]}
    return told
