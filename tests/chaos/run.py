"""One run: a server under load, a plan of faults, and a look at what is stored when all is quiet again."""

import random
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Engine, create_engine

from chatterkeep.settings import Settings
from chatterkeep.storage.db import Database
from tests import databases
from tests.chaos.checker import violations
from tests.chaos.faults import Plan
from tests.chaos.model import Echo
from tests.chaos.phones import Crowd, Message
from tests.chaos.site import SOUND, Site
from tests.chaos.stored import Stored, read, unended

_SETTLES_WITHIN: Final = 60.0


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a run takes place. `settings` name a migrated database; `broken` names a broken build."""

    settings: Settings
    workers: int = 2
    phones: int = 16
    seed: int = 0
    broken: str | None = None
    slowest: float = 2.0
    """Seconds that the longest answers take."""
    patience: float = 300.0
    """Seconds in which a message must be taken, and in which its reply must end."""

    def site(self, model: Echo, engine: Engine) -> Site:
        environment = {"OPENAI_BASE_URL": model.url, "CHATTERKEEP_DATABASE_URL": self.settings.database_url}
        if self.broken:
            environment["CHAOS_BREAKS"] = self.broken
        app = "tests.chaos.broken:app" if self.broken else SOUND
        return Site(self.settings.data_dir, self.workers, environment, engine, app)


@dataclass(frozen=True, slots=True)
class Report:
    """What a run came to."""

    told: list[Message]
    stored: Stored
    calls: int
    seconds: float
    violations: list[str] = field(default_factory=list)
    left: frozenset[str] = frozenset()
    """Replies that a worker was writing when it was hurt, by their ids."""

    @property
    def acked(self) -> int:
        return sum(message.acked is not None for message in self.told)

    @property
    def retries(self) -> int:
        return sum(message.retries for message in self.told)

    @property
    def taken_over(self) -> set[str]:
        """Replies that somebody had begun and somebody else has ended, by their ids."""
        return {reply.reply_id for reply in self.stored.replies if reply.state.ended and reply.claims > 1}

    @property
    def delays(self) -> list[float]:
        """Seconds from each acknowledgement to the end of its reply, in order."""
        return sorted(message.ended - message.acked for message in self.told if message.acked and message.ended)

    def __str__(self) -> str:
        delays = self.delays or [0.0]
        return (
            f"{len(self.told)} messages sent, {self.acked} acknowledged, {self.retries} requests sent again; "
            f"{len(self.stored.replies)} replies of {self.calls} calls of the model; "
            f"from acknowledgement to the end of the reply {delays[len(delays) // 2]:.1f} s in the middle, "
            f"{delays[-1]:.1f} s at most; {self.seconds:.0f} s"
        )


def rehearse(stage: Stage, *plans: Plan, say: Callable[[int], None] = lambda done: None) -> Report:
    """Carry out plans under load, one after the other; return what came of it, checked. `say` counts along."""
    dice, begun = random.Random(stage.seed), time.monotonic()
    engine = create_engine(stage.settings.database)
    with ExitStack() as stack:
        stack.callback(engine.dispose)
        model = Echo(slowest=stage.slowest, dice=random.Random(stage.seed))
        stack.enter_context(model.running())
        site = stack.enter_context(stage.site(model, engine).running())
        crowd = Crowd(site, stage.phones, dice, stage.patience)
        with crowd.writing():
            for plan in plans:
                plan.carry_out(site, dice, say)
        _settle(engine)
        stored = read(engine, databases.vault(stage.settings, Database(engine)))
    found, left = violations(crowd.sent, stored), frozenset(site.left)
    return Report(crowd.sent, stored, model.calls, time.monotonic() - begun, found, left)


def _settle(engine: Engine) -> None:
    """Wait until no reply is left to be written; one that never ends is the checker's business."""
    deadline = time.monotonic() + _SETTLES_WITHIN
    while unended(engine) and time.monotonic() < deadline:
        time.sleep(0.2)
