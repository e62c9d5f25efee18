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


def issue(session_id: str, token: bytes | None = None) -> str:
    """Return a ticket for a session, asked for with a session token (its hash), if with any: it ends with that."""
    return _serializer().dumps([session_id, secrets.token_urlsafe(12), token.hex() if token else ""])


def redeem(ticket: str) -> tuple[str, bytes | None] | None:
    """Return the id of the session that a ticket opens, and the token (by hash) it was asked for with.

    None for one that is forged, too old or used.
    """
    try:
        session_id, number, token = _serializer().loads(ticket, max_age=LIFETIME)
    except (BadData, ValueError):  # also one of the form that an older version gave out
        return None
    # Signed times are whole seconds, so a ticket may live for one more.
    fresh = limiting().first_use(f"ticket/{number}", 2 * LIFETIME)
    return (str(session_id), bytes.fromhex(token) or None) if fresh else None


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SIGNING_KEYS"], salt="chatterkeep.ticket")
