"""Log lines in JSON, one for each request: what, how long, which answer; never who, nor a word of what was said.

Fields are an allow-list: a route is logged by its pattern, not by the address that was asked for, since that may hold
a private token.
"""

import json
import logging
import secrets
import time
from datetime import UTC, datetime
from typing import Any, Final

from flask import Flask, Response, g, has_request_context, request

FIELDS: Final = (
    "method",
    "route",
    "status",
    "ms",
    "code",
    "error",
    "command",
    "event",
    "count",
    "problem",
    "fix",
    "tool",
    "outcome",
    "staff",
)
"""What a line may have beside what every line has. `staff` is the number of an account's row, not its name."""

access_log = logging.getLogger("chatterkeep.request")


class JsonFormatter(logging.Formatter):
    """One JSON object for each record: time, level, logger, event and the allowed extra fields."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line of JSON."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        if has_request_context() and "request_id" in g:
            line["request_id"] = g.request_id
        said = record.__dict__
        line |= {name: said[name] for name in FIELDS if name in said}
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = type(record.exc_info[1]).__name__
            line["where"] = _where(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False, default=str)


def configure(level: str) -> None:
    """Send this application's log lines, and warnings of the libraries, to stderr as JSON."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("chatterkeep").setLevel(level)
    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # `flask run` would write the address of each request


def init(app: Flask) -> None:
    """Give each request an id, and log it when it is answered."""

    @app.before_request
    def begin() -> None:
        g.request_id = secrets.token_hex(8)
        g.started = time.perf_counter()

    @app.after_request
    def finish(response: Response) -> Response:
        response.headers["X-Request-Id"] = g.request_id
        level = g.get("log_level", logging.INFO)
        if access_log.isEnabledFor(level):
            record = logging.LogRecord(access_log.name, level, "", 0, "request", None, None)
            record.method = request.method
            record.route = route()
            record.status = response.status_code
            record.ms = round((time.perf_counter() - g.started) * 1000, 1)
            access_log.handle(record)
        return response


def quietly() -> None:
    """Log this request for debugging only: it is one of many that find nothing new."""
    g.log_level = logging.DEBUG


def route() -> str:
    """The pattern of the route that answers this request."""
    return request.url_rule.rule if request.url_rule else "unmatched"


def _where(error: BaseException) -> list[str]:
    """The files and lines an exception passed through. Its message is left out: it may quote what a person wrote."""
    places = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return places[-12:]
