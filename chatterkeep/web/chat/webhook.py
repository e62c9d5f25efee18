"""`POST /chat`: a phone and a message in, the bot's answer out."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, NotRequired

from flask import Blueprint, Response, request
from pydantic import Field
from typing_extensions import TypedDict

from chatterkeep.domain.outcome import Outcome, ReplyStatus, status_of
from chatterkeep.domain.replies import Reply
from chatterkeep.web import access, metrics
from chatterkeep.web.chat.payload import Posted, preferred_wait, read_posted, wait_of
from chatterkeep.web.context import public_url, services
from chatterkeep.web.limits import limiting
from chatterkeep.web.lookups import ToolUseWire, tools_wire
from chatterkeep.web.replays import marked
from chatterkeep.web.sources import SourceWire, sources_wire

blueprint = Blueprint("webhook", __name__)


class OutcomeWire(TypedDict):
    """What a message led to. The phone and the reply stand beside it, in the words of the request."""

    state: Annotated[str, Field(description="Where the flow stands now.")]
    session_id: Annotated[str, Field(description="The same for one phone on one channel.")]
    conversation_id: Annotated[str, Field(description="This run of the flow.")]
    message_id: Annotated[str, Field(description="The conversation's id and the number of the message in it.")]
    reply_id: Annotated[str | None, Field(description="Null where a person is to answer.")]
    status: ReplyStatus
    sources: Annotated[list[SourceWire], Field(description="What the reply cites; mostly nothing.")]
    tools: NotRequired[Annotated[list[ToolUseWire], Field(description="There where tools were called.")]]


class PendingWire(OutcomeWire):
    """The same while the reply is being written, with the address that will answer with it."""

    reply_url: Annotated[str, Field(description="Ask here for the reply; each time it may wait, as `Prefer` says.")]


class ReplyWire(TypedDict):
    """A generated reply that has ended."""

    session_id: str
    conversation_id: str
    reply_id: str
    status: ReplyStatus
    reply: Annotated[str | None, Field(description="What was said; null while it is being written.")]
    tools: Annotated[list[ToolUseWire], Field(description="The tools that were called for it.")]
    sources: Annotated[list[SourceWire], Field(description="What the reply cites.")]


class UnfinishedWire(ReplyWire):
    """A generated reply that is being written."""

    reply_url: Annotated[str, Field(description="Ask here again; each time it may wait, as `Prefer` says.")]


@blueprint.post("/chat")
@access.client("chat")
def receive_message() -> Response:
    """Take a message in and answer with the reply, in the vocabulary that was used."""
    return take_in()


def take_in(signed_id: str | None = None) -> Response:
    """Take the message of this request in; `signed_id` names its delivery where a signature vouches for that."""
    limiting().request()
    posted = read_posted(request, access.caller().name, services().region, signed_id)
    outcome = receive(posted, wait_of(request))
    response = _response(_wire(outcome, posted), outcome.status)
    return marked(response, outcome)


def receive(posted: Posted, wait: int) -> Outcome:
    """Store a message and what the flow says to it; wait so many seconds for a generated reply."""
    use = services()
    admit = limiting().message_of(use.pseudonym(posted.sender))
    outcome = use.turns.receive(posted.inbound, use.clock(), admit)
    metrics.TURNS.labels(posted.sender.channel, "replayed" if outcome.replayed else "stored").inc()
    if outcome.generated is None:
        return outcome
    return replace(outcome, generated=use.replies.wait(outcome.generated, wait))


@blueprint.get("/chat/replies/<reply_id>")
@access.client("chat", session=True)
def show_reply(reply_id: str) -> Response:
    """A generated reply: 200 once it has ended, 202 while it is written; `Prefer: wait` bounds the wait."""
    use, session_id = services(), access.caller().session_id
    reply = use.replies.wait(use.replies.show(reply_id, session_id), wait_of(request))
    return _response(_reply_wire(reply), status_of(reply))


@blueprint.post("/chat/replies/<reply_id>/stop")
@access.client("chat", session=True)
def stop_reply(reply_id: str) -> Response:
    """End a reply now, with what is written so far; one that has ended stays as it is."""
    reply = services().replies.stop(reply_id, access.caller().session_id)
    return _response(_reply_wire(reply), status_of(reply))


@blueprint.post("/chat/replies/<reply_id>/retry")
@access.client("chat", session=True)
def retry_reply(reply_id: str) -> Response:
    """Ask the question of a stopped or failed reply once more; the answer is the new reply."""
    limits = limiting()
    limits.request()
    reply = services().replies.retry(reply_id, access.caller().session_id, limits.another_try)
    reply = services().replies.wait(reply, wait_of(request))
    return _response(_reply_wire(reply), status_of(reply))


def _response(fields: Mapping[str, object], status: ReplyStatus) -> Response:
    pending = status is ReplyStatus.PENDING
    response = Response(json.dumps(fields), 202 if pending else 200, mimetype="application/json")
    if (wait := preferred_wait(request)) is not None:
        response.headers["Preference-Applied"] = f"wait={wait}"
    if pending:
        response.headers["Location"] = str(fields["reply_url"])
        response.headers["Retry-After"] = "1"
    return response


def _wire(outcome: Outcome, posted: Posted) -> dict[str, object]:
    told: OutcomeWire = {
        "state": outcome.state,
        "session_id": outcome.session_id,
        "conversation_id": outcome.conversation_id,
        "message_id": outcome.message_id,
        "reply_id": outcome.reply_id,
        "status": outcome.status,
        "sources": sources_wire(outcome.generated.basis) if outcome.generated else [],
    }
    if outcome.generated and (used := tools_wire(outcome.generated.basis)):
        told["tools"] = used
    if outcome.status is ReplyStatus.PENDING:
        return {posted.words.phone: posted.sender.phone.e164, **told, "reply_url": reply_url(outcome.reply_id or "")}
    return {posted.words.phone: posted.sender.phone.e164, posted.words.reply: outcome.reply, **told}


def _reply_wire(reply: Reply) -> ReplyWire | UnfinishedWire:
    told: ReplyWire = {
        "session_id": reply.session_id,
        "conversation_id": reply.conversation_id,
        "reply_id": reply.reply_id,
        "status": status_of(reply),
        "reply": reply.text if reply.state.ended else None,
        "tools": tools_wire(reply.basis),
        "sources": sources_wire(reply.basis),
    }
    return told if reply.state.ended else {**told, "reply_url": reply_url(reply.reply_id)}


def reply_url(reply_id: str) -> str:
    """Return the whole address that answers with a reply."""
    return public_url("webhook.show_reply", reply_id=reply_id)
