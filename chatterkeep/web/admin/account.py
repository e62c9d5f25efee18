"""One's own account: the password, the second factor, since when one is logged in."""

from base64 import b64decode, b64encode
from typing import Final

from flask import Response, make_response, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as BaseResponse

from chatterkeep.domain.errors import InvalidInput, RateLimited, Refused
from chatterkeep.domain.staff import Member
from chatterkeep.domain.waits import spoken_wait
from chatterkeep.web import access
from chatterkeep.web.admin import guard
from chatterkeep.web.admin.blueprint import blueprint
from chatterkeep.web.admin.profile import account_view, offer_view
from chatterkeep.web.context import services
from chatterkeep.web.limits import limiting

_OFFER: Final = "offer"
_WRONG: Final = "This is not your password, or your account is locked for a while."


@blueprint.get("/account")
@access.staff("viewer")
def account() -> Response:
    """The page of whoever is logged in."""
    return _account_page(None, None, 200)


@blueprint.post("/account")
@access.staff("viewer")
def change_password() -> BaseResponse:
    """Set a new password, which ends all other logins."""
    now, password = services().clock(), request.form.get("new", "")
    try:
        _confirm("old", request.form.get("old", ""))
        changed = services().staff.change_password(_self().username, password, now, guard.actor())
    except InvalidInput as error:
        return _account_page("new" if error.field == "password" else error.field, str(error), 422)
    guard.sign_in(changed, now)
    return redirect(url_for("admin.account", done="password"), 303)


@blueprint.post("/account/second-factor")
@access.staff("viewer")
def second_factor_begin() -> BaseResponse:
    """Offer a secret. It is kept in the cookie, sealed, until its owner confirms it."""
    try:
        _confirm("password", request.form.get("password", ""))
    except InvalidInput as error:
        return _account_page(error.field, str(error), 422)
    session[_OFFER] = b64encode(services().staff.begin_second_factor(_self())).decode()
    return redirect(url_for("admin.second_factor"), 303)


@blueprint.get("/account/second-factor")
@access.staff("viewer")
def second_factor() -> BaseResponse:
    """The secret that was offered, as text and as a picture, and the form to confirm it."""
    return _offer_page(None, 200)


@blueprint.post("/account/second-factor/confirm")
@access.staff("viewer")
def second_factor_confirm() -> BaseResponse:
    """Ask for a code at each login from now on."""
    secret, now = _offered(), services().clock()
    if secret is None:
        return redirect(url_for("admin.account"), 303)
    try:
        code = request.form.get("code", "")
        changed = services().staff.set_second_factor(_self(), secret, code, guard.actor(), now)
    except InvalidInput as error:
        return _offer_page(str(error), 422)
    guard.sign_in(changed, now)
    return redirect(url_for("admin.account", done="on"), 303)


@blueprint.post("/account/second-factor/remove")
@access.staff("viewer")
def second_factor_remove() -> BaseResponse:
    """Ask for no code any more. Raises Refused where everybody must have one."""
    if guard.is_second_factor_required():
        raise Refused("Here, everybody needs a second factor.", "To use another device, set it up anew.", known=True)
    try:
        _confirm("password", request.form.get("password", ""))
    except InvalidInput as error:
        return _account_page(error.field, str(error), 422)
    now = services().clock()
    guard.sign_in(services().staff.end_second_factor(_self(), guard.actor(), now), now)
    return redirect(url_for("admin.account", done="off"), 303)


def _self() -> Member:
    found = guard.member()
    assert found is not None, "the view asks for staff"  # noqa: S101 - for the type checker
    return found


def _confirm(field: str, password: str) -> None:
    """Ask for the password again, as often as a login may. Raises InvalidInput."""
    try:
        limiting().login(services().vault.lookup("login", _self().username).hex())
    except RateLimited as error:
        raise InvalidInput(field, f"Too many attempts. Try again in {spoken_wait(error.retry_after)}.") from error
    if not services().staff.confirm(guard.actor(), password, services().clock()):
        raise InvalidInput(field, _WRONG)


def _offered() -> str | None:
    offer = session.get(_OFFER)
    return services().staff.offered_secret(_self(), b64decode(offer)) if offer else None


def _account_page(field: str | None, error: str | None, status: int) -> Response:
    required = guard.is_second_factor_required()
    view = account_view(_self(), guard.since(), request.args.get("done", ""), services().clock(), required=required)
    return make_response(render_template("admin/account.html", view=view, field_in_error=field, error=error), status)


def _offer_page(error: str | None, status: int) -> BaseResponse:
    secret = _offered()
    if secret is None:
        return redirect(url_for("admin.account"), 303)
    view = offer_view(_self(), secret)
    return make_response(render_template("admin/second_factor.html", view=view, error=error), status)
