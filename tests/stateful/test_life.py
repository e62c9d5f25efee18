"""Sending, repeating, reordering, proving, erasing, rotating, searching and purging: in any order, on both databases.

`make fuzz` does the same for longer.
"""

import os

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from chatterkeep.services.wiring import Services
from chatterkeep.settings import Settings
from tests import databases
from tests.make import Clock
from tests.stateful.machine import Life

LIVES = int(os.environ.get("CHATTERKEEP_TEST_LIVES", "12"))


@databases.both
@pytest.mark.slow
def test_everybody_sees_what_they_must_whatever_happens(services: Services, clock: Clock, settings: Settings) -> None:
    run_state_machine_as_test(_life_of(services, clock, settings), settings=_budget(LIVES))


def _life_of(services: Services, clock: Clock, chosen: Settings) -> type[Life]:
    return type("LifeHere", (Life,), {"use": services, "clock": clock, "keys": chosen.keys})


def _budget(lives: int) -> settings:
    return settings(
        max_examples=lives,
        stateful_step_count=30,
        deadline=None,
        database=None,
        derandomize="CHATTERKEEP_TEST_LIVES" not in os.environ,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
