"""`/api/v1/chat/feedback`: what a reader thinks of an answer."""

from typing import Final

from flask import Blueprint, Request, Response, jsonify, request
from pydantic import Field

from chatterkeep.domain.errors import NotFound
from chatterkeep.domain.feedback import LONGEST_COMMENT, Feedback, Verdict
from chatterkeep.domain.messages import clean_text
from chatterkeep.domain.outcome import message_id
from chatterkeep.web import access
from chatterkeep.web.api.conversation_presenters import judged_wire
from chatterkeep.web.context import services
from chatterkeep.web.fields import MESSAGE_ID, READABLE, Fields, read_body
from chatterkeep.web.limits import limiting

blueprint = Blueprint("feedback", __name__, url_prefix="/api/v1")

_REASON: Final = "The second step does not work."
_EXAMPLE: Final = '{"message_id": "442e22ac-f99f-4cba-96f5-092eae68aa6f.3", "feedback": "positive"}'


class OpinionFields(Fields):
    """What a reader thinks of a message. The last word counts, with its comment or without."""

    message_id: str = Field(description="A message of the bot, or of a person who answers.")
    feedback: Verdict = Field(description="Whether it helped.", strict=False)
    comment: str | None = Field(
        None,
        description=f"Why, in up to {LONGEST_COMMENT:,} characters. Stored encrypted. Empty or null: no comment.",
        json_schema_extra={"pattern": rf"^$|{READABLE}"},
    )


@blueprint.post("/chat/feedback")
@access.client("chat", session=True)
def give_feedback() -> Response:
    """Keep what a reader thinks of a message, in place of what they thought before."""
    limiting().request()
    conversation_id, seq, verdict, comment = read_opinion(request)
    feedback = Feedback(verdict, comment, services().clock())
    services().opinions.give(conversation_id, seq, access.caller().session_id, feedback)
    return jsonify(judged_wire(message_id(conversation_id, seq), feedback))


def read_opinion(request: Request) -> tuple[str, int, Verdict, str | None]:
    """Return a message (its conversation and number), and what is thought of it.

    Raises MalformedBody, UnsupportedType, InvalidInput, and NotFound for what is no id of a message.
    """
    fields = read_body(request, OpinionFields, _EXAMPLE)
    comment = clean_text(fields.comment, "comment", LONGEST_COMMENT, _REASON) if fields.comment else None
    found = MESSAGE_ID.fullmatch(fields.message_id.lower())
    if found is None:
        raise NotFound("message")
    return found[1], int(found[2]), fields.feedback, comment
