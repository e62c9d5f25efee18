"""Headers on every answer, and the refusal of requests that other sites make people's browsers send."""

from typing import Final
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, request

from chatterkeep.domain.errors import Refused
from chatterkeep.web import access

_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_NOTHING: Final = "default-src 'none'; frame-ancestors 'none'"
"""The policy of what is no page, should a browser be made to show it as one."""

_FEATURES: Final = "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"
_YEAR: Final = "max-age=31536000"
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


def init(app: Flask) -> None:
    """Check where requests come from; put the security headers on every answer."""
    app.before_request(_same_site)
    app.after_request(_headers)


def _same_site() -> None:
    """Refuse what other sites have a browser send. Browsers say where a request comes from; programs need not."""
    if request.method in _SAFE or not _can_be_forged():
        return
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    foreign = origin not in (None, "null") and urlsplit(origin or "").netloc != request.host
    if site not in (None, "same-origin", "none") or (site is None and foreign):
        raise Refused(
            "This was sent by another site.",
            "Open our page and send it from there.",
            known=True,
        )


def _can_be_forged() -> bool:
    """Tell whether another site could have a browser send all that this needs: never a key, nor a signature."""
    asked = access.access_of(current_app, request.endpoint) if request.endpoint else None
    if asked is None or asked.kind == "signature":
        return False
    return asked.kind != "client" or current_app.config["API_OPEN"]


def _headers(response: Response) -> Response:
    """Say how an answer may be used. What governs a document is left off the fragments that htmx puts into one."""
    is_page, is_static = response.mimetype == "text/html", request.endpoint == "static" and response.status_code < 400
    headers = response.headers
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin" if request.blueprint == "admin" else "no-referrer"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers.setdefault("Cache-Control", "no-store")
    if current_app.config["PUBLIC_URL"].startswith("https:"):
        headers["Strict-Transport-Security"] = _YEAR
    if "HX-Request" in request.headers or is_static:
        return response
    headers.setdefault("Content-Security-Policy", _POLICY if is_page else _NOTHING)
    headers["X-Frame-Options"] = "DENY"
    if is_page:
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Permissions-Policy"] = _FEATURES
    return response
