"""The staff pages: logging in and out, the list of conversations, one conversation."""

from typing import Final
from uuid import UUID

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.wrappers import Response as BaseResponse

from chatterkeep.domain.audit import Action
from chatterkeep.domain.errors import InvalidInput, RateLimited
from chatterkeep.web import access, errors
from chatterkeep.web.admin import guard
from chatterkeep.web.admin.filters import cursor_in, read_filters, read_part, read_step, typed_filters
from chatterkeep.web.admin.presenters import LoginView, inbox_view, list_url, refused_view
from chatterkeep.web.admin.transcript import transcript_view
from chatterkeep.web.context import services
from chatterkeep.web.limits import limiting

WRONG: Final = "User name or password is wrong."
EXPIRED: Final = "This page was open for too long, or your browser sends no cookies. Please log in again."

blueprint = Blueprint("admin", __name__, url_prefix="/admin")
blueprint.before_request(guard.check)


@blueprint.context_processor
def _add_member() -> dict[str, str | None]:
    member = guard.member()
    return {"staff": member.username if member else None}


@blueprint.get("/")
@access.staff("viewer")
def start() -> BaseResponse:
    """Go to the list."""
    return redirect(url_for("admin.conversations"), 302)


@blueprint.get("/login")
@access.public
def show_login() -> BaseResponse:
    """The login form, or where it leads whoever is logged in already."""
    if guard.member():
        return redirect(_next(), 303)
    return _login_page("", None, 200)


@blueprint.post("/login")
@access.public
def log_in() -> BaseResponse:
    """Let somebody in, with a new session; or say no more than that it failed."""
    username = request.form.get("username", "")
    try:
        limiting().login(_account_key(username))
    except RateLimited as error:
        response = _login_page(username, f"Too many attempts. Try again in {error.retry_after} seconds.", 429)
        response.headers["Retry-After"] = str(error.retry_after)
        return response
    now = services().clock()
    member = services().staff.log_in(username, request.form.get("password", ""), g.request_id, now)
    if member is None:
        return _login_page(username, WRONG, 422)
    guard.sign_in(member, now)
    return redirect(_next(), 303)


@blueprint.post("/logout")
@access.staff("viewer")
def logout() -> BaseResponse:
    """End this login."""
    actor = guard.actor()
    services().audit.record(actor, Action.LOGGED_OUT, actor.name, "", services().clock())
    guard.sign_out()
    return redirect(url_for("admin.show_login"), 303)


@blueprint.get("/conversations")
@access.staff("viewer")
def conversations() -> str | tuple[str, int]:
    """The list: filtered as its address says, newest first."""
    now, flows, typed = services().clock(), services().flows, typed_filters(request.args)
    try:
        filters = read_filters(typed, services().region, flows)
        step = read_step(request.args, typed)
    except InvalidInput as error:
        return render_template("admin/conversations.html", view=refused_view(typed, error, flows, now)), 422
    page = services().history.browse(filters, step, guard.actor(), now)
    here = list_url(typed, cursor_in(request.args))
    return render_template("admin/conversations.html", view=inbox_view(page, typed, flows, here, now))


@blueprint.get("/conversations/<uuid:conversation_id>")
@access.staff("viewer")
def conversation(conversation_id: UUID) -> str:
    """One conversation: its messages, the states it passed, what was collected."""
    now = services().clock()
    part = read_part(request.args)
    transcript = services().history.read(str(conversation_id), part, guard.actor(), now)
    start = url_for("admin.conversations")
    back = guard.own_page(request.args.get("back", ""), start, start)
    return render_template("admin/conversation.html", view=transcript_view(transcript, back, now))


@blueprint.errorhandler(CSRFError)
def _foreign_form(error: CSRFError) -> BaseResponse:
    """Show the login form again with a new token and what was typed; other forms are sent again from their page."""
    if request.endpoint == "admin.log_in":
        return _login_page(request.form.get("username", ""), EXPIRED, 400)
    fix = "Go back, load the page again, and repeat what you did."
    return errors.answer(errors.Problem(400, "VALIDATION_ERROR", "This page is out of date.", fix))


def _login_page(username: str, error: str | None, status: int) -> Response:
    """The form, sent to where the person wanted to go after it."""
    view = LoginView(
        action=url_for("admin.log_in", next=request.args.get("next")),
        username=username[:64],
        error=error,
        first_run=services().staff.is_empty(),
    )
    return make_response(render_template("admin/login.html", view=view), status)


def _next() -> str:
    return guard.own_page(request.args.get("next", ""), url_for("admin.start").rstrip("/"), url_for("admin.start"))


def _account_key(username: str) -> str:
    """The name that attempts are counted under. A keyed hash: people type passwords there by mistake."""
    return services().vault.lookup("login", username.strip().lower()).hex()
