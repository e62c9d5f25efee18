"""What is left of files goes, one by one: what cannot be removed stands in nobody's way."""

import os
import time
from pathlib import Path
from uuid import uuid4

import pytest

from chatterkeep.domain.audit import COMMAND_LINE
from chatterkeep.domain.erasure import By
from chatterkeep.services.rights import Wish
from chatterkeep.services.wiring import Services
from chatterkeep.settings import Settings
from tests import databases
from tests.files import sent_file
from tests.make import NOW, SONG, make_inbound

pytestmark = databases.both


def turn_into_a_folder(path: Path) -> None:
    """Nobody can unlink a folder, whatever their rights."""
    path.unlink()
    path.mkdir()


@pytest.fixture
def session_id(services: Services) -> str:
    session_id = services.turns.receive(make_inbound(), NOW).session_id
    for name in ("a.txt", "b.txt", "c.txt"):
        sent_file(services, session_id, name, SONG.encode(), NOW)
    return session_id


def test_an_erasure_goes_on_past_a_file_that_cannot_be_removed(
    services: Services, settings: Settings, session_id: str, caplog: pytest.LogCaptureFixture
) -> None:
    stuck, *_ = sorted(settings.files_folder.iterdir())
    turn_into_a_folder(stuck)
    receipt = services.rights.erase(Wish(session_id, str(uuid4()), By.COMMAND, COMMAND_LINE), NOW)
    assert receipt.counts.files == 3
    assert list(settings.files_folder.iterdir()) == [stuck]
    assert [record.message for record in caplog.records if record.levelname == "WARNING"] == ["files.not_removed"]
    stuck.rmdir()
    stuck.touch()
    assert services.remains.remove() == 1
    assert list(settings.files_folder.iterdir()) == []


def test_a_round_goes_on_past_it(
    services: Services, settings: Settings, session_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatterkeep.services.remains._TOGETHER", 1)
    _, second, _ = sorted(settings.files_folder.iterdir())
    turn_into_a_folder(second)
    orphan = settings.files_folder / ("f" * 32)
    orphan.write_bytes(b"noise")
    os.utime(orphan, (time.time() - 7200,) * 2)
    services.rights.erase(Wish(session_id, str(uuid4()), By.COMMAND, COMMAND_LINE), NOW)
    services.housekeeping.go_round()
    assert list(settings.files_folder.iterdir()) == [second]
