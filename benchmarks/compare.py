"""Two loads in alternating rounds, and what their medians say."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median

from benchmarks.load import Measure


@dataclass(frozen=True, slots=True)
class Effort:
    """How long to measure: rounds for each side, seconds for each round."""

    rounds: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the table: what was measured, what was reached, what we aim at."""

    what: str
    reached: str
    aim: str
    met: bool
    detail: str


@dataclass(slots=True)
class Rounds:
    """The measures of both sides, round by round."""

    ours: list[Measure] = field(default_factory=list)
    theirs: list[Measure] = field(default_factory=list)

    @property
    def rate_ratios(self) -> list[float]:
        pairs = zip(self.ours, self.theirs, strict=True)
        return [ours.rate / theirs.rate for ours, theirs in pairs]

    @property
    def p99_ratios(self) -> list[float]:
        pairs = zip(self.ours, self.theirs, strict=True)
        return [ours.percentile(99) / theirs.percentile(99) for ours, theirs in pairs]

    @property
    def faults(self) -> int:
        return sum(measure.faults.total() for measure in self.ours + self.theirs)

    def rates(self) -> str:
        return f"{_median_rate(self.ours):,.0f} to {_median_rate(self.theirs):,.0f} a second"

    def rate_finding(self, what: str, at_least: float) -> Finding:
        ratio = median(self.rate_ratios)
        met = ratio >= at_least and not self.faults
        rounds = ", ".join(f"{ratio:.0%}" for ratio in self.rate_ratios)
        return Finding(
            what,
            f"{ratio:.0%}" + (f", {self.faults} wrong answers" if self.faults else ""),
            f"at least {at_least:.0%}",
            met,
            f"{self.rates()}; rounds: {rounds}",
        )

    def p99_finding(self, what: str, at_most: float) -> Finding:
        ratio = median(self.p99_ratios)
        ours, theirs = (median(measure.percentile(99) for measure in side) for side in (self.ours, self.theirs))
        rounds = ", ".join(f"{ratio:.1f}" for ratio in self.p99_ratios)
        return Finding(
            what,
            f"{ratio:.1f} times",
            f"at most {at_most:.0f} times",
            ratio <= at_most,
            f"{ours:.1f} to {theirs:.1f} ms; rounds: {rounds}",
        )


def alternate(what: str, ours: Callable[[], Measure], theirs: Callable[[], Measure], rounds: int) -> Rounds:
    """Run both in turn; who begins changes each round, so that a drift of the machine cancels."""
    result = Rounds()
    for number in range(1, rounds + 1):
        sides = [("ours", ours, result.ours), ("theirs", theirs, result.theirs)]
        for name, run, measures in sides if number % 2 else reversed(sides):
            measures.append(run())
            say(f"  {what}, round {number}, {name:>6}: {measures[-1]}")
        say(f"  {what}, round {number}: {result.rate_ratios[-1]:.1%}")
    return result


def say(line: str) -> None:
    """Progress, apart from the results on standard output."""
    print(line, file=sys.stderr, flush=True)


def _median_rate(measures: list[Measure]) -> float:
    return median(measure.rate for measure in measures)
