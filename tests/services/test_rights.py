"""A copy of all that is kept, and its end: whatever happens meanwhile."""

import json
import threading
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import Engine, insert, update

from chatterkeep.domain.audit import COMMAND_LINE, Action
from chatterkeep.domain.dossier import Format
from chatterkeep.domain.erasure import By, Counts
from chatterkeep.domain.errors import NotFound
from chatterkeep.domain.messages import Address, Capability, Inbound, Kind, SessionRef, TokenKind
from chatterkeep.services import rights as module
from chatterkeep.services.following import Cursor
from chatterkeep.services.rights import Wish
from chatterkeep.services.wiring import Services
from chatterkeep.settings import Settings
from chatterkeep.storage.known import get
from chatterkeep.storage.models import ConversationRecord, MessageRecord
from chatterkeep.storage.places import body_place
from tests import databases, rows
from tests.apps import running_app
from tests.llm.server import LLM
from tests.make import NAME, NOW, SONG, Clock, make_address, make_inbound, make_settings
from tests.waiting import until

pytestmark = databases.both


@pytest.fixture
def fake() -> Iterator[LLM]:
    with LLM(first_token=0.05, between=0.02, tokens=200).running() as server:
        yield server


@pytest.fixture
def settings(data_dir: Path, database_url: str, fake: LLM) -> Settings:
    own = {"openai_base_url": fake.url, "openai_api_key": "x", "answer_cache": 0}
    return make_settings(data_dir=data_dir, database_url=database_url, **own)


@pytest.fixture
def elsewhere(app: Flask, settings: Settings, clock: Clock) -> Iterator[Services]:
    """The use cases of another process on the same database."""
    with running_app(settings, clock) as other:
        yield other.extensions["chatterkeep"]


def said(services: Services, sender: Address, *texts: str) -> str:
    """Let somebody say these; return the session's id."""
    for text in texts:
        outcome = services.turns.receive(make_inbound(text=text, sender=sender), services.clock())
    return outcome.session_id


def wish(session_id: str, receipt_id: str = "") -> Wish:
    return Wish(session_id, receipt_id or str(uuid4()), By.COMMAND, COMMAND_LINE)


def exported(services: Services, session_id: str) -> "dict[str, object]":
    told: dict[str, object] = json.loads(
        "".join(services.rights.export(session_id, Format.JSON, COMMAND_LINE, NOW).pieces)
    )
    return told


def actions(services: Services) -> list[Action]:
    return [entry.action for entry in services.audit.newest(100)]


def messages(told: "dict[str, object]") -> list[str]:
    return [line["text"] for talk in told["conversations"] for line in talk["messages"]]  # type: ignore[attr-defined]


