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

WISHED = os.environ.get("CHATTERKEEP_TEST_LIVES")
"""Asked for by `make fuzz`; read here, since no test sees the settings of whoever runs it."""

LIVES = int(WISHED or "12")


@databases.both
@pytest.mark.slow
def test_everybody_sees_what_they_must_whatever_happens(services: Services, clock: Clock, settings: Settings) -> None:
    run_state_machine_as_test(_life_of(services, clock, settings), settings=_budget(LIVES))


def _life_of(services: Services, clock: Clock, chosen: Settings) -> type[Life]:
    return type("LifeHere", (Life,), {"use": services, "clock": clock, "settings": chosen})


def _budget(lives: int) -> settings:
    return settings(
        max_examples=lives,
        stateful_step_count=30,
        deadline=None,
        database=None,
        derandomize=WISHED is None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
