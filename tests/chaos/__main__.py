"""`make chaos`: hurt a server under load in every way, then the same with builds that are broken on purpose.

Exit code 1 where anything was lost, doubled or mixed up, or where a broken build was not found out.
"""

import argparse
import os
import random
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chatterkeep.settings import Settings
from tests import databases
from tests.chaos.faults import Plan, crash, freeze_worker, kill_worker, restart
from tests.chaos.run import Stage, rehearse
from tests.chaos.sabotage import SABOTAGE
from tests.make import make_settings

SHOWN = 20


def main() -> int:
    """Carry out all plans; return the exit code."""
    chosen = _arguments()
    say(f"seed {chosen.seed}, {chosen.workers} workers, {chosen.phones} phones")
    sound = [_holds(chosen, plan) for plan in _plans(chosen)]
    caught = [_is_caught(chosen, name) for name in SABOTAGE]
    good = all(sound) and all(caught)
    say("All is well: nothing lost, nothing said twice, and broken builds are caught." if good else "NOT well.")
    return 0 if good else 1


def say(line: str) -> None:
    """Print a line at once."""
    print(line, flush=True)  # noqa: T201


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=200, help="of web workers, one by one")
    parser.add_argument("--freezes", type=int, default=5, help="of a worker, for longer than its leases")
    parser.add_argument("--restarts", type=int, default=8, help="of the whole server, asked to end")
    parser.add_argument("--crashes", type=int, default=8, help="of the whole server, killed at once")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--phones", type=int, default=16)
    parser.add_argument("--database", metavar="URL", help="a PostgreSQL server whose user may create databases")
    parser.add_argument("--seed", type=int, default=random.randrange(10_000), help="what is done when, again")
    return parser.parse_args()


def _plans(chosen: argparse.Namespace) -> list[Plan]:
    plans = [
        Plan("kill -9 of a worker", kill_worker, chosen.kills),
        Plan("SIGSTOP of a worker past its leases", freeze_worker, chosen.freezes),
        Plan("SIGTERM of the server", restart, chosen.restarts),
        Plan("kill -9 of the server", crash, chosen.crashes),
    ]
    return [plan for plan in plans if plan.times]


def _holds(chosen: argparse.Namespace, plan: Plan) -> bool:
    say(f"{plan.name}, {plan.times} times:")
    every = max(1, plan.times // 10)
    with _stage(chosen) as stage:
        report = rehearse(stage, plan, say=lambda done: say(f"  {done} of {plan.times}") if done % every == 0 else None)
    say(f"  {report}")
    for sentence in report.violations[:SHOWN]:
        say(f"  WRONG: {sentence}")
    say(f"  {len(report.violations)} violations")
    return not report.violations


def _is_caught(chosen: argparse.Namespace, name: str) -> bool:
    say(f"a build with a broken {name}:")
    with _stage(chosen) as stage:
        found = SABOTAGE[name].found(stage)
    say(f"  caught: {found[0]} And {len(found) - 1} more." if found else "  NOT caught")
    return bool(found)


@contextmanager
def _stage(chosen: argparse.Namespace) -> Iterator[Stage]:
    with tempfile.TemporaryDirectory(prefix="chatterkeep-chaos-") as folder:
        data = Path(folder) / "data"
        with _settings(data, chosen.database) as settings:
            yield Stage(settings, chosen.workers, chosen.phones, chosen.seed)


@contextmanager
def _settings(data: Path, server: str | None) -> Iterator[Settings]:
    """An empty database: SQLite in the data folder, or one of its own on a PostgreSQL server."""
    if server is None:
        settings = make_settings(data_dir=data)
        databases.migrate(settings)
        yield settings
    else:
        with databases.on_postgres(server, f"chatterkeep_chaos_{os.getpid()}", data) as url:
            yield make_settings(data_dir=data, database_url=url)


if __name__ == "__main__":
    sys.exit(main())
