"""The forms of the public pages. They carry their capability in the address, so they need no CSRF cookie."""

import secrets
from dataclasses import dataclass
from typing import Any

from flask import request
from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField, TextAreaField

from chatterkeep.domain.transcript import Position


class PublicForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no type hints
    """A form that sets no cookie."""

    class Meta:
        """No CSRF token: it would live in a cookie, and there is no cookie to protect."""

        csrf = False

    def text_of(self, name: str) -> str:
        """Return a field's value as it was typed, or nothing."""
        value: Any = self[name].data
        return value if isinstance(value, str) else ""


class StartForm(PublicForm):
    """The number somebody starts with."""

    phone = StringField()


class MessageForm(PublicForm):
    """One message. `key` is made once for each message, so that sending it again changes nothing."""

    text = TextAreaField()
    key = HiddenField()
    after = HiddenField()


class ThumbForm(PublicForm):
    """What is thought of a message and why, by a visitor who has what `after` says."""

    message = HiddenField()
    verdict = StringField()
    comment = StringField()
    after = HiddenField()


class CodeForm(PublicForm):
    """A code that somebody was sent."""

    code = StringField()


@dataclass(frozen=True, slots=True)
class Seen:
    """What a page has: messages up to `position`, and `length` characters of one reply, written under `fence`.

    It stands in the page as `2.14`, or with a reply as `2.14~<reply_id>~3~140`.
    """

    position: Position
    reply_id: str = ""
    fence: int = 0
    length: int = 0

    def __str__(self) -> str:
        return f"{self.position}~{self.reply_id}~{self.fence}~{self.length}" if self.reply_id else str(self.position)


def read_position(text: str) -> Position:
    """Read a place such as `2.14`; anything else is the start, from where everything is new."""
    number, _, seq = text.partition(".")
    if not (number.isdecimal() and seq.isdecimal() and len(text) <= 20):
        return Position()
    return Position(min(int(number), 2**31 - 1), min(int(seq), 2**31 - 1))


def earlier_than() -> str | None:
    """Return the place before which the page shows messages, as it stands in its address; None for the last ones."""
    before = request.args.get("before")
    return str(read_position(before)) if before else None


def read_seen(text: str) -> Seen:
    """Read what a page says it has; of a reply that is not well told it has nothing."""
    place, *reply = text.split("~")
    if len(reply) != 3 or not all(part.isdecimal() and len(part) <= 10 for part in reply[1:]):
        return Seen(read_position(place))
    reply_id, fence, length = reply
    return Seen(read_position(place), reply_id, int(fence), int(length))


def new_key() -> str:
    """Return a key for the next message."""
    return secrets.token_urlsafe(12)
