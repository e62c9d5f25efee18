"""The only way to write: one at a time, all or nothing, durable, and patient with strangers."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count

import pytest
from sqlalchemy import Connection, Engine, func, insert, select, update

from chatterkeep.domain.errors import StoreBusy
from chatterkeep.settings import Settings
from chatterkeep.storage.db import Database
from chatterkeep.storage.models_access import StaffRecord
from chatterkeep.storage.models_ledger import AuditRecord
from chatterkeep.storage.statements import Statement
from tests import databases, rows
from tests.make import NOW

_numbers = count(1)
TALLY = {"username": "tally", "password_hash": "", "role": "viewer", "epoch": 0, "created_at": NOW}


def note(connection: Connection, action: str) -> None:
    row = {"at": NOW, "actor": "a", "subject": "s", "detail": "", "request_id": "r", "number": next(_numbers)}
    connection.execute(insert(AuditRecord).values(action=action, **row))


def fail_after(connection: Connection, action: str) -> None:
    note(connection, action)
    raise ZeroDivisionError


def fill(connection: Connection) -> None:
    for number in range(500):
        note(connection, f"{number}" * 10)


def noted(database: Database) -> list[str]:
    with database.read() as connection:
        return list(connection.scalars(select(AuditRecord.action).order_by(AuditRecord.action)))


def at_once(work: object, times: int, threads: int = 8) -> list[object]:
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, range(times)))  # type: ignore[arg-type]


@databases.both
def test_what_eight_threads_write_is_all_there(database: Database) -> None:
    def write(number: int) -> None:
        with database.write() as connection:
            note(connection, f"{number:03d}")

    at_once(write, 200)
    assert noted(database) == [f"{number:03d}" for number in range(200)]


def test_what_was_read_inside_a_write_is_still_true_when_it_writes(database: Database) -> None:
    with database.write() as connection:
        connection.execute(insert(StaffRecord).values(**TALLY))

    def count_up(_: int) -> None:
        with database.write() as connection:
            seen = connection.scalar(select(StaffRecord.epoch)) or 0
            time.sleep(0.0005)
            connection.execute(update(StaffRecord).values(epoch=seen + 1))

    at_once(count_up, 200)
    with database.read() as connection:
        assert connection.scalar(select(StaffRecord.epoch)) == 200


@databases.both
def test_all_that_is_read_at_once_is_of_one_moment(database: Database) -> None:
    count = Statement(select(func.count()).select_from(AuditRecord))
    with database.read() as connection:
        before = count.one(connection)
        with database.write() as writing:
            note(writing, "meanwhile")
        assert count.one(connection) == before
        assert connection.scalar(select(func.count()).select_from(AuditRecord)) == 0
    assert noted(database) == ["meanwhile"]


@databases.both
def test_a_write_that_fails_leaves_nothing(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.write() as connection:
        fail_after(connection, "gone")
    assert noted(database) == []


@databases.both
def test_the_next_write_works_after_one_that_failed(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.write() as connection:
        fail_after(connection, "gone")
    with database.write() as connection:
        note(connection, "kept")
    assert noted(database) == ["kept"]


@databases.both
def test_nobody_reads_what_is_not_committed(database: Database) -> None:
    with database.write() as connection:
        note(connection, "half")
        assert noted(database) == []
    assert noted(database) == ["half"]


@databases.both
def test_a_reader_never_waits_for_a_writer(database: Database) -> None:
    with database.write() as connection:
        note(connection, "slow")
        assert noted(database) == []  # and does not end as busy, which it would after some seconds


def test_sqlite_syncs_each_commit_to_the_disk(database: Database) -> None:
    with database.write() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        assert connection.exec_driver_sql("PRAGMA secure_delete").scalar() == 1


@pytest.mark.parametrize("database_url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True)
def test_postgresql_syncs_each_commit_to_the_disk(database: Database) -> None:
    with database.write() as connection:
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"


@contextmanager
def held_by_a_stranger(settings: Settings, seconds: float) -> Iterator[None]:
    """Another program keeps the write lock for a while."""
    with rows.foreign(settings) as connection:
        connection.execute("BEGIN IMMEDIATE")
        release = threading.Timer(seconds, connection.execute, ["ROLLBACK"])
        release.start()
        yield
        release.join()


def test_a_stranger_who_holds_the_lock_for_a_second_is_waited_for(database: Database, settings: Settings) -> None:
    with held_by_a_stranger(settings, 1), database.write() as connection:
        note(connection, "patient")
    assert noted(database) == ["patient"]


@pytest.mark.slow
def test_a_stranger_who_holds_the_lock_for_longer_is_not(database: Database, settings: Settings) -> None:
    with rows.foreign(settings) as stranger:
        stranger.execute("BEGIN IMMEDIATE")
        started = time.monotonic()
        with pytest.raises(StoreBusy, match="busy"), database.write() as connection:
            note(connection, "too late")
        assert time.monotonic() - started > 4.5
        stranger.execute("ROLLBACK")
    assert noted(database) == []


def test_a_full_disk_is_told_and_heals(database: Database, engine: Engine) -> None:
    with database.write() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
    with pytest.raises(StoreBusy, match="disk is full"), database.write() as connection:
        fill(connection)
    assert noted(database) == []
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count=1000000")
    with database.write() as connection:
        note(connection, "healed")
    assert noted(database) == ["healed"]


def test_a_crowd_of_writers_all_get_their_turn(database: Database) -> None:
    waits: list[int] = []
    done = 0

    def write(number: int) -> None:
        nonlocal done
        before = done
        with database.write() as connection:
            waits.append(done - before)
            done += 1
            note(connection, str(number))

    at_once(write, 320, threads=32)
    with database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(AuditRecord)) == 320
    assert max(waits) < 160, "somebody was overtaken again and again"
