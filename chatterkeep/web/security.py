"""Headers on every answer, and the refusal of requests that other sites make people's browsers send."""

from typing import Final
from urllib.parse import urlsplit

from flask import Flask, Response, request

from chatterkeep.domain.errors import Refused

_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_FROM_PAGES: Final = frozenset({"chat", "verify", "rights", "admin"})


def init(app: Flask) -> None:
    """Check where requests to pages come from; put the security headers on every answer."""
    app.before_request(_same_site)
    app.after_request(_headers)


def _same_site() -> None:
    """Refuse cross-site posts to pages. Browsers say where a request comes from; programs need not."""
    if request.method in _SAFE or request.blueprint not in _FROM_PAGES:
        return
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    foreign = origin not in (None, "null") and urlsplit(origin or "").netloc != request.host
    if site not in (None, "same-origin", "none") or (site is None and foreign):
        raise Refused(
            "This form was sent by another site.",
            "Open our page and send it from there.",
            known=True,
        )


def _headers(response: Response) -> Response:
    """Say how an answer may be used. What governs a document is left off the fragments that htmx puts into one."""
    headers = response.headers
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin" if request.blueprint == "admin" else "no-referrer"
    headers.setdefault("Cache-Control", "no-store")
    if response.mimetype == "text/html" and "HX-Request" not in request.headers:
        headers["Content-Security-Policy"] = _POLICY
        headers["X-Frame-Options"] = "DENY"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
    return response
