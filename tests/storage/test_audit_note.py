"""The note of the newest entry: it follows the audit, only ever moves on, and cannot be forged."""

import fcntl
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine

from chatterkeep.domain.audit import COMMAND_LINE, Action, Entry
from chatterkeep.domain.errors import InvalidInput
from chatterkeep.services.wiring import Services
from chatterkeep.storage.audit import MARK, add
from chatterkeep.storage.audit_note import Note, UnusableNote
from chatterkeep.storage.crypto import Vault
from chatterkeep.storage.db import Database
from tests import databases
from tests.audits import break_in, rows_of
from tests.make import NOW


@pytest.fixture
def file(data_dir: Path) -> Path:
    return data_dir / "audit.newest"


@pytest.fixture
def note(file: Path, vault: Vault) -> Note:
    return Note(file, vault)


def act(services: Services, times: int = 1, subject: str = "") -> None:
    for _ in range(times):
        services.audit.record(COMMAND_LINE, Action.LISTED, subject, "", NOW)


def problems(services: Services) -> list[tuple[int, str]]:
    return [(fault.number, fault.problem) for fault in services.audit.verify().faults]


@databases.both
def test_it_follows_the_newest_entry(services: Services, note: Note, file: Path) -> None:
    assert (note.read(), services.audit.verify().noted) == (None, None)
    for number in (1, 2, 3):
        act(services)
        found = services.audit.verify()
        assert found.noted == found.head == note.read()
        assert (found.noted and found.noted.number, found.faults) == (number, ())
    assert file.stat().st_mode & 0o777 == 0o600
    assert [other.name for other in file.parent.iterdir() if other.name.startswith(".audit")] == []


def test_what_was_not_stored_is_not_noted(services: Services, note: Note, vault: Vault, database: Database) -> None:
    act(services)
    noted = note.read()
    database.after(MARK, lambda begins: note.move_on(database, begins=begins))

    def leave_nothing() -> None:
        with database.write() as connection:
            add(connection, vault, Entry(COMMAND_LINE, Action.LISTED, "", "", NOW))
            raise InvalidInput("", "")

    with pytest.raises(InvalidInput):
        leave_nothing()
    with database.write():
        pass
    assert note.read() == noted


@databases.both
def test_those_that_write_at_once_leave_the_last_entry(services: Services) -> None:
    act(services)
    with ThreadPoolExecutor(4) as pool:
        for _ in range(40):
            pool.submit(act, services)
    found = services.audit.verify()
    assert (found.noted and found.noted.number, found.entries, found.faults) == (41, 41, ())


def test_one_that_was_removed_is_missed_and_not_made_again(services: Services, file: Path) -> None:
    act(services, 2)
    file.unlink()
    for count in (2, 3):
        assert problems(services) == [(count, f"may not be the last one: there is no note at {file}")]
        act(services)
    assert not file.exists()


@pytest.mark.parametrize("written", ["", "2", "x:y:z", "2:{seal}", "2:{seal}:" + "0" * 64, "2:{seal}:é"])
def test_one_for_an_earlier_entry_cannot_be_written_without_the_key(
    services: Services, engine: Engine, note: Note, file: Path, written: str
) -> None:
    act(services, 3)
    with engine.connect() as connection:
        file.write_text(written.replace("{seal}", rows_of(connection)[1]["seal"].hex()))
    with pytest.raises(UnusableNote):
        note.read()
    act(services)
    (found,) = problems(services)
    assert found == (4, f"may not be the last one: {file} was changed, or was made with other keys.")


def test_a_new_audit_in_place_of_an_old_one_is_not_taken_for_it(services: Services, engine: Engine, note: Note) -> None:
    act(services, 3)
    noted = note.read()
    break_in(engine, "DELETE FROM audit")
    act(services, 5, "another")
    assert note.read() == noted
    assert problems(services) == [(3, "is not there with the seal that was noted")]


def test_an_entry_is_stored_though_it_cannot_be_noted(services: Services, file: Path) -> None:
    act(services)
    file.unlink()
    file.mkdir()
    act(services)
    assert services.audit.verify().entries == 2


def test_whoever_holds_the_lock_on_stops_no_entry(services: Services, note: Note, file: Path) -> None:
    act(services)
    held = os.open(file.parent, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    with ThreadPoolExecutor(1) as other:
        entered = other.submit(act, services)
        try:
            entered.result(timeout=30)
        finally:
            os.close(held)
    assert note.read() != services.audit.verify().head
    act(services)
    assert note.read() == services.audit.verify().head
