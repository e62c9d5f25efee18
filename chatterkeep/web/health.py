"""Is it alive, is it ready, how is it: three routes for whoever watches the service."""

import time
from typing import Annotated, Final, Literal

from flask import Flask, Response, jsonify
from pydantic import Field
from typing_extensions import TypedDict

from chatterkeep import __version__
from chatterkeep.services.health import OK
from chatterkeep.web import access
from chatterkeep.web.context import services

_STARTED: Final = time.monotonic()


class AliveWire(TypedDict):
    """The process answers."""

    ok: bool


class HealthWire(TypedDict):
    """How the service is. A check that found nothing wrong says `ok`, any other says in a sentence what is."""

    ok: bool
    status: Literal["healthy", "unhealthy"]
    version: str
    uptime: Annotated[float, Field(description="Seconds since the start of the process that answers.")]
    checks: dict[str, str]


def init(app: Flask) -> None:
    """Serve the three routes."""
    app.add_url_rule("/livez", view_func=livez)
    app.add_url_rule("/readyz", view_func=readyz)
    app.add_url_rule("/health", view_func=health)


@access.public
def livez() -> Response:
    """Answer 200 as long as the process can answer at all."""
    body: AliveWire = {"ok": True}
    return jsonify(body)


@access.public
def readyz() -> tuple[Response, int]:
    """Answer 200 when messages can be taken in, else 503 and what is in the way."""
    return _report()


@access.public
def health() -> tuple[Response, int]:
    """The same for people and monitors, under the name they look for first."""
    return _report()


def uptime() -> float:
    """Return for how many seconds this process has been running."""
    return round(time.monotonic() - _STARTED, 1)


def _report() -> tuple[Response, int]:
    checks = services().health.checks()
    ok = all(result == OK for result in checks.values())
    body: HealthWire = {
        "ok": ok,
        "status": "healthy" if ok else "unhealthy",
        "version": __version__,
        "uptime": uptime(),
        "checks": checks,
    }
    return jsonify(body), 200 if ok else 503
