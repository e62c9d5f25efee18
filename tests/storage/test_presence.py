"""Processes know which others are gone, and take over what those left behind at once."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from chatterkeep.domain.messages import SessionRef
from chatterkeep.domain.replies import Claim, ReplyState
from chatterkeep.services.wiring import Services
from chatterkeep.storage.asking import Question, ask
from chatterkeep.storage.claims import at_work, bury, claim, claimable
from chatterkeep.storage.crypto import Vault
from chatterkeep.storage.db import Database
from chatterkeep.storage.known import get
from chatterkeep.storage.presence import Presence
from tests import databases
from tests.make import NOW, make_inbound

_OTHER = """
import sys, time
from pathlib import Path
from chatterkeep.storage.presence import Presence
print(Presence(Path(sys.argv[1])).name, flush=True)
time.sleep(60)
"""


@contextmanager
def another_process(folder: Path) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """The name of another process, and the process itself."""
    command = [sys.executable, "-c", _OTHER, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield process.stdout.readline().strip(), process
        finally:
            process.kill()


@pytest.fixture
def presence(tmp_path: Path) -> Iterator[Presence]:
    own = Presence(tmp_path / "writers")
    yield own
    own.end()


def test_a_process_that_was_killed_is_gone(presence: Presence, tmp_path: Path) -> None:
    with another_process(tmp_path / "writers") as (name, process):
        assert not presence.is_gone(name)
        process.kill()
        process.wait()
        assert presence.is_gone(name)
        assert not (tmp_path / "writers" / name).exists()


def test_a_process_that_stands_still_is_not_gone(presence: Presence, tmp_path: Path) -> None:
    with another_process(tmp_path / "writers") as (name, process):
        os.kill(process.pid, signal.SIGSTOP)
        assert not presence.is_gone(name)


@pytest.mark.parametrize("name", ["", "../keys.json", "0" * 32, "unheard-of"])
def test_of_others_nobody_can_tell(presence: Presence, name: str) -> None:
    assert not presence.is_gone(name)


def test_nobody_is_gone_to_itself(presence: Presence) -> None:
    assert not presence.is_gone(presence.name)


def test_a_name_is_kept_until_the_end(presence: Presence, tmp_path: Path) -> None:
    name = presence.name
    assert presence.name == name
    presence.end()
    assert list((tmp_path / "writers").iterdir()) == []


@databases.both
def test_what_a_gone_writer_left_need_not_wait_for_its_lease(
    services: Services, database: Database, vault: Vault
) -> None:
    session_id = services.turns.receive(make_inbound(text="hello"), NOW).session_id
    with database.write() as connection:
        known = get(connection, vault, SessionRef(session_id))
        asked = ask(connection, Question(known.session, known.row, 1, NOW), "gone")
        assert asked.claim
        assert (at_work(connection, NOW), claimable(connection, NOW)) == ({"gone"}, [])
        bury(connection, "gone")
        ((seen, state),) = claimable(connection, NOW)
        (taken,) = claim(connection, [(seen, state)], "other", NOW)
    assert state is ReplyState.WRITING
    assert taken == Claim(asked.claim.row, asked.reply_id, known.session, known.row, fence=2, claims=2)
    with database.read() as connection:
        assert at_work(connection, NOW) == {"other"}
        assert at_work(connection, NOW + timedelta(minutes=1)) == set()
