"""`make bench`: run the benchmarks, print their table, and keep it when all of them were run."""

import argparse
import tempfile
from pathlib import Path

from benchmarks import growth, hung, idle, knowledge, memory, overhead, polls, report, search, streams, turns
from benchmarks.compare import Effort, Finding, say

BENCHMARKS = {
    "turns": turns.findings,
    "polls": polls.findings,
    "memory": memory.findings,
    "growth": growth.findings,
    "streams": streams.findings,
    "overhead": overhead.findings,
    "hung": hung.findings,
    "idle": idle.findings,
    "search": search.findings,
    "knowledge": knowledge.findings,
}


def main() -> None:
    chosen = _arguments()
    effort = Effort(chosen.rounds, chosen.seconds)
    findings: list[Finding] = []
    for name in chosen.benchmarks or BENCHMARKS:
        say(f"{name}:")
        with tempfile.TemporaryDirectory(prefix="chatterkeep-bench-") as folder:
            findings += BENCHMARKS[name](Path(folder), effort)
    print(report.table(findings, effort))
    if chosen.benchmarks:
        say("The page was not changed: it holds the table of all benchmarks together.")
    else:
        report.write(findings, effort)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("benchmarks", nargs="*", metavar="benchmark", help=" ".join(BENCHMARKS))
    parser.add_argument("--rounds", type=int, default=5, help="rounds for each side")
    parser.add_argument("--seconds", type=float, default=8, help="seconds for each round")
    chosen = parser.parse_args()
    unknown = set(chosen.benchmarks) - set(BENCHMARKS)
    if unknown:
        parser.error(f"there is no {', '.join(unknown)}: choose from {', '.join(BENCHMARKS)}")
    return chosen


if __name__ == "__main__":
    main()
