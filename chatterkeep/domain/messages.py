"""What people send and what is kept of it: addresses, inbound messages, and the rules for their text."""

import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from chatterkeep.domain.errors import InvalidInput, InvalidText
from chatterkeep.domain.phone import PhoneNumber

MAX_TEXT = 1600
"""Longest message in characters: what the large SMS gateways carry in one send."""

MAX_DELIVERY_ID = 255


class Channel(StrEnum):
    """The ways a message can reach us; with a value it makes an address. What came by `demo` was made up."""

    SMS = "sms"
    WHATSAPP = "whatsapp"
    WEB = "web"
    API = "api"
    DEMO = "demo"


class Author(StrEnum):
    """Who wrote a line."""

    CUSTOMER = "customer"
    BOT = "bot"
    AGENT = "agent"
    SYSTEM = "system"


class Kind(StrEnum):
    """What a line is. Notes are between staff; everybody sees the others.

    An answer was generated and is Markdown; a partial one was stopped; an apology stands for one that failed.
    """

    TEXT = "text"
    NOTE = "note"
    ANSWER = "answer"
    PARTIAL = "partial"
    APOLOGY = "apology"

    @property
    def is_generated(self) -> bool:
        """Tell whether an answerer wrote it, whole or stopped: its text is Markdown, all other as it was written."""
        return self in (Kind.ANSWER, Kind.PARTIAL)


class TokenKind(StrEnum):
    """What a session token opens: the private link of a page, or the API."""

    PAGE = "page"
    API = "api"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a person can be reached: the key of a session. A phone number is one kind."""

    channel: Channel
    phone: PhoneNumber


@dataclass(frozen=True, slots=True)
class SessionRef:
    """A session that the caller has already proved a right to, by its public id (a UUID)."""

    public_id: str


@dataclass(frozen=True, slots=True)
class Capability:
    """A session known by a token that proves the right to it. Its repr never shows the token."""

    token: str
    kind: TokenKind

    def __repr__(self) -> str:
        return f"Capability({self.kind})"


Sender = Address | SessionRef | Capability


@dataclass(frozen=True, slots=True)
class Delivery:
    """One arrival of a message from outside: the same scope and id again is the same delivery.

    `scope` keeps the ids of different clients apart.
    """

    scope: str
    id: str


@dataclass(frozen=True, slots=True)
class Inbound:
    """One message as it came in, already checked. `form` names the wire format, which a replay must repeat.

    `files` are the ids of files of the session that are sent with it. `conversation_id` names the conversation that it
    is a part of, whatever came after that one; empty: the newest.
    `anew` asks for a new conversation, unless the customer has said nothing in the newest one yet. `flow` is the one
    to begin with then, or where the session has no conversation; empty: the usual one.
    """

    sender: Sender
    text: str
    delivery: Delivery | None = None
    form: str = ""
    author: Author = Author.CUSTOMER
    flow: str = ""
    anew: bool = False
    files: tuple[str, ...] = ()
    conversation_id: str = ""


def identity(sender: Sender) -> str:
    """Return the text that tells one sender from all others. Secret: it holds the number or the token itself."""
    match sender:
        case Address(channel, phone):
            return f"{channel}:{phone.e164}"
        case SessionRef(public_id):
            return f"session:{public_id}"
        case Capability(token):
            return f"token:{token}"


def clean_text(text: str, field: str = "message", limit: int = MAX_TEXT, example: str = "hello") -> str:
    """Return the text as it is stored: NFC, newlines as `\\n`, control characters gone.

    Raises InvalidText for NUL and lone surrogates, InvalidInput for nothing to read or more than `limit` characters,
    each with an `example` of this field.
    """
    if "\0" in text or any("\ud800" <= c <= "\udfff" for c in text):
        raise InvalidText(field, "The text holds bytes that are no characters (NUL or half a surrogate pair).", example)
    kept = text if text.isascii() and text.isprintable() else _normalised(text)
    if not _has_something_to_read(kept):
        raise InvalidInput(field, "This text is empty: please write something.", example)
    if len(kept) > limit:
        raise InvalidInput(field, f"This text has {len(kept)} characters; at most {limit} are allowed.", example)
    return kept


def clean_delivery_id(value: str) -> str:
    """Return a delivery id: 1 to 255 visible ASCII characters. Raises InvalidInput."""
    if not 1 <= len(value) <= MAX_DELIVERY_ID or not all("!" <= c <= "~" for c in value):
        raise InvalidInput(
            "id",
            f"A delivery id has 1 to {MAX_DELIVERY_ID} visible ASCII characters.",
            "SM0123456789abcdef",
        )
    return value


def _normalised(text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in unicodedata.normalize("NFC", lines) if c in "\n\t" or unicodedata.category(c) != "Cc")


def _has_something_to_read(text: str) -> bool:
    """Spaces, format characters (zero-width, direction marks) and blank fillers alone say nothing."""
    return any(
        not c.isspace() and unicodedata.category(c) != "Cf" and c not in "\u2800\u3164\u115f\u1160" for c in text
    )
