"""Who may call a route. Every view says so with a decorator of this module; one that does not is refused at start.

public                 anybody
capability             whoever holds the token in the address; the view looks it up
client("chat")         an API key with that scope
client("…", session=True)   also a session token, for its own session
client("…", ticket=True)    also a ticket in the address, for its own session
signature              the gateway, which has signed the request
twilio                 Twilio, which has signed it in its own way
staff("viewer")        a signed-in member of staff with at least that role
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from flask import Flask, current_app, g, request

from chatterkeep.domain.api_keys import SCOPES, Scope
from chatterkeep.domain.errors import BadSignature, NotFound, Refused
from chatterkeep.domain.messages import Capability, SessionRef, TokenKind
from chatterkeep.domain.signatures import Signed
from chatterkeep.services.twilio import Delivered
from chatterkeep.web import tickets
from chatterkeep.web.context import services
from chatterkeep.web.fields import UUID
from chatterkeep.web.requestbody import FORM, whole_body

View = TypeVar("View", bound=Callable[..., Any])
Role = Literal["viewer", "agent", "admin"]
Signer = Literal["gateway", "twilio"]

HINT = "Send a key made by 'flask keys create' as 'Authorization: Bearer ck_live_…' or 'X-API-Key: ck_live_…'."


@dataclass(frozen=True, slots=True)
class Access:
    """What a route asks of its caller."""

    kind: Literal["public", "capability", "client", "signature", "staff"]
    scope: Scope | None = None
    role: Role | None = None
    session: bool = False
    ticket: bool = False
    signer: Signer | None = None


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is calling the API. `session_id` is set for the holder of a session token, who may touch that one only.

    `name` keeps the delivery ids of different clients apart; a key that replaces another bears its name. `token` is the
    hash of the session token or key that it came with, or that its ticket was given for.
    """

    name: str
    scopes: frozenset[str]
    session_id: str | None = None
    token: bytes | None = None

    def may(self, scope: Scope) -> bool:
        """Tell whether this caller has a scope; `admin` has them all."""
        return scope in self.scopes or "admin" in self.scopes


ANYBODY = Caller("open", frozenset(SCOPES))
GATEWAY = Caller("gateway", frozenset({"chat"}))
"""Whoever signs. One name for all secrets: a delivery that began under the old one is the same under the new."""

TWILIO = Caller("twilio", frozenset({"chat"}))


def public(view: View) -> View:
    """Let anybody call this view."""
    return _declare(view, Access("public"))


def capability(view: View) -> View:
    """Let the holder of the token in the address call this view."""
    return _declare(view, Access("capability"))


def client(scope: Scope, *, session: bool = False, ticket: bool = False) -> Callable[[View], View]:
    """Let API clients with this scope call the view, and with `session` also holders of a session token.

    With `ticket` a ticket will do as well, for browsers that cannot send a header.
    """
    return lambda view: _declare(view, Access("client", scope=scope, session=session, ticket=ticket))


def signature(view: View) -> View:
    """Let the gateway call this view: whoever signed the request with a secret that is shared with it."""
    return _declare(view, Access("signature", signer="gateway"))


def twilio(view: View) -> View:
    """Let Twilio call this view: whoever signed the request with an auth token of the account."""
    return _declare(view, Access("signature", signer="twilio"))


def staff(role: Role) -> Callable[[View], View]:
    """Let staff with at least this role call the view."""
    return lambda view: _declare(view, Access("staff", role=role))


def access_of(app: Flask, endpoint: str) -> Access | None:
    """Return what a route declares."""
    return getattr(app.view_functions[endpoint], "access", None)


def caller() -> Caller:
    """The API client that makes this request."""
    found: Caller = g.caller
    return found


def session_ref(session_id: str) -> SessionRef:
    """Return a session the caller may touch. Raises NotFound: no id, and another's, are the same as an unknown one."""
    found = session_id.lower()
    if not UUID.fullmatch(found) or caller().session_id not in (None, found):
        raise NotFound("session")
    return SessionRef(found)


def init(app: Flask) -> None:
    """Check API clients before their view runs. Raises RuntimeError for a route that declares nothing."""
    if silent := sorted(_silent(app)):
        raise RuntimeError(f"These routes must declare who may call them: {', '.join(silent)}")
    app.before_request(_check)


def _silent(app: Flask) -> Iterable[str]:
    return (name for name in app.view_functions if access_of(app, name) is None)


def _declare(view: View, access: Access) -> View:
    view.access = access  # type: ignore[attr-defined]
    return view


def _check() -> None:
    if request.endpoint is None:
        return
    access = access_of(current_app, request.endpoint)
    if access is not None and access.kind == "client":
        g.caller = _client(access)
    elif access is not None and access.kind == "signature":
        g.caller = _twilio() if access.signer == "twilio" else _gateway()


def _gateway() -> Caller:
    """Check the bytes of the body before anybody reads a word of them."""
    body, use = whole_body(request), services()
    names = ("webhook-id", "webhook-timestamp", "webhook-signature")
    if not use.signatures.fit(Signed(*(request.headers.get(name, "") for name in names)), body, use.clock()):
        raise BadSignature
    return GATEWAY


def _twilio() -> Caller:
    """Check the address that was called, as the settings have it, with the fields of the form."""
    came = Delivered(
        path=request.path,
        query=request.query_string.decode("latin-1"),
        body=whole_body(request),
        is_form=request.mimetype == FORM,
        signature=request.headers.get("X-Twilio-Signature", ""),
        manner=request.headers.get("X-Twilio-Webhooks-Signature-Settings", ""),
    )
    if not services().twilio.fit(came):
        raise BadSignature
    return TWILIO


def _client(access: Access) -> Caller:
    if access.ticket and "ticket" in request.args:
        session_id, token = tickets.redeem(request.args["ticket"]) or (None, None)
        return _holder(session_id, token, access, "This ticket is unknown, used or expired.")
    if current_app.config["API_OPEN"] and not _credential():
        return ANYBODY
    found = _known_client(access)
    if access.scope and not found.may(access.scope):
        raise Refused(f"This key lacks the scope {access.scope!r}.", HINT, known=True)
    return found


def _known_client(access: Access) -> Caller:
    credential = _credential()
    if not credential:
        raise Refused("This needs an API key.", HINT)
    if credential.startswith("ck_s_"):
        token, now = Capability(credential, TokenKind.API), services().clock()
        session_id = services().sessions.session_of(credential, now) if access.session else None
        if session_id and request.method == "POST":
            services().links.touch(token, now)
        return _holder(
            session_id, services().links.hash_of(credential), access, "This session token does not open this."
        )
    key = services().api_keys.find(credential, services().clock())
    if key is None:
        raise Refused("This key is unknown, expired or revoked.", HINT)
    return Caller(f"key:{key.name}", key.scopes, token=services().links.hash_of(credential))


def _holder(session_id: str | None, token: bytes | None, access: Access, otherwise: str) -> Caller:
    if session_id is None:
        raise Refused(otherwise, HINT)
    return Caller(f"session:{session_id}", frozenset({access.scope or "chat"}), session_id, token)


def _credential() -> str:
    header = request.headers.get("Authorization", "")
    if "," in header:  # WSGI joins repeated headers
        raise Refused("There is more than one Authorization header.", HINT)
    scheme, _, token = header.partition(" ")
    if scheme and scheme.lower() != "bearer":
        raise Refused("Only Bearer authorization is understood.", HINT)
    return token.strip() if header else request.headers.get("X-API-Key", "").strip()
