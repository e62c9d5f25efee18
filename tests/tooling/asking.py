"""Waits for answers as long as a slow machine may need, which loads a model's library at the first of them."""

from chatterkeep.domain.outcome import Outcome
from chatterkeep.domain.replies import Reply
from chatterkeep.services.wiring import Services
from tests.services import test_replies

PATIENT = 60


def ended(services: Services, outcome: Outcome) -> Reply:
    """Wait for the end of the reply."""
    return test_replies.ended(services, outcome, PATIENT)
