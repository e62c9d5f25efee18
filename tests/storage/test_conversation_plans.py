"""The list of a session's conversations costs what it shows, however many conversations there are in all."""

import re
from typing import Any

from sqlalchemy import Engine, insert, text

from chatterkeep.storage import conversations
from chatterkeep.storage.db import Database
from chatterkeep.storage.instants import to_micros
from chatterkeep.storage.models import ConversationRecord, MessageRecord, SessionRecord
from chatterkeep.storage.statements import Statement
from tests import databases
from tests.make import NOW

SESSIONS, EACH = 200, 25


def fill(engine: Engine) -> None:
    """Many sessions with many conversations each, as far as rows go."""
    sessions = [
        {"id": n, "public_id": f"s-{n}", "data_key": b"", "channel": "api", "last_number": EACH, "created_at": NOW}
        for n in range(1, SESSIONS + 1)
    ]
    talks = [
        {
            "id": (session - 1) * EACH + number,
            "session_id": session,
            "public_id": f"c-{session}-{number}",
            "number": number,
            "flow": "assistant",
            "flow_version": "1",
            "state": "TALKING",
            "status": "open",
            "owner": "bot",
            "last_seq": 2,
            "created_at": NOW,
            "last_message_at": NOW,
        }
        for session in range(1, SESSIONS + 1)
        for number in range(1, EACH + 1)
    ]
    said = [
        {
            "conversation_id": row,
            "seq": seq,
            "author": author,
            "kind": "text",
            "state": "",
            "body": b"",
            "created_at": NOW,
        }
        for row in range(1, SESSIONS * EACH + 1)
        for seq, author in enumerate(("customer", "bot"), 1)
    ]
    with engine.begin() as connection:
        connection.execute(insert(SessionRecord), sessions)
        connection.execute(insert(ConversationRecord), talks)
        connection.execute(insert(MessageRecord), said)
    if engine.dialect.name == "postgresql":  # to it an index alone will do for pages which it knows all may see
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE conversations, messages"))


def plan_of(database: Database, statement: Statement, **values: Any) -> list[str]:
    """How the database goes about a statement, line by line."""
    words = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"
    with database.read() as connection:
        compiled = statement._for(connection.dialect)
        driver: Any = connection.connection.driver_connection
        rows = driver.execute(f"{words} {compiled.sql}", compiled.arguments(values)).fetchall()
        return [str(row[-1]) for row in rows]


@databases.both
def test_a_total_is_counted_in_the_index_alone(engine: Engine, database: Database) -> None:
    fill(engine)
    plan = plan_of(database, conversations.COUNT, session=7)
    told = " / ".join(plan)
    if database.is_sqlite:
        assert len(plan) == 1
        assert re.match(r"SEARCH conversations USING COVERING INDEX \w+ \(session_id=\?\)", told), told
    else:
        assert "Index Only Scan using uq_conversations_session_id_number" in told
        assert "Seq Scan" not in told


@databases.both
def test_a_page_is_cut_in_the_index_before_anything_else_is_read(engine: Engine, database: Database) -> None:
    fill(engine)
    plan = plan_of(database, conversations.LIST, session=7, before=20, limit=5, offset=2)
    told = " / ".join(plan)
    if database.is_sqlite:
        assert not [line for line in plan if line.startswith("SCAN ")], told
        assert re.search(r"USING COVERING INDEX \w+ \(session_id=\? AND number<\?\)", told), told
        assert "messages_1 USING COVERING INDEX ix_messages_notes" in told, told
    else:
        assert not [line for line in plan if "Seq Scan" in line], told
        assert "Index Only Scan Backward using uq_conversations_session_id_number" in told
        assert "ix_messages_notes" in told, told


@databases.both
def test_pages_and_totals_are_those_of_one_session(engine: Engine, database: Database) -> None:
    fill(engine)
    with database.read() as connection:
        rows = conversations.LIST.all(connection, session=7, before=20, limit=5, offset=2)
        assert [row[1] for row in rows] == [17, 16, 15, 14, 13]
        assert conversations.count_conversations(connection, 7) == EACH
        assert to_micros(NOW) == rows[0][9]
