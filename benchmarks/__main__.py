"""`make bench`: run all or some of the benchmarks, print their table, and put it into docs/performance.md."""

import argparse
import tempfile
from pathlib import Path

from benchmarks import (
    embeddings,
    growth,
    hung,
    idle,
    knowledge,
    memory,
    overhead,
    polls,
    report,
    search,
    streams,
    turns,
)
from benchmarks.compare import Effort, say

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
    "embeddings": embeddings.findings,
}


def main() -> None:
    chosen = _arguments()
    effort = Effort(chosen.rounds, chosen.seconds)
    measured: dict[str, list[report.Row]] = {}
    for name in chosen.benchmarks or BENCHMARKS:
        say(f"{name}:")
        with tempfile.TemporaryDirectory(prefix="chatterkeep-bench-") as folder:
            measured[name] = report.rows(name, BENCHMARKS[name](Path(folder), effort), effort)
    print(report.table([row for rows in measured.values() for row in rows]))
    if not chosen.dry:
        report.write(measured, list(BENCHMARKS))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("benchmarks", nargs="*", metavar="benchmark", help=" ".join(BENCHMARKS))
    parser.add_argument("--rounds", type=int, default=5, help="rounds for each side")
    parser.add_argument("--seconds", type=float, default=8, help="seconds for each round")
    parser.add_argument("--dry", action="store_true", help="print the table, and leave the page as it is")
    chosen = parser.parse_args()
    unknown = set(chosen.benchmarks) - set(BENCHMARKS)
    if unknown:
        parser.error(f"there is no {', '.join(unknown)}: choose from {', '.join(BENCHMARKS)}")
    return chosen


if __name__ == "__main__":
    main()
