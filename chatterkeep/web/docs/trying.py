"""A message that is put together on a page, sent to `POST /chat`, and shown as it went: the request and the answer.

The request goes through this very application, as if it had come from outside: with the key that was typed and no other
right, counted by the same limits. So the page opens nothing that a line of curl would not.
"""

import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final, Self
from urllib.parse import urlencode

from flask import Request, current_app, url_for
from werkzeug.test import EnvironBuilder, run_wsgi_app

from chatterkeep.web.chat.payload import LONGEST_WAIT, TWILIO, USUAL_WAIT, VOCABULARIES, Vocabulary
from chatterkeep.web.docs.openapi import JSON
from chatterkeep.web.docs.snippets import Call, curl
from chatterkeep.web.requestbody import FORM

ENDPOINT: Final = "webhook.receive_message"
"""What is tried."""

WAITS: Final = (0, USUAL_WAIT, LONGEST_WAIT)

_VISIBLE: Final = frozenset(map(chr, range(0x21, 0x7F)))


@dataclass(frozen=True, slots=True)
class Trial:
    """What somebody filled in. None of it is checked here: to see how the API refuses something is of use too."""

    phone: str
    message: str
    words: Vocabulary
    media: str
    delivery_id: str
    wait: int

    @classmethod
    def first(cls) -> Self:
        """What the page begins with."""
        return cls("+1 415-555-0123", "hello", VOCABULARIES[0], JSON, new_id(), USUAL_WAIT)

    @classmethod
    def read(cls, form: Mapping[str, str]) -> Self:
        """Return what was filled in, and the usual where something is missing or odd."""
        words = next((one for one in VOCABULARIES if one.phone == form.get("words")), VOCABULARIES[0])
        wait = next((one for one in WAITS if str(one) == form.get("wait")), USUAL_WAIT)
        return cls(
            phone=form.get("phone", ""),
            message=form.get("message", ""),
            words=words,
            media=FORM if form.get("media") == FORM else JSON,
            delivery_id=form.get("delivery_id", ""),
            wait=wait,
        )

    def next(self) -> Self:
        """Return the beginning of another message of the same person."""
        return replace(self, message="", delivery_id=new_id())

    @property
    def fields(self) -> dict[str, str]:
        """The fields of the body."""
        given = {self.words.phone: self.phone, self.words.message: self.message}
        name = "MessageSid" if self.words == TWILIO else "id"
        return given | ({name: self.delivery_id} if self.delivery_id else {})


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as it went out, the same for curl, and its answer. Where a key was sent, `$KEY` stands for it."""

    request: str
    curl: str
    status: str
    replayed: bool
    answer: str


def new_id() -> str:
    """Return a delivery id that was never used."""
    return f"try-{secrets.token_hex(6)}"


def send(trial: Trial, key: str, outer: Request, base: str) -> Sent:
    """Send a message to this application, as whoever made the `outer` request."""
    path, body = url_for(ENDPOINT), _body(trial)
    key = "".join(char for char in key if char in _VISIBLE)
    headers = {"Prefer": f"wait={trial.wait}"} if trial.wait != USUAL_WAIT else {}
    shown = ({"Authorization": "Bearer $KEY"} if key else {}) | headers
    call = Call("POST", base + path, shown, dict(trial.fields), trial.media == FORM, None, None, False)
    real = headers | ({"Authorization": f"Bearer {key}"} if key else {})
    builder = EnvironBuilder(
        path, base_url=outer.host_url, method="POST", headers=list(real.items()), data=body, content_type=trial.media
    )
    environ = builder.get_environ() | {"REMOTE_ADDR": outer.remote_addr}
    with current_app.app_context():  # what belongs to the outer request must not be taken for the inner one's
        pieces, status, told = run_wsgi_app(current_app.wsgi_app, environ, buffered=True)
    text = b"".join(pieces).decode()
    lines = [
        f"POST {path} HTTP/1.1",
        f"Host: {outer.host}",
        *_lines(shown.items()),
        f"Content-Type: {trial.media}",
        "",
        body,
    ]
    answer = [f"HTTP/1.1 {status}", *_lines(told.items()), "", text]
    return Sent("\n".join(lines), curl(call), status, "Idempotent-Replayed" in told, "\n".join(answer))


def _body(trial: Trial) -> str:
    return urlencode(trial.fields) if trial.media == FORM else json.dumps(trial.fields, ensure_ascii=False)


def _lines(headers: Iterable[tuple[str, str]]) -> list[str]:
    return [f"{name}: {value}" for name, value in headers]
