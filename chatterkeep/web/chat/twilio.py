"""`POST /webhooks/twilio`: a text message that Twilio delivers in, the reply out as TwiML.

See https://www.twilio.com/docs/messaging/twiml. Twilio waits 15 s in all, and nothing is sent to it later: what is not
written by then is announced, with the place where it can be read.
"""

import re
from collections.abc import Iterable
from typing import Final
from xml.sax.saxutils import escape

from flask import Blueprint, Request, Response, request
from pydantic import BaseModel, ConfigDict, Field

from chatterkeep.domain.errors import InvalidInput
from chatterkeep.domain.messages import MAX_TEXT
from chatterkeep.domain.outcome import Outcome, ReplyStatus
from chatterkeep.domain.texts import divide
from chatterkeep.services.twilio import read_form
from chatterkeep.web import access
from chatterkeep.web.chat.payload import LONGEST_WAIT, TWILIO, posted_of
from chatterkeep.web.chat.webhook import receive
from chatterkeep.web.context import base_url, services
from chatterkeep.web.fields import DELIVERY_ID, SPELLING, checked
from chatterkeep.web.limits import limiting
from chatterkeep.web.replays import marked
from chatterkeep.web.requestbody import FORM, MalformedBody, read_json, whole_body

blueprint = Blueprint("twilio", __name__)

MEDIA: Final = "text/xml"
ONLY_TEXT: Final = "I can only read text. Please tell me in words."
LATER: Final = "This answer takes longer. In a minute you can read it at {url} - give this number there."

_EXAMPLE: Final = "From=%2B14155550123&Body=hello&MessageSid=SM00000000000000000000000000000001"
_NO_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class TwilioFields(BaseModel):
    """A message as Twilio delivers it. Its many other fields are signed too, and not looked at."""

    model_config = ConfigDict(strict=True)

    From: str = Field(
        description="The number of the sender; `whatsapp:` before it names that channel.", json_schema_extra=SPELLING
    )
    Body: str = Field(description=f"The text, 1 to {MAX_TEXT:,} characters; empty where only pictures are sent.")
    MessageSid: str = Field(
        description="The delivery id: the same id again gets the same answer again.", json_schema_extra=DELIVERY_ID
    )
    NumMedia: str = Field("0", description="How many pictures and the like come with it; they are not read.")
    OptOutType: str = Field("", description="What Twilio has answered by itself, such as `STOP`.")


@blueprint.post("/webhooks/twilio")
@access.twilio
def receive_twilio() -> Response:
    """Take a text message that Twilio delivers in, and answer with the reply as TwiML."""
    limiting().request()
    fields = _fields(request)
    if not fields.Body and fields.NumMedia != "0":
        return _twiml([ONLY_TEXT])
    posted = posted_of(fields.model_dump(), TWILIO, access.caller().name, services().region)
    outcome = receive(posted, LONGEST_WAIT)
    # Where Twilio itself has answered, such as to STOP, it says so, and a second answer would only be in the way.
    return marked(_twiml([] if fields.OptOutType else _said(outcome)), outcome)


def _fields(request: Request) -> TwilioFields:
    """Return what Twilio tells of a message. Raises MalformedBody, UnsupportedType or InvalidInput."""
    if request.mimetype != FORM:
        return checked(TwilioFields, read_json(request), _EXAMPLE)
    pairs = read_form(whole_body(request))
    if pairs is None:  # which has no signature either
        raise MalformedBody("The body is no form.")
    for name in TwilioFields.model_fields:
        if sum(name == other for other, _ in pairs) > 1:
            raise InvalidInput(name, "This field is sent more than once.", _EXAMPLE)
    return checked(TwilioFields, dict(pairs), _EXAMPLE)


def _said(outcome: Outcome) -> list[str]:
    if outcome.status is ReplyStatus.PENDING:
        return [LATER.format(url=base_url())]
    return divide(outcome.plain_reply, MAX_TEXT) if outcome.plain_reply else []


def _twiml(texts: Iterable[str]) -> Response:
    messages = "".join(f"<Message>{escape(_NO_XML.sub('', text))}</Message>" for text in texts)
    said = f"<Response>{messages}</Response>" if messages else "<Response/>"
    return Response(f'<?xml version="1.0" encoding="UTF-8"?>{said}', mimetype=MEDIA)
