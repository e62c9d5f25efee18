"""Takes a message of a session in, as every route of this package does."""

from dataclasses import replace
from typing import Final

from chatterkeep.domain.messages import Inbound
from chatterkeep.domain.outcome import Outcome
from chatterkeep.web import metrics
from chatterkeep.web.context import services
from chatterkeep.web.limits import limiting

FLOW: Final = "assistant"
"""What begins in a session that has no conversation."""


def receive(inbound: Inbound) -> Outcome:
    """Store a message and what the flow says to it. Raises what `Turns.receive` does."""
    inbound = replace(inbound, flow=FLOW)
    admit = limiting().message_of(services().pseudonym(inbound.sender))
    outcome = services().turns.receive(inbound, services().clock(), admit)
    metrics.TURNS.labels("api", "replayed" if outcome.replayed else "stored").inc()
    return outcome
