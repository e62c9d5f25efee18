"""Tickets: what a browser shows to open a socket, since it can send no header of its own there.

A ticket is in the address, which proxies write down; so it opens one session, once, and only for a moment. It is
signed and not stored: any process can read it, and the counters of the limits know whether it was used.
"""

import secrets
from typing import Final

from flask import current_app
from itsdangerous import BadData, URLSafeTimedSerializer

from chatterkeep.web.limits import limiting

LIFETIME: Final = 30
"""In seconds."""


def issue(session_id: str) -> str:
    """Return a ticket for a session."""
    return _serializer().dumps([session_id, secrets.token_urlsafe(12)])


def redeem(ticket: str) -> str | None:
    """Return the id of the session that a ticket opens; None for one that is forged, too old or used."""
    try:
        session_id, number = _serializer().loads(ticket, max_age=LIFETIME)
    except BadData:
        return None
    # Signed times are whole seconds, so a ticket may live for one more.
    return str(session_id) if limiting().first_use(f"ticket/{number}", 2 * LIFETIME) else None


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SIGNING_KEYS"], salt="chatterkeep.ticket")
