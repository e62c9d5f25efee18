"""What is done to a server under load. Each fault is done `times` times, at random moments."""

import os
import random
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.chaos.site import Site

Fault = Callable[[Site, random.Random], None]

_WITHIN: Final = 60.0
"""Seconds in which a worker must be found that writes something, and in which others must have taken that over."""

_GIVES_UP: Final = 20.0
"""Seconds after which a worker is let go that was frozen in the midst of a transaction, which stops all others."""


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


def kill_writer(site: Site, dice: random.Random) -> None:
    """Kill a worker in the middle of what it writes."""
    pid, held = _stop_writer(site, dice)
    os.kill(pid, signal.SIGKILL)
    site.left |= held.keys()


def freeze_worker(site: Site, dice: random.Random) -> None:
    """Stop a worker in the middle of what it writes, until its leases have run out and others write it."""
    deadline = time.monotonic() + _WITHIN
    while not (taken := _freeze(site, dice)):
        assert time.monotonic() < deadline, "nobody took over what a frozen worker was writing"
    site.left |= taken


def _freeze(site: Site, dice: random.Random) -> set[str]:
    """Stop a worker, and let it go on later; return the replies that others have taken over from it by then."""
    pid, held = _stop_writer(site, dice)
    taken = until(lambda: not held.items() & site.held_by(pid).items(), _GIVES_UP)
    os.kill(pid, signal.SIGCONT)
    return set(held) if taken else set()


def _stop_writer(site: Site, dice: random.Random) -> tuple[int, dict[str, int]]:
    """Stop a worker that is writing replies; return them too. What it has when it stands still, it cannot end."""
    deadline = time.monotonic() + _WITHIN
    while time.monotonic() < deadline:
        pid = site.any_worker(dice)
        with suppress(ProcessLookupError):  # it was just being replaced
            if held := _stopped(site, pid):
                return pid, held
        time.sleep(0.02)
    raise AssertionError("no worker was writing anything")


def _stopped(site: Site, pid: int) -> dict[str, int]:
    """Stop a worker and return what it is writing; let it go on where that is nothing."""
    os.kill(pid, signal.SIGSTOP)
    held = site.held_by(pid) if until(lambda: _stands_still(pid)) else {}
    if not held:
        os.kill(pid, signal.SIGCONT)
    return held


def _stands_still(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
    except FileNotFoundError:
        raise ProcessLookupError(pid) from None


def until(condition: Callable[[], bool], within: float = _WITHIN) -> bool:
    """Wait until a condition holds; tell whether it does."""
    deadline = time.monotonic() + within
    while not (holds := condition()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return holds


def restart(site: Site, dice: random.Random) -> None:
    """Ask the server to end, and start it again."""
    site.stop()
    site.start()


def crash(site: Site, dice: random.Random) -> None:
    """Kill the whole server at once, and start it again."""
    site.crash()
    site.start()
