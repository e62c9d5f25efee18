"""A phone and a message in, the reply out: `POST /chat`, and what a gateway signs."""

from typing import Final

from chatterkeep.web.chat.payload import VOCABULARIES, PostedFields
from chatterkeep.web.chat.twilio import TwilioFields
from chatterkeep.web.chat.webhook import OutcomeWire, PendingWire
from chatterkeep.web.docs.operation import Example, Family, Operation
from chatterkeep.web.docs.vocabularies import shape_of

_SMS: Final = {
    "session_id": "f56e2729-f8a4-4eaa-834a-7a94b907526c",
    "conversation_id": "4e17f8df-9ba7-440c-92d6-ffd24436f8cc",
}


def _heard(phone: str, number: str, reply: str, words: str, state: str, seq: int) -> dict[str, object]:
    talk = _SMS["conversation_id"]
    ids = {"message_id": f"{talk}.{seq}", "reply_id": f"{talk}.{seq + 1}"}
    return {phone: number, reply: words, "state": state, **_SMS, **ids, "status": "done", "sources": []}


_QUESTION: Final = "What is your name?"
_SONG: Final = "Hello Ada, what is your favorite song?"

_CHAT: Final = (
    Example(
        title="With `phone` and `message`",
        headers={"Idempotency-Key": "sms-0001"},
        body={"phone": "+1 415-555-0123", "message": "hello"},
        answer=_heard("phone", "+14155550123", "reply", _QUESTION, "AWAITING_NAME", 1),
    ),
    Example(
        title="With `user_phone` and `user_message`",
        body={"user_phone": "+1 (415) 555-0123", "user_message": "Ada"},
        answer=_heard("user_phone", "+14155550123", "bot_message", _SONG, "AWAITING_SONG", 3),
    ),
    Example(
        title="With `From` and `Body`, as a form",
        body={"From": "+14155550123", "Body": "Blackbird", "MessageSid": "SM0003"},
        form=True,
        answer=_heard("From", "+14155550123", "Body", "Playing Blackbird", "COMPLETE", 5),
    ),
)

_SIGNED: Final = (
    Example(
        title="As JSON",
        body={"phone": "+14155550124", "message": "hello"},
        answer=_heard("phone", "+14155550124", "reply", _QUESTION, "AWAITING_NAME", 1),
    ),
    Example(
        title="As a form",
        body={"From": "+14155550124", "Body": "Ada"},
        form=True,
        answer=_heard("From", "+14155550124", "Body", _SONG, "AWAITING_SONG", 3),
    ),
)

_TWILIO: Final = Example(
    body={"From": "+14155550125", "Body": "hello", "MessageSid": "SM00000000000000000000000000000001"},
    form=True,
    answer='<?xml version="1.0" encoding="UTF-8"?><Response><Message>What is your name?</Message></Response>',
)


def _receiving(endpoint: str, name: str, more: str, examples: tuple[Example, ...]) -> Operation:
    """A route that takes a message in any of the vocabularies, and answers in the same."""
    return Operation(
        endpoint=endpoint,
        name=name,
        group="Webhook",
        answers={
            200: tuple(shape_of("Reply", words) for words in VOCABULARIES),
            202: tuple(shape_of("Pending", words) for words in VOCABULARIES),
        },
        fields=tuple(shape_of("Chat", words) for words in VOCABULARIES),
        form=True,
        prefers=True,
        idempotent=True,
        limited=True,
        missing=("SESSION_NOT_FOUND",),
        marks=("Location", "Retry-After"),
        more=more,
        examples=examples,
    )


_OPERATIONS: Final = (
    _receiving(
        "webhook.receive_message",
        "Send a message",
        more="Three vocabularies are understood, as JSON or as a form.",
        examples=_CHAT,
    ),
    _receiving(
        "signed.receive_signed",
        "Deliver a message, signed",
        more="The id of the delivery is `webhook-id`; the one of the body is not looked at. In a line to copy, "
        "`$DELIVERY`, `$TIME` and `$SIGNATURE` stand for what the gateway signs.",
        examples=_SIGNED,
    ),
    Operation(
        endpoint="twilio.receive_twilio",
        name="Deliver a message from Twilio",
        group="Webhook",
        answers={200: ("TwiML",)},
        media="text/xml",
        fields=("TwilioFields",),
        form=True,
        idempotent=True,
        limited=True,
        missing=("SESSION_NOT_FOUND",),
        more="As JSON, `bodySHA256` in the address holds the hash of the body.",
        examples=(_TWILIO,),
    ),
)

WEBHOOK: Final = Family(
    operations=_OPERATIONS,
    sent=(PostedFields, TwilioFields),
    answered=(OutcomeWire, PendingWire),
    texts={"TwiML": "What Twilio is to do, as XML."},
)
