"""The forms of the public pages. They carry their capability in the address, so they need no CSRF cookie."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField, TextAreaField


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
