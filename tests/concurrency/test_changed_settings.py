"""A server that starts with other settings says so in the audit, once for all its workers."""

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.servers import running


def changed(data: Path) -> list[str]:
    with closing(sqlite3.connect(data / "chatterkeep.sqlite3")) as database:
        rows = database.execute("SELECT subject FROM audit WHERE action = 'setting.changed' ORDER BY subject")
        return [subject for (subject,) in rows]


def test_a_changed_setting_is_told_once_by_a_server_of_three_workers(data_dir: Path) -> None:
    with running(data_dir, workers=3):
        assert changed(data_dir) == []
    with running(data_dir, workers=3, CHATTERKEEP_GREETING="Good morning."):
        pass
    assert changed(data_dir) == ["CHATTERKEEP_GREETING", "PORT"]
