"""`make fuzz`: hold every answer against the OpenAPI document, and live through everything in any order, for longer.

Exit code 1 where something was found; what is printed leads to it.
"""

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests import databases
from tests.fuzz.openapi import complaints, guarded
from tests.make import make_settings


def main() -> int:
    """Do both; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--examples", type=int, default=100, help="requests for each operation and kind")
    parser.add_argument("--lives", type=int, default=500, help="runs beside the model, on each database")
    parser.add_argument("--seed", type=int, default=random.randrange(10_000), help="the same requests again")
    chosen = parser.parse_args()
    say(f"seed {chosen.seed}")
    found = _documented(chosen.examples, chosen.seed)
    say(found or "Every answer is as documented.")
    lived = _lived(chosen.lives)
    say("Everybody saw what they must." if lived == 0 else "Somebody saw something else.")
    return 1 if found or lived else 0


def say(line: str) -> None:
    """Print a line at once."""
    print(line, flush=True)  # noqa: T201


def _documented(examples: int, seed: int) -> str:
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        databases.migrate(make_settings(data_dir=data))
        options = ("--max-examples", str(examples), "--seed", str(seed))
        with guarded(data) as site:
            found = ""
            for caller in site.callers:
                complained = complaints(site, Path(folder), *options, caller=caller)
                say(f"{caller}: {'complaints' if complained else 'all is as documented'}")
                found += complained
        shutil.rmtree(data)
    return found


def _lived(lives: int) -> int:
    environment = {**os.environ, "CHATTERKEEP_TEST_LIVES": str(lives)}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "tests/stateful"], env=environment, check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
