"""What is done to a server under load. Each fault is done `times` times, at random moments."""

import os
import random
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from chatterkeep.domain.replies import LEASE
from chatterkeep.services.writers import SWEEP
from tests.chaos.site import Site

Fault = Callable[[Site, random.Random], None]

FROZEN: Final = LEASE.total_seconds() + SWEEP + 1.5
"""Seconds after which somebody else has written what a frozen worker was writing."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A fault, how often, and how many seconds lie between two at least and at most."""

    name: str
    fault: Fault
    times: int
    pause: tuple[float, float] = (1.0, 3.0)

    def carry_out(self, site: Site, dice: random.Random, say: Callable[[int], None]) -> None:
        """Do it all; `say` is told how often it was done, each time."""
        for done in range(1, self.times + 1):
            time.sleep(dice.uniform(*self.pause))
            self.fault(site, dice)
            say(done)


def leave_alone(site: Site, dice: random.Random) -> None:
    """Do nothing: the load is enough."""


def kill_worker(site: Site, dice: random.Random) -> None:
    """Kill one worker; gunicorn starts another."""
    with suppress(ProcessLookupError):  # it was just being replaced
        os.kill(site.any_worker(dice), signal.SIGKILL)


def freeze_worker(site: Site, dice: random.Random) -> None:
    """Stop a worker in the middle of what it writes, until its leases have run out and others have written it."""
    pid = site.any_worker(dice)
    os.kill(pid, signal.SIGSTOP)
    time.sleep(FROZEN)
    os.kill(pid, signal.SIGCONT)


def restart(site: Site, dice: random.Random) -> None:
    """Ask the server to end, and start it again."""
    site.stop()
    site.start()


def crash(site: Site, dice: random.Random) -> None:
    """Kill the whole server at once, and start it again."""
    site.crash()
    site.start()
