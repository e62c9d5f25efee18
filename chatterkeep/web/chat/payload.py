"""What programs send to `POST /chat`, in any of three vocabularies, as an Inbound value."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from werkzeug.datastructures import MultiDict

from chatterkeep.domain.errors import InvalidInput, InvalidText
from chatterkeep.domain.messages import (
    MAX_TEXT,
    Address,
    Channel,
    Delivery,
    Inbound,
    clean_delivery_id,
    clean_text,
)
from chatterkeep.domain.phone import parse_phone
from chatterkeep.web.fields import DELIVERY_ID, SPELLING, TEXT
from chatterkeep.web.requestbody import EXAMPLE, idempotency_key, read_fields

LONGEST_WAIT: Final = 10
USUAL_WAIT: Final = 3
_WHATSAPP: Final = "whatsapp:"


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The names a client uses for the phone and the message, and for the reply it reads."""

    phone: str
    message: str
    reply: str


TWILIO: Final = Vocabulary("From", "Body", "Body")
VOCABULARIES: Final = (
    Vocabulary("phone", "message", "reply"),
    Vocabulary("user_phone", "user_message", "bot_message"),
    TWILIO,
)


class PostedFields(BaseModel):
    """The fields of a message, under our own names."""

    model_config = ConfigDict(strict=True)

    phone: str = Field(
        description="The number in any human spelling; `whatsapp:` before it names that channel.",
        json_schema_extra=SPELLING,
    )
    message: str = Field(description=f"The text, 1 to {MAX_TEXT:,} characters.", json_schema_extra=TEXT)
    id: str | None = Field(
        None,
        description="The delivery id: the same id again gets the same answer again.",
        json_schema_extra=DELIVERY_ID,
    )


@dataclass(frozen=True, slots=True)
class Posted:
    """A message that a program posted: who sent it, what is to be received, and the words to answer in."""

    sender: Address
    inbound: Inbound
    words: Vocabulary


def read_posted(request: Request, client: str, region: str, signed_id: str | None = None) -> Posted:
    """Return the message of a request. Raises MalformedBody, UnsupportedType or InvalidInput.

    Where the id of the delivery is `signed`, no other is looked at.
    """
    data = read_fields(request)
    if request.query_string:
        _refuse_fields_in_address(request.args)
    words = _vocabulary(data)
    if signed_id:
        return posted_of(data | {"id": signed_id}, words, client, region)
    return posted_of(data, words, client, region, idempotency_key(request))


def posted_of(data: Mapping[str, Any], words: Vocabulary, client: str, region: str, key: str | None = None) -> Posted:
    """Return the message that fields hold; `key` names its delivery where they do not. Raises InvalidInput."""
    fields = _validated(data, words)
    sender = _address(fields.phone, words, region)
    delivery_id = fields.id if fields.id is not None else key
    delivery = None
    if delivery_id is not None:
        delivery = Delivery(f"{sender.channel}:{client}", clean_delivery_id(delivery_id))
    text = clean_text(fields.message, words.message)
    return Posted(sender, Inbound(sender, text, delivery, form=words.message), words)


def preferred_wait(request: Request) -> int | None:
    """Return the seconds a client will wait for a reply (RFC 7240), 0 to 10, or None where it states nothing usable."""
    wait: int | None = None
    for item in request.headers.get("Prefer", "").split(","):
        name, _, value = item.strip().partition("=")
        if name.lower() == "respond-async":
            return 0
        if name.lower() == "wait" and value.strip('" ').isdecimal():
            wait = min(int(value.strip('" ')[:9]), LONGEST_WAIT)
    return wait


def wait_of(request: Request) -> int:
    """Return the seconds to wait for a generated reply."""
    wait = preferred_wait(request)
    return USUAL_WAIT if wait is None else wait


def _refuse_fields_in_address(query: MultiDict[str, str]) -> None:
    for words in VOCABULARIES:
        if words.phone in query or words.message in query:
            raise InvalidInput(words.phone, "Send the fields in the body, not in the address.", EXAMPLE)


def _vocabulary(data: dict[str, Any]) -> Vocabulary:
    for words in VOCABULARIES:
        if words.phone in data or words.message in data:
            return words
    raise InvalidInput("phone", "The fields 'phone' and 'message' are missing.", EXAMPLE)


def _validated(data: Mapping[str, Any], words: Vocabulary) -> PostedFields:
    wire = {
        "phone": words.phone,
        "message": words.message,
        "id": "id" if "id" in data else "MessageSid",
    }
    values = {ours: data[theirs] for ours, theirs in wire.items() if theirs in data}
    try:
        return PostedFields(**values)
    except ValidationError as error:
        first = error.errors()[0]
        name = wire[str(first["loc"][0])]
        said = "is missing" if first["type"] == "missing" else "must be a text"
        raise InvalidInput(name, f"The field '{name}' {said}.", EXAMPLE) from None


def _address(spelling: str, words: Vocabulary, region: str) -> Address:
    if "\0" in spelling or any("\ud800" <= c <= "\udfff" for c in spelling):
        raise InvalidText(words.phone, "The number holds bytes that are no characters.", EXAMPLE)
    channel = Channel.WHATSAPP if spelling.startswith(_WHATSAPP) else Channel.SMS
    return Address(channel, parse_phone(spelling.removeprefix(_WHATSAPP), region))
