"""Times are aware, in UTC, and never looked up where they can be passed."""

import subprocess
import sys

from sqlalchemy import DateTime

from chatterkeep.storage.instants import Instant
from chatterkeep.storage.models import Base
from tests.source import ROOT


def test_no_time_is_naive() -> None:
    command = [sys.executable, "-m", "ruff", "check", "--select", "DTZ,TID251", "--no-cache", "chatterkeep"]
    checked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout


def test_every_moment_in_the_database_is_an_instant() -> None:
    columns = [column for table in Base.metadata.sorted_tables for column in table.columns]
    moments = [column for column in columns if column.name.endswith("_at") or column.name == "at"]
    assert [str(column) for column in moments if not isinstance(column.type, Instant)] == []
    assert [str(column) for column in columns if isinstance(column.type, DateTime)] == []
