"""Logging in, with a second factor where there is one, and out."""

from typing import Final

from flask import Response, g, make_response, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.wrappers import Response as BaseResponse

from chatterkeep.domain.errors import RateLimited
from chatterkeep.domain.staff import Half
from chatterkeep.domain.waits import spoken_wait
from chatterkeep.web import access, errors
from chatterkeep.web.admin import guard
from chatterkeep.web.admin.blueprint import blueprint
from chatterkeep.web.admin.presenters import LoginView
from chatterkeep.web.context import services
from chatterkeep.web.limits import limiting

WRONG: Final = "User name or password is wrong."
WRONG_CODE: Final = "This code is wrong, or was used already. Your device shows the next one within 30 seconds."
EXPIRED: Final = "This page was open for too long, or your browser sends no cookies. Please log in again."


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
    """Let somebody in, with a new session, or ask for the second factor; or say no more than that it failed."""
    username = request.form.get("username", "")
    if wait := _wait(username.strip().lower()):
        return _told_to_wait(_login_page(username, f"Too many attempts. Try again in {spoken_wait(wait)}.", 429), wait)
    now = services().clock()
    found = services().staff.log_in(username, request.form.get("password", ""), g.request_id, now)
    if found is None:
        return _login_page(username, WRONG, 422)
    if isinstance(found, Half):
        guard.begin(found, now)
        return redirect(url_for("admin.show_code", next=request.args.get("next")), 303)
    guard.sign_in(found, now)
    return redirect(_next(), 303)


@blueprint.get("/login/code")
@access.public
def show_code() -> BaseResponse:
    """The form for the code, or for the password where that was not given, or too long ago."""
    if guard.half() is None:
        return redirect(url_for("admin.show_login", next=request.args.get("next")), 303)
    return _code_page(None, 200)


@blueprint.post("/login/code")
@access.public
def give_code() -> BaseResponse:
    """Let somebody in whose password was right, with a code of the second factor."""
    half = guard.half()
    if half is None:
        return _login_page("", EXPIRED, 400)
    if wait := _wait(f"code of {half.id}"):
        return _told_to_wait(_code_page(f"Too many attempts. Try again in {spoken_wait(wait)}.", 429), wait)
    now = services().clock()
    member = services().staff.show_code(half, request.form.get("code", ""), g.request_id, now)
    if member is None:
        return _code_page(WRONG_CODE, 422)
    guard.sign_in(member, now)
    return redirect(_next(), 303)


@blueprint.post("/logout")
@access.staff("viewer")
def logout() -> BaseResponse:
    """End this login."""
    guard.sign_out()
    return redirect(url_for("admin.show_login"), 303)


@blueprint.errorhandler(CSRFError)
def _foreign_form(error: CSRFError) -> BaseResponse:
    """Show the login form again with a new token and what was typed; other forms are sent again from their page."""
    if request.endpoint in ("admin.log_in", "admin.give_code"):
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


def _wait(who: str) -> int:
    """Count an attempt; return how many seconds to wait before the next one, if there were too many.

    Counted under a keyed hash: people type passwords where the name belongs.
    """
    try:
        limiting().login(services().vault.lookup("login", who).hex())
    except RateLimited as error:
        return error.retry_after
    return 0


def _told_to_wait(response: Response, seconds: int) -> Response:
    response.headers["Retry-After"] = str(seconds)
    return response


def _code_page(error: str | None, status: int) -> Response:
    action = url_for("admin.give_code", next=request.args.get("next"))
    return make_response(render_template("admin/code.html", action=action, error=error), status)
