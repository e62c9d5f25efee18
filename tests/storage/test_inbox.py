"""The list of conversations: cut by its index, in a strict order, readable even where something is not."""

import pytest
from sqlalchemy import Engine, event, select, update

from chatterkeep.domain.inbox import Filters, Item, Place, Step
from chatterkeep.domain.messages import Channel
from chatterkeep.domain.phone import PhoneNumber
from chatterkeep.services.wiring import Services
from chatterkeep.storage.cases import find_case
from chatterkeep.storage.crypto import Vault
from chatterkeep.storage.db import Database
from chatterkeep.storage.inbox import UNREADABLE, addresses_of, find_items
from chatterkeep.storage.models import AddressRecord, ConversationRecord, MessageRecord, SessionRecord
from tests import databases
from tests.make import NOW, make_address, make_inbound

PHONE = PhoneNumber("+14155550142")


@pytest.fixture
def talked(services: Services) -> list[str]:
    """Seven conversations of the same instant, oldest first; the fourth is that of PHONE."""
    numbers = [PHONE.e164 if i == 3 else None for i in range(7)]
    return [
        services.turns.receive(make_inbound(sender=make_address(phone=number)), NOW).conversation_id
        for number in numbers
    ]


def find(
    database: Database, vault: Vault, filters: Filters | None = None, step: Step | None = None, limit: int = 50
) -> list[Item]:
    with database.read() as connection:
        return find_items(connection, vault, filters or Filters(), step, limit)


def ids(items: list[Item]) -> list[str]:
    return [item.conversation_id for item in items]


@databases.both
def test_those_of_the_same_instant_are_each_met_once_on_the_way(
    database: Database, vault: Vault, talked: list[str]
) -> None:
    met = find(database, vault, limit=3)
    while step := find(database, vault, step=Step(met[-1].place), limit=3):
        met += step
    assert ids(met) == talked[::-1]
    back = find(database, vault, step=Step(met[-1].place, newer=True), limit=4)
    assert ids(back) == talked[::-1][2:6]


@databases.both
@pytest.mark.usefixtures("talked")
def test_more_sessions_than_a_statement_holds_values_have_their_addresses(database: Database) -> None:
    with database.read() as connection:
        assert len(addresses_of(connection, range(70_000))) == 7


@databases.both
def test_a_row_number_beyond_32_bits_is_a_place_too(database: Database, vault: Vault, talked: list[str]) -> None:
    assert len(find(database, vault, step=Step(Place(NOW, 2**40)))) == 7


@databases.both
def test_a_number_finds_its_session_and_the_visitors_who_typed_it(
    database: Database, vault: Vault, services: Services, talked: list[str]
) -> None:
    with database.write() as connection:
        connection.execute(
            update(SessionRecord)
            .where(SessionRecord.id == 1)
            .values(claimed_lookup=vault.lookup("claim", PHONE.e164), claimed_phone=None)
        )
    assert ids(find(database, vault, Filters(phone=PHONE))) == [talked[3], talked[0]]
    assert ids(find(database, vault, Filters(phone=PHONE, channel=Channel.WEB))) == []
    assert ids(find(database, vault, Filters(phone=PHONE), limit=1)) == [talked[3]]


@databases.both
def test_a_person_with_two_numbers_is_one_row_under_the_first(
    database: Database, vault: Vault, talked: list[str]
) -> None:
    with database.write() as connection:
        row = connection.execute(select(AddressRecord.__table__).where(AddressRecord.session_id == 4)).one()
        second = {**row._mapping, "id": row.id + 100, "lookup": b"another"}
        connection.execute(AddressRecord.__table__.insert().values(second))  # type: ignore[attr-defined]
    items = find(database, vault)
    assert ids(items) == talked[::-1]
    assert items[3].who.phone == PHONE


@databases.both
def test_what_cannot_be_decrypted_hides_nothing_else(database: Database, vault: Vault, talked: list[str]) -> None:
    with database.write() as connection:
        connection.execute(update(MessageRecord).where(MessageRecord.conversation_id == 1).values(body=b"damaged"))
        connection.execute(update(AddressRecord).where(AddressRecord.session_id == 2).values(ciphertext=b"damaged"))
        connection.execute(update(SessionRecord).where(SessionRecord.id == 3).values(data_key=b"\1\0\1" + bytes(60)))
        connection.execute(update(ConversationRecord).where(ConversationRecord.id == 4).values(answers=b"damaged"))
    items = find(database, vault)[::-1]
    assert [item.text for item in items[:4]] == [UNREADABLE, "What is your name?", UNREADABLE, "What is your name?"]
    assert [item.who.phone is None for item in items[:4]] == [False, True, True, False]
    with database.read() as connection:
        found = find_case(connection, vault, talked[3])
    assert found is not None
    assert found.case.answers == {"all": UNREADABLE}


@pytest.mark.parametrize(
    ("filters", "step"),
    [
        (Filters(), None),
        (Filters(), Step(Place(NOW, 4))),
        (Filters(), Step(Place(NOW, 4), newer=True)),
        (Filters(state="COMPLETE", channel=Channel.API, since=NOW, until=NOW), Step(Place(NOW, 4))),
    ],
)
def test_the_list_walks_its_index_and_sorts_nothing_but_a_page(
    database: Database, vault: Vault, talked: list[str], filters: Filters, step: Step | None
) -> None:
    plan = plan_of(database.engine, database, vault, filters, step)
    assert "ix_conversations_last_message_at_id" in plan[1]
    assert [line for line in plan if line.startswith("SCAN") and "conversations USING" not in line] == ["SCAN anon_1"]
    assert plan.index("SCAN anon_1") < plan.index("USE TEMP B-TREE FOR ORDER BY")


def test_a_number_is_found_without_a_walk(database: Database, vault: Vault, talked: list[str]) -> None:
    plan = plan_of(database.engine, database, vault, Filters(phone=PHONE), None)
    assert [line for line in plan if line.startswith("SCAN") and "conversations" in line] == []


def plan_of(engine: Engine, database: Database, vault: Vault, filters: Filters, step: Step | None) -> list[str]:
    """How SQLite goes about the query of a page, line by line."""
    asked: list[tuple[str, object]] = []

    def note(*told: object) -> None:
        asked.append((str(told[2]), told[3]))

    event.listen(engine, "before_cursor_execute", note)
    find(database, vault, filters, step)
    event.remove(engine, "before_cursor_execute", note)
    statement, values = next(one for one in asked if "last_message_at" in one[0])
    with database.read() as connection:
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)  # type: ignore[arg-type]
        return [str(row[-1]) for row in rows]
