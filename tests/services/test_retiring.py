"""A process that is about to end begins nothing that another would have to begin again."""

from pathlib import Path

import pytest

from chatterkeep.domain.replies import ReplyState
from chatterkeep.services.wiring import Services
from chatterkeep.settings import Settings
from tests.make import make_inbound, make_settings


@pytest.fixture
def settings(data_dir: Path) -> Settings:
    return make_settings(data_dir=data_dir, flow="assistant", answerer="canned")


def test_a_process_that_is_about_to_end_leaves_new_replies_to_others(services: Services) -> None:
    services.writers.retire()
    outcome = services.turns.receive(make_inbound(text="Why is the sky blue?"), services.clock())
    assert outcome.generated
    assert outcome.generated.state is ReplyState.PENDING
    assert services.writers.sweep() == 0


def test_until_then_it_writes_them_itself(services: Services) -> None:
    outcome = services.turns.receive(make_inbound(text="Why is the sky blue?"), services.clock())
    assert outcome.generated
    assert services.replies.wait(outcome.generated, 60).state is ReplyState.DONE
