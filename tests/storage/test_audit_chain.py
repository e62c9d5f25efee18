"""The audit is only ever added to: the database refuses all else, and the chain shows what was done all the same."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from chatterkeep.domain.audit import COMMAND_LINE, Action, Entry, Head
from chatterkeep.storage.audit import add, seal
from chatterkeep.storage.crypto import Vault
from chatterkeep.storage.db import Database
from tests import databases
from tests.audits import Row, fill, opened, replace_rows, rows_of, verifying
from tests.make import NOW

COUNT = 12
FIELDS = ("number", "at", "actor", "action", "subject", "detail", "request_id", "seal")


@databases.both
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 'bob' WHERE number = 2",
        "UPDATE audit SET seal = NULL",
        "DELETE FROM audit WHERE number = 3",
        "DELETE FROM audit",
    ],
)
def test_the_database_refuses_to_change_or_remove_an_entry(
    database: Database, vault: Vault, engine: Engine, statement: str
) -> None:
    fill(database, vault, 3)
    with pytest.raises(DBAPIError, match="only ever added"), engine.begin() as connection:
        connection.execute(text(statement))
    with engine.connect() as connection:
        assert verifying(connection, vault).verify().faults == ()


def test_on_sqlite_no_entry_can_be_put_in_the_place_of_another(
    database: Database, vault: Vault, engine: Engine
) -> None:
    fill(database, vault, 3)
    taken = "SELECT {} , at, 'bob', action, subject, detail, request_id, {}, seal FROM audit WHERE number = 2"
    for columns in (("id", "99"), ("99", "number")):
        with pytest.raises(DBAPIError, match="only ever added"), engine.begin() as connection:
            connection.execute(text(f"INSERT OR REPLACE INTO audit {taken.format(*columns)}"))


@databases.both
def test_what_was_written_is_sound_and_has_a_head(database: Database, vault: Vault, engine: Engine) -> None:
    fill(database, vault, 2500)
    with engine.connect() as connection:
        audit = verifying(connection, vault)
        found = audit.verify()
        assert (found.entries, found.unsealed, found.faults, found.found) == (2500, 0, (), 0)
        assert found.head is not None
        assert found.head.number == 2500
        assert audit.verify(found.head).faults == ()
        assert audit.verify(Head(7, rows_of(connection)[6]["seal"].hex())).faults == ()


def test_an_empty_audit_is_sound(vault: Vault, engine: Engine) -> None:
    with engine.connect() as connection:
        found = verifying(connection, vault).verify()
        assert (found.entries, found.head, found.faults) == (0, None, ())


@databases.both
@pytest.mark.parametrize(
    ("change", "faults"),
    [
        ("UPDATE audit SET actor = 'bob' WHERE number = 4", [(4, "was changed, or put in the place of another")]),
        ("UPDATE audit SET at = at + 1 WHERE number = 1", [(1, "was changed, or put in the place of another")]),
        ("UPDATE audit SET subject = '' WHERE number = 12", [(12, "was changed, or put in the place of another")]),
        ("DELETE FROM audit WHERE number = 5", [(5, "is missing")]),
        ("DELETE FROM audit WHERE number < 5", [(1, "and those after it up to 4 are missing")]),
        ("UPDATE audit SET seal = NULL WHERE number = 6", [(6, "has no seal, though there is one before it")]),
        (
            "UPDATE audit SET id = 20 - id WHERE number IN (9, 11)",
            [(9, "and those after it up to 10 are missing"), (10, "stands in another place, or twice")],
        ),
    ],
)
def test_each_fault_is_named_with_its_number(
    database: Database, vault: Vault, engine: Engine, change: str, faults: list[tuple[int, str]]
) -> None:
    fill(database, vault, COUNT)
    with opened(engine) as connection:
        connection.execute(text(change))
        found = verifying(connection, vault).verify()
    assert [(fault.number, fault.problem) for fault in found.faults][: len(faults)] == faults


@databases.both
def test_a_cut_off_end_shows_by_the_head_that_was_noted(database: Database, vault: Vault, engine: Engine) -> None:
    fill(database, vault, COUNT)
    with opened(engine) as connection:
        audit = verifying(connection, vault)
        head = audit.verify().head
        connection.execute(text("DELETE FROM audit WHERE number > 10"))
        assert audit.verify().faults == ()
        (fault,) = audit.verify(head).faults
        assert (fault.number, fault.problem) == (12, "is not there with the seal that was noted")


def test_a_seal_is_of_what_came_before_too(vault: Vault) -> None:
    entry = Entry(COMMAND_LINE, Action.KEY_MADE, "", "", NOW)
    assert seal(vault, 7, entry, bytes(32)) != seal(vault, 7, entry, bytes([1]) * 32)


@databases.both
def test_an_entry_that_was_cut_off_fits_nowhere_any_more(database: Database, vault: Vault, engine: Engine) -> None:
    """Not even at its own number, with its own seal, once others were written behind the cut."""
    fill(database, vault, COUNT)
    with opened(engine) as connection:
        before = rows_of(connection)
        replace_rows(connection, before[:9])
        for _ in range(3):
            add(connection, vault, Entry(COMMAND_LINE, Action.KEY_MADE, "", "", NOW))
        written = sorted(rows_of(connection), key=lambda row: row["number"])
        for number in (11, 12):
            replace_rows(connection, [*written[: number - 1], before[number - 1], *written[number:]])
            (fault, *_) = verifying(connection, vault).verify().faults
            assert (fault.number, fault.problem) == (number, "was changed, or put in the place of another")


@databases.both
def test_entries_from_before_the_chain_are_told_apart(database: Database, vault: Vault, engine: Engine) -> None:
    with opened(engine) as connection:
        old = {"at": NOW, "actor": "ada", "action": "login", "subject": "", "detail": "", "request_id": ""}
        replace_rows(connection, [{**old, "number": number, "seal": None} for number in (1, 2, 3)])
        add(connection, vault, Entry(COMMAND_LINE, Action.KEY_MADE, "", "", NOW))
        connection.execute(text("UPDATE audit SET id = 4 WHERE number = 4"))
        found = verifying(connection, vault).verify()
    assert (found.entries, found.unsealed, found.faults, found.head and found.head.number) == (4, 3, (), 4)


places = st.integers(0, COUNT - 1)


@st.composite
def tampered(draw: st.DrawFn, rows: list[Row]) -> list[Row]:
    """The rows after somebody was at them, once or several times."""
    rows = [dict(row) for row in rows]
    for _ in range(draw(st.integers(1, 3))):
        if rows:
            here, there = draw(places) % len(rows), draw(places) % len(rows)
            rows = draw(st.sampled_from(WAYS))(draw, rows, here, there)
    return rows


def _change(draw: st.DrawFn, rows: list[Row], here: int, there: int) -> list[Row]:
    _change_row(draw, rows[here])
    return rows


def _remove(draw: st.DrawFn, rows: list[Row], here: int, there: int) -> list[Row]:
    return rows[: min(here, there)] + rows[max(here, there) :]


def _swap(draw: st.DrawFn, rows: list[Row], here: int, there: int) -> list[Row]:
    rows[here], rows[there] = rows[there], rows[here]
    return rows


def _exchange(draw: st.DrawFn, rows: list[Row], here: int, there: int) -> list[Row]:
    """Each takes the other's place and number: order and numbers look right."""
    rows[here], rows[there] = (
        rows[there] | {"number": rows[here]["number"]},
        rows[here] | {"number": rows[there]["number"]},
    )
    return rows


