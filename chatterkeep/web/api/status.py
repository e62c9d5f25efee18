"""`/api/v1/health`: how the service is, in one word."""

from typing import Annotated, Literal

from flask import Blueprint, Response, jsonify
from pydantic import Field
from typing_extensions import TypedDict

from chatterkeep import __version__
from chatterkeep.services.health import OK
from chatterkeep.web import access
from chatterkeep.web.context import services
from chatterkeep.web.health import uptime
from chatterkeep.web.limits import limiting

blueprint = Blueprint("status", __name__, url_prefix="/api/v1")


class WellbeingWire(TypedDict):
    """How the service is: `ok`; `degraded`, while messages are taken and something else is in the way; or `down`."""

    status: Literal["ok", "degraded", "down"]
    version: str
    uptime: Annotated[float, Field(description="Seconds since the start of the process that answers.")]
    checks: Annotated[dict[str, str], Field(description="`ok`, or in a sentence what is wrong.")]


@blueprint.get("/health")
@access.public
def show_status() -> tuple[Response, int]:
    """Answer 200 as long as messages can be taken in, else 503."""
    needed = services().health.checks()
    helpful = {"model": services().health.model(), "counters": limiting().problem() or OK}
    down = any(result != OK for result in needed.values())
    degraded = any(result != OK for result in helpful.values())
    body: WellbeingWire = {
        "status": "down" if down else "degraded" if degraded else "ok",
        "version": __version__,
        "uptime": uptime(),
        "checks": needed | helpful,
    }
    return jsonify(body), 503 if down else 200
