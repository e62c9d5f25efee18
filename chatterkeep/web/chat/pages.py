"""The page on which people talk: plain forms and links, made pleasant by htmx. No cookie, no script needed."""

from collections.abc import Iterable
from typing import Final

from flask import Blueprint, Response, current_app, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from chatterkeep.domain.errors import ChatterKeepError, InvalidInput, InvalidText, NotFound, RateLimited
from chatterkeep.domain.messages import (
    Capability,
    Delivery,
    Inbound,
    TokenKind,
    clean_delivery_id,
    clean_text,
)
from chatterkeep.domain.phone import parse_phone
from chatterkeep.domain.replies import Reply
from chatterkeep.web import access, errors, logs, metrics
from chatterkeep.web.chat.forms import MessageForm, StartForm, read_position, read_seen
from chatterkeep.web.chat.presenters import StartView, Typed, news_view, thread_view
from chatterkeep.web.context import services
from chatterkeep.web.fields import file_ids
from chatterkeep.web.limits import limiting
from chatterkeep.web.privacy import retention_words

blueprint = Blueprint("chat", __name__)

PATIENCE: Final = 2.0
"""Seconds that a form without JavaScript waits for a generated reply."""


@blueprint.get("/")
@access.public
def show_start() -> str:
    """The first page: what this is, and a field for one's number."""
    return _start_page("", None)


@blueprint.post("/")
@access.public
def start() -> BaseResponse | tuple[str, int]:
    """Open a session for the number that was typed, and go to its page."""
    limiting().request()
    spelling = StartForm().text_of("phone")
    try:
        phone = parse_phone(spelling, services().region)
    except InvalidInput as error:
        return _start_page(spelling, error), 422
    token = services().threads.open(phone, services().clock())
    metrics.SESSIONS.labels("web").inc()
    return redirect(url_for("chat.show_thread", token=token), 303)


@blueprint.get("/c/<token>")
@access.capability
def show_thread(token: str) -> str:
    """The conversation: its last messages, or those before a place."""
    before = request.args.get("before")
    page = capability(token)
    services().links.touch(page, services().clock())
    thread = services().threads.show(page, read_position(before)) if before else services().threads.show(page)
    paused = request.args.get("refresh") == "off"
    view = thread_view(token, thread, services().clock(), period=services().retention.period, paused=paused)
    return render_template("chat/thread.html", view=view)


@blueprint.post("/c/<token>/messages")
@access.capability
def send_message(token: str) -> BaseResponse | tuple[str, int]:
    """Take a message; answer htmx with what is new, and a plain form with the page."""
    form = MessageForm()
    text, key = form.text_of("text"), form.text_of("key")
    try:
        limiting().request()
        reply = receive(token, text, key, request.form.getlist("file_ids"))
    except (InvalidInput, RateLimited) as error:
        return not_taken(token, error, Typed(text, key))
    except NotFound as error:
        if error.thing != "file":
            raise
        return not_taken(token, error, Typed(text, key))
    if wants_fragment():
        return fragment("chat/_sent.html", token, form.text_of("after"))
    return to_page_with(token, reply)


@blueprint.post("/c/<token>/new")
@access.capability
def start_over(token: str) -> BaseResponse:
    """Begin a new conversation, as the word 'restart' does."""
    limiting().request()
    receive(token, "restart", "")
    return to_page(token)


@blueprint.get("/c/<token>/messages")
@access.capability
def show_news(token: str) -> BaseResponse:
    """What came after a place. Writes nothing, and keeps nothing alive. Without htmx it is the page."""
    if not wants_fragment():
        return to_page(token)
    return fragment("chat/_news.html", token, request.args.get("after", ""))


@blueprint.post("/c/<token>/replies/<reply_id>/stop")
@access.capability
def stop_reply(token: str, reply_id: str) -> BaseResponse:
    """End a reply with what is written so far. Never refused: it makes less work, not more."""
    services().replies.stop(reply_id, services().threads.session_of(capability(token)))
    if wants_fragment():
        return fragment("chat/_news.html", token, MessageForm().text_of("after"))
    return to_page(token)


