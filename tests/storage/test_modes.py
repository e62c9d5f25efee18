"""Files of SQLite are their owner's alone, from the moment they are made."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from chatterkeep.cli.group import installation
from chatterkeep.services import doctor
from chatterkeep.services.wiring import Services
from chatterkeep.storage.health import open_database
from tests.make import NOW, make_inbound


@pytest.fixture(autouse=True)
def _usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def modes(folder: Path) -> set[int]:
    return {path.stat().st_mode & 0o777 for path in folder.iterdir()}


def test_a_new_database_is_for_its_owner_alone(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'new.sqlite3'}")
    with database.write() as connection:
        connection.exec_driver_sql("CREATE TABLE t (a)")
    assert {path.name for path in tmp_path.iterdir()} >= {"new.sqlite3", "new.sqlite3-wal", "new.sqlite3-shm"}
    assert modes(tmp_path) == {0o600}
    database.close()


def test_a_folder_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'none' / 'new.sqlite3'}")
    with pytest.raises(Exception, match="busy"), database.read():
        pass
    assert list(tmp_path.iterdir()) == []


def test_doctor_names_files_that_others_can_read(app: Flask, services: Services, data_dir: Path) -> None:
    services.turns.receive(make_inbound(), NOW)
    with app.app_context():
        place = installation()

    def verdict() -> str:
        return next(found.verdict.value for found in doctor.examine(place) if found.check == "database file")

    for path in data_dir.glob("chatterkeep.sqlite3*"):
        path.chmod(0o600)
    assert verdict() == "OK"
    (data_dir / "chatterkeep.sqlite3-wal").chmod(0o644)
    assert verdict() == "WARN"
