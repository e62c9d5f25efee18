"""Writes of one moment share a commit, and nothing else."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Connection, Engine

from chatterkeep.domain.errors import StoreBusy
from chatterkeep.storage.db import Database
from tests import databases
from tests.storage.test_write import note, noted


class Refused(Exception):
    """What a write raises of its own."""


def together(database: Database, numbers: range) -> list[str]:
    """Start all these writes while one more holds the lock, so that they meet; odd ones fail."""
    gate = threading.Barrier(len(numbers) + 1)

    def write(number: int) -> str:
        gate.wait()
        try:
            return database.together(lambda connection: _work(connection, number))
        except Refused:
            return "refused"

    with ThreadPoolExecutor(len(numbers)) as pool:
        with database.write():
            results = [pool.submit(write, number) for number in numbers]
            gate.wait()
            threading.Event().wait(0.1)
        return [result.result(10) for result in results]


def _work(connection: Connection, number: int) -> str:
    note(connection, f"{number:02d}")
    if number % 2:
        raise Refused
    return f"done {number}"


def test_one_that_fails_harms_nobody(database: Database) -> None:
    results = together(database, range(20))
    assert results == ["refused" if number % 2 else f"done {number}" for number in range(20)]
    assert noted(database) == [f"{number:02d}" for number in range(0, 20, 2)]


@databases.both
def test_one_alone_returns_what_it_made(database: Database) -> None:
    assert database.together(lambda connection: _work(connection, 4)) == "done 4"
    assert noted(database) == ["04"]


@databases.both
def test_one_alone_that_fails_leaves_nothing(database: Database) -> None:
    with pytest.raises(Refused):
        database.together(lambda connection: _work(connection, 5))
    assert noted(database) == []


def test_more_than_one_commit_can_carry_all_arrive(database: Database) -> None:
    results = together(database, range(0, 300, 2))
    assert len(set(results)) == len(noted(database)) == 150


def test_a_disk_that_fills_up_loses_nothing_that_was_promised(database: Database) -> None:
    with database.write() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
    told = _fill(database)
    assert "busy" in told
    assert told.count("stored") * 300 == len(noted(database))


def _fill(database: Database) -> list[str]:
    gate = threading.Barrier(6)

    def write(number: int) -> str:
        gate.wait()
        try:
            database.together(lambda connection: [note(connection, "x" * 40) for _ in range(300)])
        except StoreBusy:
            return "busy"
        return "stored"

    with ThreadPoolExecutor(6) as pool:
        return list(pool.map(write, range(6)))


def test_readers_see_a_shared_commit_whole(database: Database, engine: Engine) -> None:
    together(database, range(0, 40, 2))
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
