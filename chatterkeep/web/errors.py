"""Turns errors into answers: one shape for JSON, one page for people. Never a stack trace, SQL or long input."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import Flask, Response, g, jsonify, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from chatterkeep.domain.errors import (
    BadSignature,
    BrokenUpload,
    ChatterKeepError,
    DeliveryConflict,
    FileTooLarge,
    InvalidFile,
    InvalidInput,
    InvalidPhone,
    InvalidText,
    NotFound,
    Overloaded,
    RateLimited,
    Refused,
    StoreBusy,
    UnsupportedFile,
)
from chatterkeep.web.context import base_url, services
from chatterkeep.web.errorcodes import HTTP_CODES, MEANINGS
from chatterkeep.web.errorpage import error_page
from chatterkeep.web.hosts import UnknownHost
from chatterkeep.web.requestbody import MalformedBody, UnsupportedType

log = logging.getLogger(__name__)

PAGES: Final = frozenset({"chat", "verify", "rights", "sources", "admin", "docs"})
"""The blueprints that speak HTML to people; all others speak JSON to programs."""

_JSON_PATHS: Final = (
    "/chat",
    "/ws/",
    "/sessions",
    "/api/",
    "/webhooks/",
    "/health",
    "/livez",
    "/readyz",
    "/metrics",
)

_STATUS: Final[Mapping[type[ChatterKeepError], int]] = {
    InvalidText: 400,
    BrokenUpload: 400,
    UnknownHost: 400,
    MalformedBody: 400,
    UnsupportedType: 415,
    BadSignature: 403,
    InvalidInput: 422,
    NotFound: 404,
    DeliveryConflict: 409,
    RateLimited: 429,
    StoreBusy: 503,
    FileTooLarge: 413,
    UnsupportedFile: 415,
    Overloaded: 503,
}


@dataclass(frozen=True, slots=True)
class Problem:
    """An error, worded for whoever called."""

    status: int
    code: str
    message: str
    hint: str = ""
    details: Mapping[str, Any] | None = None
    headers: Mapping[str, str] | None = None


def init(app: Flask) -> None:
    """Answer every error in the form its caller reads."""
    app.register_error_handler(ChatterKeepError, _known)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unknown)


def problem_of(error: ChatterKeepError) -> Problem:
    """Word an error of ours."""
    match error:
        case Refused():
            headers = {} if error.known else {"WWW-Authenticate": "Bearer"}
            return Problem(403 if error.known else 401, error.code, str(error), error.hint, None, headers)
        case InvalidPhone():
            details = {"field": error.field, "understood": error.understood}
            return Problem(422, error.code, str(error), error.hint, details)
        case InvalidFile():
            found = {"field": "file", "reason": error.reason}
            return Problem(_status(error), error.code, str(error), error.hint, found)
        case InvalidInput():
            return Problem(_status(error), error.code, str(error), error.hint, {"field": error.field})
        case RateLimited():
            seconds = str(error.retry_after)
            headers = {
                "Retry-After": seconds,
                "RateLimit-Limit": str(error.allowed),
                "RateLimit-Remaining": "0",
                "RateLimit-Reset": seconds,
            }
            limited = {"limit": error.limit, "retry_after": error.retry_after}
            return Problem(429, error.code, str(error), "Wait, then send the same again.", limited, headers)
        case StoreBusy() | Overloaded():
            return Problem(
                503, error.code, str(error), "Wait a second, then send the same again.", None, {"Retry-After": "1"}
            )
        case UnsupportedFile():
            details = {"field": "file", "reason": "type-mismatch", "accepted": error.accepted}
            return Problem(415, error.code, str(error), MEANINGS[error.code].fix, details)
    hint = error.hint if isinstance(error, MalformedBody | UnsupportedType) else MEANINGS[error.code].fix
    return Problem(_status(error), error.code, str(error), hint)


def answer(problem: Problem) -> Response:
    """Give a problem the shape that the caller of this request reads."""
    response = _page(problem) if _for_people() else _json(problem)
    response.status_code = problem.status
    response.headers.update(problem.headers or {})
    return response


def _status(error: ChatterKeepError) -> int:
    return next((_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS), 500)


def _known(error: ChatterKeepError) -> Response:
    problem = problem_of(error)
    if problem.status >= 500:
        log.error("request.failed", extra={"code": problem.code, "error": type(error).__name__})
    return answer(problem)


def _http(error: HTTPException) -> Response | HTTPException:
    if isinstance(error, RequestRedirect) or (error.code or 500) < 400:
        return error
    status = error.code or 500
    code = HTTP_CODES.get(status, "INTERNAL_ERROR" if status >= 500 else "VALIDATION_ERROR")
    meaning = MEANINGS[code]
    headers = {key: value for key, value in error.get_headers() if key in ("Allow", "Retry-After")}
    return answer(Problem(status, code, meaning.what, meaning.fix, None, headers))


def _unknown(error: Exception) -> Response:
    log.error("request.crashed", exc_info=error)
    meaning = MEANINGS["INTERNAL_ERROR"]
    return answer(Problem(500, "INTERNAL_ERROR", meaning.what, meaning.fix))


def _for_people() -> bool:
    if request.blueprint or request.endpoint:
        return request.blueprint in PAGES
    return not request.path.startswith(_JSON_PATHS)


def error_wire(problem: Problem) -> dict[str, Any]:
    """Word a problem in the one shape that JSON errors have."""
    anchor = problem.code.lower().replace("_", "-")
    return {
        "code": problem.code,
        "message": problem.message,
        "details": problem.details,
        "hint": problem.hint,
        "docs_url": f"{base_url()}/docs/errors#{anchor}",
        "timestamp": services().clock().isoformat(),
        "request_id": g.request_id,
    }


def _json(problem: Problem) -> Response:
    return jsonify(error=error_wire(problem))


def _page(problem: Problem) -> Response:
    return error_page(problem.status, problem.code, problem.message, problem.hint)
