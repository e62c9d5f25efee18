"""Runs of the broken builds: how each is made to fail, and the rules that must find it out."""

from dataclasses import dataclass, replace
from types import MappingProxyType

from tests.chaos import checker
from tests.chaos.faults import Plan, crash, leave_alone
from tests.chaos.run import Stage, rehearse


@dataclass(frozen=True, slots=True)
class Sabotage:
    """A broken build, how many phones write to it, what is done to it, and the rules one of which it must break."""

    build: str
    phones: int
    plan: Plan
    rules: tuple[checker.Rule, ...]

    def found(self, stage: Stage) -> list[str]:
        """Run it; return how it broke these rules."""
        report = rehearse(replace(stage, broken=self.build, phones=self.phones, slowest=0.5, patience=5.0), self.plan)
        return [sentence for rule in self.rules for sentence in rule(report.told, report.stored)]


_SAID_TWICE = (
    checker.every_reply_has_ended,
    checker.every_reply_is_one_message,
    checker.no_answer_is_said_twice,
    checker.answers_belong_to_their_questions,
)
SABOTAGE = MappingProxyType(
    {
        "fence": Sabotage("fence", 20, Plan("nothing", leave_alone, 1, (7.0, 7.0)), _SAID_TWICE),
        "ack": Sabotage("ack", 8, Plan("a crash", crash, 3, (0.1, 0.5)), (checker.nothing_is_lost,)),
    }
)
