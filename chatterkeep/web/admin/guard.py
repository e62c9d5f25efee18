"""Who is at the staff pages: a signed cookie names a login, and every request checks that it still holds.

A login is a row as well, by the hash of the secret that the cookie has: logging out ends it for every copy.

The cookie is Flask's session, sent below `/admin` only. It has no id that somebody could plant beforehand: logging in
throws away what it held, the CSRF token too, and the new content is signed with the time of the login. Between the
password and the code of a second factor it names half a login, which opens nothing but the page that asks for the code.
"""

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from flask import Flask, current_app, g, redirect, request, session, url_for
from flask_wtf import CSRFProtect
from werkzeug.wrappers import Response as BaseResponse

from chatterkeep.domain.audit import Action, Actor
from chatterkeep.domain.errors import Refused
from chatterkeep.domain.staff import LONGEST_LOGIN, Half, Member, Role
from chatterkeep.web.access import access_of
from chatterkeep.web.context import services
from chatterkeep.web.limits import limiting

IDLE: Final = timedelta(minutes=30)
_GRAIN: Final = timedelta(minutes=1)
HALF_LASTS: Final = timedelta(minutes=5)
_NAME: Final = "live"
_HALF: Final = "half"
_ONCE_IN: Final = 60
_FOR_ALL: Final = frozenset({"admin.logout", "admin.account"})
_SET_UP: Final = "admin.second_factor"

csrf: Final = CSRFProtect()


def init(app: Flask) -> None:
    """Give templates `csrf_token()`. Only `check` asks for it: no other page has a cookie that needs protection."""
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    csrf.init_app(app)


def check() -> BaseResponse | None:
    """Ask for a login where the view wants one, then for the token that our own forms carry.

    Raises Refused for a role that is too small, CSRFError for a form that is not ours.
    """
    asked = access_of(current_app, request.endpoint or "")
    g.staff = _member()
    if asked is None or asked.kind != "public":
        if g.staff is None:
            return redirect(url_for("admin.show_login", next=_here()), 303)
        if asked is None or asked.role is None or not g.staff.role.covers(Role(asked.role)):
            _note_refusal()
            raise Refused("Your account may not do this.", "Ask an administrator for it.", known=True)
        if is_second_factor_required() and not g.staff.second_factor and not _is_for_all(request.endpoint or ""):
            return redirect(url_for("admin.account"), 303)
    csrf.protect()
    return None


def member() -> Member | None:
    """Return who is logged in."""
    found: Member | None = g.get("staff")
    return found


def actor() -> Actor:
    """Return who does this, for the audit. Only for views that ask for staff."""
    found: Member = g.staff
    return Actor(found.username, g.request_id)


def is_second_factor_required() -> bool:
    """Tell whether nobody does without a second factor."""
    return bool(current_app.config["STAFF_TOTP_REQUIRED"])


def since() -> datetime:
    """Return when this login began. Only for views that ask for staff."""
    return datetime.fromtimestamp(session[_NAME][3], UTC)


def begin(half: Half, now: datetime) -> None:
    """Remember whose password was right, for a short while, with nothing left of what the browser sent."""
    session.clear()
    session[_HALF] = [half.id, half.epoch, int(now.timestamp())]


def half() -> Half | None:
    """Return whose code is waited for; None if that has taken too long, or nobody's is."""
    staff_id, epoch, at = session.get(_HALF) or (0, 0, 0)
    late = services().clock().timestamp() - at > HALF_LASTS.total_seconds()
    return None if late else Half(staff_id, epoch)


def role() -> Role:
    """Return what whoever does this may do. Only for views that ask for staff."""
    found: Member = g.staff
    return found.role


def sign_in(found: Member, now: datetime) -> None:
    """Begin a login, with nothing left of what the browser sent: the login that it had is ended."""
    login = services().staff.begin(found, now, instead_of=_login())
    session.clear()
    session[_NAME] = [login, found.id, found.epoch, int(now.timestamp()), int(now.timestamp())]


def sign_out() -> None:
    """End the login. Only for views that ask for staff."""
    services().staff.log_out(actor(), _login(), services().clock())
    session.clear()


def own_page(address: str, start: str, otherwise: str) -> str:
    """Return an address if it begins like a page of ours, else another: no link may send staff elsewhere."""
    is_ours = address == start or address.startswith((f"{start}?", f"{start}/"))
    is_plain = address.isascii() and address.isprintable() and not {"\\", " "} & set(address)
    return address if is_ours and is_plain and ".." not in address else otherwise


def _member() -> Member | None:
    login = session.get(_NAME)
    if not login:
        return None
    name, staff_id, epoch, since, seen = login
    now = services().clock().timestamp()
    if now - since > LONGEST_LOGIN.total_seconds() or now - seen > IDLE.total_seconds():
        return None
    found = services().staff.logged_in(staff_id, epoch, name)
    if found and now - seen >= _GRAIN.total_seconds():
        session[_NAME] = [name, staff_id, epoch, since, int(now)]
    return found


def _login() -> str:
    """The secret that names this browser's login; empty where it has none."""
    name: str = (session.get(_NAME) or [""])[0]
    return name


def _note_refusal() -> None:
    """Leave an entry of what this account tried. Of the same page one in a minute will do: no loop fills the audit."""
    if limiting().first_use(f"refused/{g.staff.id}/{request.endpoint}", _ONCE_IN):
        thing = next((str(value) for value in (request.view_args or {}).values() if isinstance(value, UUID)), "")
        rule = request.url_rule.rule if request.url_rule else ""
        services().audit.record(actor(), Action.REFUSED, thing, f"{request.method} {rule}", services().clock())


def _is_for_all(endpoint: str) -> bool:
    return endpoint in _FOR_ALL or endpoint.startswith(_SET_UP)


def _here() -> str | None:
    """The address of this request, to come back to. What was posted is not posted again."""
    if request.method != "GET":
        return None
    query = request.query_string.decode("ascii", "replace")
    return f"{request.path}?{query}" if query else request.path