def _copy(draw: st.DrawFn, rows: list[Row], here: int, there: int) -> list[Row]:
    return [*rows[:there], dict(rows[here]), *rows[there:]]


def _renumber(draw: st.DrawFn, rows: list[Row], here: int, there: int) -> list[Row]:
    return [row | {"number": number} for number, row in enumerate(rows, 1)]


WAYS = (_change, _remove, _swap, _exchange, _copy, _renumber)


def _change_row(draw: st.DrawFn, row: Row) -> None:
    field = draw(st.sampled_from(FIELDS))
    value: Any = draw(st.text("abc", max_size=5))
    if field == "number":
        value = draw(st.integers(-3, COUNT + 3))
    elif field == "at":
        value = row["at"] + timedelta(microseconds=draw(st.integers(-5, 5)))
    elif field == "seal":
        value = draw(st.none() | st.binary(min_size=32, max_size=32) | st.just(b""))
    row[field] = value


@databases.both
@settings(max_examples=80, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_was_tampered_with_is_found(
    database: Database, vault: Vault, engine: Engine, data: st.DataObject
) -> None:
    with engine.connect() as connection:
        if not rows_of(connection):
            fill(database, vault, COUNT)
    with opened(engine) as connection:
        audit = verifying(connection, vault)
        head, before = audit.verify().head, rows_of(connection)
        rows = data.draw(tampered(before))
        replace_rows(connection, rows)
        after = rows_of(connection)
        is_same, is_cut = after == before, after == before[: len(after)]
        assert bool(audit.verify(head).faults) is not is_same
        if not is_cut and any(row["seal"] is not None for row in after):
            assert audit.verify().faults