@blueprint.post("/c/<token>/replies/<reply_id>/retry")
@access.capability
def retry_reply(token: str, reply_id: str) -> BaseResponse | tuple[str, int]:
    """Ask for a stopped or failed reply once more."""
    session_id = services().threads.session_of(capability(token))
    notice = ""
    try:
        limiting().request()
        reply = services().replies.retry(reply_id, session_id, limiting().another_try)
    except (InvalidInput, RateLimited) as error:
        if not wants_fragment():
            return not_taken(token, error, Typed())
        notice = str(error)
    if wants_fragment():
        return fragment("chat/_news.html", token, MessageForm().text_of("after"), notice)
    return to_page_with(token, reply)


def receive(token: str, text: str, key: str, files: Iterable[str] = ()) -> Reply | None:
    """Take a message of a page in; return the reply that is generated for it, if one is. Raises what a turn does."""
    sender = capability(token)
    delivery = Delivery(f"web:{token}", clean_delivery_id(key)) if key else None
    inbound = Inbound(sender, clean_text(text, "text"), delivery, files=file_ids(files))
    services().links.touch(sender, services().clock())
    admit = limiting().message_of(services().pseudonym(sender))
    outcome = services().turns.receive(inbound, services().clock(), admit)
    metrics.TURNS.labels("web", "replayed" if outcome.replayed else "stored").inc()
    return outcome.generated


def capability(token: str) -> Capability:
    """Return the right that the address of a page proves."""
    return Capability(token, TokenKind.PAGE)


def wants_fragment() -> bool:
    """Tell whether htmx asks, and not a browser for a page."""
    headers = request.headers
    return headers.get("HX-Request") == "true" and "HX-History-Restore-Request" not in headers


def fragment(template: str, token: str, after: str, notice: str = "", **more: object) -> Response:
    """Answer htmx with what is new after what the page has, and `more`.

    Rendered without the values that Flask adds for every template: a fragment uses none of them.
    """
    seen = read_seen(after)
    thread = services().threads.news(capability(token), seen.position)
    if not thread.lines:
        logs.quietly()
    view = news_view(token, thread, services().clock(), seen, notice)
    response = Response(current_app.jinja_env.get_template(template).render(view=view, **more))
    response.headers["Vary"] = "HX-Request"
    return response


def to_page(token: str) -> BaseResponse:
    """Lead to the page."""
    return redirect(url_for("chat.show_thread", token=token), 303)


def to_page_with(token: str, reply: Reply | None) -> BaseResponse:
    """Lead to the page once the reply is there, if that takes a moment only."""
    if reply:
        services().replies.wait(reply, PATIENCE)
    return to_page(token)


def not_taken(token: str, error: ChatterKeepError, typed: Typed) -> BaseResponse | tuple[str, int]:
    """Say why nothing was done, and give back what was typed."""
    problem = errors.problem_of(error)
    wait = error.retry_after if isinstance(error, RateLimited) else None
    typed = Typed(typed.text, typed.key, str(error), wait)
    thread = services().threads.show(capability(token))
    template = "chat/_send_error.html" if wants_fragment() else "chat/thread.html"
    view = thread_view(token, thread, services().clock(), typed, period=services().retention.period)
    response = make_response(render_template(template, view=view), problem.status)
    response.headers.update(problem.headers or {})
    return response


def _start_page(spelling: str, error: InvalidInput | None) -> str:
    flow = services().threads.flow
    view = StartView(
        action=url_for("chat.start"),
        phone="" if isinstance(error, InvalidText) else spelling,
        error=str(error) if error else None,
        hint=error.example if error else None,
        examples=flow.states[flow.start].examples,
        intro=flow.summary,
        retention=retention_words(services().retention.period),
    )
    return render_template("chat/start.html", view=view)