def test_a_copy_holds_every_message_once_and_in_order(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PART", 3)
    session_id = said(services, make_address(), "hello", NAME, SONG, "restart", "hello", NAME)
    told = exported(services, session_id)
    assert messages(told)[:3] == ["hello", "What is your name?", NAME]
    assert (len(messages(told)), told["message_count"], told["complete"]) == (12, 12, True)


def test_each_copy_leaves_one_line(services: Services) -> None:
    session_id = said(services, make_address(), "hello")
    exported(services, session_id)
    [entry] = services.audit.newest(10)
    assert (entry.action, entry.subject, entry.detail) == (Action.EXPORTED, session_id, "2 messages as json")


def test_notes_between_staff_stay_with_them(services: Services, engine: Engine) -> None:
    session_id = said(services, make_address(), "hello")
    with engine.begin() as connection:
        connection.execute(update(MessageRecord).where(MessageRecord.seq == 2).values(kind=Kind.NOTE.value))
    told = exported(services, session_id)
    assert (messages(told), told["complete"]) == (["hello"], True)


def test_what_is_said_while_the_copy_is_written_is_for_the_next_one(services: Services) -> None:
    somebody = make_address()
    session_id = said(services, somebody, "hello")
    export = services.rights.export(session_id, Format.JSON, COMMAND_LINE, NOW)
    said(services, somebody, NAME)
    told = json.loads("".join(export.pieces))
    assert (messages(told), told["complete"]) == (["hello", "What is your name?"], True)


def test_a_copy_that_is_overtaken_by_an_erasure_says_so(services: Services) -> None:
    session_id = said(services, make_address(), "hello")
    export = services.rights.export(session_id, Format.JSON, COMMAND_LINE, NOW)
    services.rights.erase(wish(session_id), NOW)
    told = json.loads("".join(export.pieces))
    assert (messages(told), told["complete"]) == ([], False)


def test_ten_thousand_messages_take_little_memory(services: Services, engine: Engine) -> None:
    session_id = said(services, make_address(), "hello")
    with engine.begin() as connection:
        known = get(connection, services.vault, SessionRef(session_id))
        bodies = (
            known.data_key.encrypt("word " * 60, body_place(known.conversation_id, seq)) for seq in range(3, 10_001)
        )
        rest = {"conversation_id": known.row, "author": "bot", "kind": "text", "state": "DONE", "created_at": NOW}
        connection.execute(
            insert(MessageRecord), [{"seq": seq, "body": body, **rest} for seq, body in enumerate(bodies, 3)]
        )
        connection.execute(update(ConversationRecord).values(last_seq=10_000))
    told = exported(services, session_id)
    assert (len(messages(told)), told["complete"]) == (10_000, True)
    tracemalloc.start()
    for _ in services.rights.export(session_id, Format.TXT, COMMAND_LINE, NOW).pieces:
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2_000_000
    assert services.rights.erase(wish(session_id), NOW).counts.messages == 10_000


def test_the_same_wish_again_finds_the_first_receipt(services: Services) -> None:
    session_id, receipt_id = said(services, make_address(), "hello"), str(uuid4())
    first = services.rights.erase(wish(session_id, receipt_id), NOW)
    assert first.counts == Counts(sessions=1, conversations=1, messages=2, numbers=1)
    assert services.rights.erase(wish(session_id, receipt_id), NOW) == first == services.rights.receipt(receipt_id)
    assert actions(services).count(Action.ERASED) == 1
    with pytest.raises(NotFound):
        services.rights.erase(wish(session_id), NOW)


def test_a_receipt_of_somebody_else_does_not_stand_for_an_erasure(services: Services) -> None:
    first = services.rights.erase(wish(said(services, make_address(), "hello")), NOW)
    other = said(services, make_address(), "hello", NAME)
    second = services.rights.erase(wish(other, first.receipt_id), NOW)
    assert second.receipt_id != first.receipt_id
    assert second.counts.messages == 4
    with pytest.raises(NotFound):
        services.rights.counts(other)


def test_an_erasure_in_the_middle_of_a_talk_leaves_nothing_behind(services: Services, engine: Engine) -> None:
    somebody, over = make_address(), threading.Event()
    seen: list[str] = []

    def chatter() -> None:
        while not over.is_set():
            seen.append(said(services, somebody, "hello"))

    def hear(more: int) -> None:
        until(lambda: len(seen) >= more)

    talking = threading.Thread(target=chatter)
    talking.start()
    for _ in range(10):
        hear(len(seen) + 1)
        for session_id in services.rights.sessions_of(somebody.phone):
            services.rights.erase(wish(session_id), NOW)
    over.set()
    talking.join()
    left = rows.count(engine)
    assert (left["sessions"] <= 1, left["sessions"]) == (True, left["conversations"])
    assert left["messages"] == sum(map(len, rows.seqs(engine).values()))
    assert len(set(seen)) > 3


class TestGeneratedReplies:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"flow": "assistant"})

    def test_an_erasure_ends_a_reply_that_is_written(
        self, services: Services, elsewhere: Services, fake: LLM, engine: Engine
    ) -> None:
        """Written here, erased there: nothing is said any more, and the next reply of somebody else is whole."""
        session_id = said(services, make_address(), "Why is the sky blue?")
        _until(lambda: any(live.text for live in services.writers.desk.all()))
        elsewhere.rights.erase(wish(session_id), NOW)
        fake.tokens = 3
        other = said(elsewhere, make_address(), "And the sea?")
        _until(lambda: len(elsewhere.sessions.show(other).lines) == 2)
        _until(lambda: not services.writers.desk.all())
        assert "answer" in elsewhere.sessions.show(other).lines[1].text
        assert rows.count(engine)["messages"] == 2
        assert rows.count(engine)["sessions"] == 1

    def test_an_erasure_ends_the_streams_of_every_process_before_a_pause_is_over(
        self, services: Services, elsewhere: Services, fake: LLM
    ) -> None:
        fake.tokens = 3
        session_id = said(services, make_address(), "Why is the sky blue?")
        heard: list[list[object]] = [[], []]
        ends: list[bool] = []

        def read(use: Services, told: list[object]) -> None:
            with pytest.raises(NotFound):
                told.extend(use.following.follow(session_id, Cursor(), pause=30))
            ends.append(True)

        readers = [
            threading.Thread(target=read, args=those) for those in zip((services, elsewhere), heard, strict=True)
        ]
        for reader in readers:
            reader.start()
        _until(lambda: all(heard))
        services.rights.erase(wish(session_id), NOW)
        for reader in readers:
            reader.join(60)
        assert ends == [True, True]
        assert None not in [*heard[0], *heard[1]], "it ended only after a pause"


def test_a_page_of_an_erased_session_opens_nothing(services: Services) -> None:
    token = services.threads.open(make_address().phone, NOW)
    page = Capability(token, TokenKind.PAGE)
    services.turns.receive(Inbound(page, "hello"), NOW)
    services.rights.erase(wish(services.threads.session_of(page)), NOW)
    for use in (services.threads.show, services.threads.session_of):
        with pytest.raises(NotFound):
            use(page)
    with pytest.raises(NotFound):
        services.turns.receive(Inbound(page, NAME), NOW)


def _until(holds: "object", within: float = 60) -> None:
    deadline = time.monotonic() + within
    while not holds():  # type: ignore[operator]
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.01)
