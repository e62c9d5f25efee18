"""The page that tells people what went wrong, gives back what they had typed, and leads to where they can go on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from flask import Response, g, make_response, render_template, request, url_for
from werkzeug.exceptions import HTTPException

from chatterkeep.web.errorcodes import TITLES

_ENDED: Final = (
    "This link opens nothing. It may have been signed out, have ended because nobody used it for a long time, or have "
    "been replaced by a new one when a number was verified: then go forward in your browser."
)
_COME_BACK: Final = (
    "If your number was verified, start again with it and prove it once more: what was said is there again. A "
    "conversation that was not verified, or was erased, cannot be opened again."
)


@dataclass(frozen=True, slots=True)
class ErrorView:
    """What the error page shows. `draft` gives back what the person had typed; `again_url` is where to begin again."""

    status: int
    title: str
    what: str
    fix: str
    request_id: str
    home_url: str
    home: str
    again_url: str | None
    draft: str | None


@dataclass(frozen=True, slots=True)
class _Words:
    title: str
    what: str
    fix: str


_OVER: Final = _Words(
    "This attempt is over",
    "An attempt to prove a number lasts 30 minutes, and ends once another number is tried.",
    "What was said is still there, and you can begin again.",
)
_LOST: Final = _Words("This link has ended", _ENDED, _COME_BACK)
_BY_CODE: Final[Mapping[str, _Words]] = {
    "SESSION_NOT_FOUND": _LOST,
    "ATTEMPT_NOT_FOUND": _OVER,
}


def error_page(status: int, code: str, message: str, fix: str) -> Response:
    """Word an error for people. Whose private link is good keeps a way back to the conversation."""
    token = (request.view_args or {}).get("token")
    words = _BY_CODE.get(code) if token else None
    words = words or _Words(TITLES.get(status, "That did not work"), message, fix)
    view = ErrorView(
        status=status,
        title=words.title,
        what=words.what,
        fix=words.fix,
        request_id=g.request_id,
        home_url=_home(token if code != "SESSION_NOT_FOUND" else None),
        home="Start again" if words is _LOST else "Go back",
        again_url=url_for("verify.ask_number", token=token) if words is _OVER else None,
        draft=_typed(),
    )
    return make_response(render_template("error.html", view=view))


def _home(token: str | None) -> str:
    """Where to go on: a person whose conversation still exists must not lose its address."""
    if request.blueprint == "admin":
        return "/admin/"
    return url_for("chat.show_thread", token=token) if token else "/"


def _typed() -> str | None:
    """What the person had typed, unless it could not be read at all."""
    if request.method != "POST" or request.blueprint != "chat":
        return None
    if request.mimetype == "multipart/form-data":  # read by its view already, or not to be read at all
        typed: str | None = g.get("typed")
        return typed
    try:
        return request.form.get("text") or request.form.get("comment")
    except HTTPException:
        return None
