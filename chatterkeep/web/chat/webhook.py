"""`POST /chat`: a phone and a message in, the bot's answer out."""

import json
from typing import Annotated

from flask import Blueprint, Response, request
from pydantic import Field
from typing_extensions import TypedDict

from chatterkeep.domain.outcome import Outcome, ReplyStatus
from chatterkeep.web import access, metrics
from chatterkeep.web.chat.payload import Posted, preferred_wait, read_posted
from chatterkeep.web.context import services
from chatterkeep.web.limits import limiting

blueprint = Blueprint("webhook", __name__)


class OutcomeWire(TypedDict):
    """What a message led to. The phone and the reply stand beside it, in the words of the request."""

    state: Annotated[str, Field(description="Where the flow stands now.")]
    session_id: Annotated[str, Field(description="The same for one phone on one channel.")]
    conversation_id: Annotated[str, Field(description="This run of the flow.")]
    message_id: Annotated[str, Field(description="The conversation's id and the number of the message in it.")]
    reply_id: Annotated[str | None, Field(description="Null where a person is to answer.")]
    status: ReplyStatus


@blueprint.post("/chat")
@access.client("chat")
def receive_message() -> Response:
    """Take a message in and answer with the reply, in the vocabulary that was used."""
    use, limits = services(), limiting()
    limits.request()
    posted = read_posted(request, access.caller().name, use.region)
    admit = limits.message_of(use.pseudonym(posted.sender))
    outcome = use.turns.receive(posted.inbound, use.clock(), admit)
    metrics.TURNS.labels(posted.sender.channel, "replayed" if outcome.replayed else "stored").inc()
    response = Response(json.dumps(_wire(outcome, posted)), mimetype="application/json")
    if outcome.replayed:
        response.headers["Idempotent-Replayed"] = "true"
    if (wait := preferred_wait(request)) is not None:
        response.headers["Preference-Applied"] = f"wait={wait}"
    return response


def _wire(outcome: Outcome, posted: Posted) -> dict[str, object]:
    told: OutcomeWire = {
        "state": outcome.state,
        "session_id": outcome.session_id,
        "conversation_id": outcome.conversation_id,
        "message_id": outcome.message_id,
        "reply_id": outcome.reply_id,
        "status": outcome.status,
    }
    return {posted.words.phone: posted.sender.phone.e164, posted.words.reply: outcome.reply, **told}
