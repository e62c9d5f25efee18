"""flask files clean, and what flask doctor says of the folder of files."""

import json
import os
import shutil
import time
from pathlib import Path

import pytest

from chatterkeep.services.wiring import Services
from chatterkeep.settings import Settings
from tests.cli.conftest import Run
from tests.files import sent_file
from tests.make import SONG, Clock, make_inbound


@pytest.fixture
def folder(services: Services, settings: Settings) -> Path:
    """The folder, with a file that was never sent and one that no row names."""
    session_id = services.turns.receive(make_inbound(text="hello"), services.clock()).session_id
    sent_file(services, session_id, "songs.txt", SONG.encode(), services.clock())
    orphan = settings.files_folder / ("a" * 32)
    orphan.write_bytes(b"noise")
    os.utime(orphan, (time.time() - 7200,) * 2)
    return settings.files_folder


def checks(flask: Run, **settings: str) -> dict[str, tuple[str, str]]:
    found = json.loads(flask("doctor", "--json", **settings).stdout)
    return {one["check"]: (one["verdict"], one["found"]) for one in found}


def test_clean_counts_first_and_removes_then(run: Run, folder: Path, clock: Clock) -> None:
    clock.forward(hours=25)
    result = run("files", "clean", "--dry-run", "--json")
    assert json.loads(result.stdout) == {"unsent": 1, "orphans": 1}
    assert "dry run" in result.stderr
    assert len(list(folder.iterdir())) == 2
    assert json.loads(run("files", "clean", "--json").stdout) == {"unsent": 1, "orphans": 1}
    assert list(folder.iterdir()) == []
    assert json.loads(run("files", "clean", "--json").stdout) == {"unsent": 0, "orphans": 0}


def test_doctor_has_nothing_to_say_of_a_folder_that_is_well(flask: Run, folder: Path) -> None:
    found = checks(flask)
    assert found["files"][0] == "OK"
    assert str(folder) in found["files"][1]
    assert found["virus scan"] == ("OK", "Nothing looks at files (CHATTERKEEP_FILES_SCAN is empty).")


def test_doctor_knows_a_folder_that_is_yet_to_come(flask: Run) -> None:
    assert checks(flask)["files"][0] == "OK"
    assert checks(flask, CHATTERKEEP_FILES="off")["files"] == (
        "OK",
        "Files are off (CHATTERKEEP_FILES), and there are none.",
    )


def test_doctor_misses_what_is_lost(flask: Run, folder: Path) -> None:
    for blob in folder.iterdir():
        blob.unlink()
    assert checks(flask)["files"] == ("FAIL", f"1 of the newest 1 files are not in {folder}.")
    shutil.rmtree(folder)
    assert checks(flask)["files"] == ("FAIL", f"{folder} is not there, and the database knows files.")


def test_doctor_warns_of_a_folder_that_is_open_to_others(flask: Run, folder: Path) -> None:
    folder.chmod(0o755)
    assert checks(flask)["files"][0] == "WARN"


def test_doctor_knows_that_a_scanner_is_missing(flask: Run) -> None:
    assert checks(flask, CHATTERKEEP_FILES_SCAN="no-such-scanner -")["virus scan"][0] == "FAIL"
    assert checks(flask, CHATTERKEEP_FILES_SCAN="cat -")["virus scan"][0] == "OK"


@pytest.mark.parametrize("scan", ["'not closed", '"'])
def test_a_command_that_is_none_is_refused(flask: Run, scan: str) -> None:
    assert "CHATTERKEEP_FILES_SCAN" in flask("doctor", CHATTERKEEP_FILES_SCAN=scan).output
