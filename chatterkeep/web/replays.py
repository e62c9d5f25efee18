"""How the answer to a delivery tells that it was there before."""

from flask import Response

from chatterkeep.domain.outcome import Outcome


def marked(response: Response, outcome: Outcome) -> Response:
    """Return the answer to a message, with the mark of a delivery that was there before."""
    if outcome.replayed:
        response.headers["Idempotent-Replayed"] = "true"
    return response
