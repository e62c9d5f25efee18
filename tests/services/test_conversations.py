"""The conversations of a session: listed, read, named and deleted, and what readers think of their answers."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from chatterkeep.domain import inbox
from chatterkeep.domain.audit import COMMAND_LINE, Action, Actor
from chatterkeep.domain.dossier import Format
from chatterkeep.domain.errors import InvalidInput, NotFound
from chatterkeep.domain.feedback import Feedback, Verdict
from chatterkeep.domain.messages import Author, Kind, SessionRef
from chatterkeep.domain.overviews import Reading, Shelf
from chatterkeep.services.conversations import Part
from chatterkeep.services.indexing import Indexing
from chatterkeep.services.rotation import Rotation
from chatterkeep.services.wiring import Services
from chatterkeep.settings import Settings
from chatterkeep.storage.crypto import Vault
from chatterkeep.storage.db import Database
from chatterkeep.storage.models import ConversationRecord, MessageRecord, ReplyRecord, WordRecord
from chatterkeep.storage.models_feedback import FeedbackRecord
from tests import databases, rows
from tests.llm.server import LLM
from tests.make import NAME, NOW, SONG, Clock, make_inbound, make_settings
from tests.services.test_replies import ended
from tests.storage.test_rotating import rotate
from tests.storage.test_search import fill

pytestmark = databases.both

BELONGINGS = (ConversationRecord, MessageRecord, ReplyRecord, WordRecord, FeedbackRecord)


@pytest.fixture
def fake() -> Iterator[LLM]:
    with LLM(tokens=5).running() as server:
        yield server


@pytest.fixture
def settings(data_dir: Path, database_url: str, fake: LLM) -> Settings:
    own = {"openai_base_url": fake.url, "openai_api_key": "x", "answer_cache": 0}
    return make_settings(data_dir=data_dir, database_url=database_url, **own)


@pytest.fixture
def session_id(services: Services) -> str:
    return services.conversations.open(NOW).session.session_id


def ask(services: Services, session_id: str, text: str, *, anew: bool = True) -> str:
    """Ask and wait for the answer; return the conversation's id."""
    inbound = replace(make_inbound(text=text), sender=SessionRef(session_id), flow="assistant", anew=anew)
    outcome = services.turns.receive(inbound, services.clock())
    ended(services, outcome)
    return outcome.conversation_id


def shelf(services: Services, session_id: str, **part: int) -> Shelf:
    return services.conversations.list(session_id, Part(**{"limit": 20, **part}), services.clock())


def titles(services: Services, session_id: str, **part: int) -> list[str | None]:
    return [overview.title for overview in shelf(services, session_id, **part).overviews]


def read(services: Services, conversation_id: str, **part: int) -> Reading:
    return services.conversations.read(conversation_id, None, Part(**{"limit": 200, **part}), services.clock())


def texts(reading: Reading) -> list[str]:
    return [said.line.text for said in reading.said]


def judge(services: Services, conversation_id: str, seq: int = 2, why: str | None = None) -> None:
    services.opinions.give(conversation_id, seq, None, Feedback(Verdict.NEGATIVE, why, services.clock()))


def opinion(services: Services, conversation_id: str, seq: int = 2) -> Feedback | None:
    return next(said.line.feedback for said in read(services, conversation_id).said if said.line.position.seq == seq)


def counts(engine: Engine) -> list[int]:
    with engine.connect() as connection:
        return [connection.scalar(select(func.count()).select_from(table)) or 0 for table in BELONGINGS]


class TestListing:
    def test_a_session_begins_without_a_conversation(self, services: Services, session_id: str) -> None:
        assert shelf(services, session_id) == Shelf((), 0, None)
        assert services.conversations.anteroom(session_id).conversation_id is None

    def test_the_newest_comes_first_and_is_the_only_one_that_goes_on(self, services: Services, session_id: str) -> None:
        ids = [ask(services, session_id, text) for text in ("one", "two", "three")]
        found = shelf(services, session_id)
        assert [overview.conversation_id for overview in found.overviews] == ids[::-1]
        assert [overview.goes_on for overview in found.overviews] == [True, False, False]
        assert (found.total, found.before) == (3, None)

    def test_a_cursor_and_an_offset_lead_to_the_same_places(self, services: Services, session_id: str) -> None:
        for number in range(5):
            ask(services, session_id, f"question {number}")
        first = shelf(services, session_id, limit=2)
        assert (first.total, first.before) == (5, 4)
        assert titles(services, session_id, limit=2, before=4) == ["question 2", "question 1"]
        assert titles(services, session_id, limit=2, offset=2) == ["question 2", "question 1"]
        assert titles(services, session_id, limit=2, offset=4) == ["question 0"]
        assert titles(services, session_id, limit=2, before=1) == []

    def test_one_that_was_silent_for_too_long_does_not_go_on(
        self, services: Services, session_id: str, clock: Clock
    ) -> None:
        ask(services, session_id, "hello?")
        clock.forward(days=40)
        assert not shelf(services, session_id).overviews[0].goes_on

    def test_only_the_own_ones_are_listed(self, services: Services, session_id: str) -> None:
        ask(services, services.conversations.open(NOW).session.session_id, NAME)
        assert titles(services, session_id) == []

    def test_notes_are_not_counted(self, services: Services, session_id: str, engine: Engine) -> None:
        ask(services, session_id, "why")
        with engine.begin() as connection:
            connection.execute(MessageRecord.__table__.update().where(MessageRecord.seq == 2).values(kind=Kind.NOTE))
        assert shelf(services, session_id).overviews[0].messages == 1


class TestBeginningAnew:
    def test_it_stays_with_a_conversation_where_nothing_was_asked(self, services: Services) -> None:
        greeted = services.sessions.open("assistant", NOW).session.session_id
        first = ask(services, greeted, "one")
        assert first == services.sessions.conversation_of(greeted)
        assert ask(services, greeted, "two") != first

    def test_who_does_not_ask_for_a_new_one_goes_on(self, services: Services, session_id: str) -> None:
        first = ask(services, session_id, "one")
        assert ask(services, session_id, "two", anew=False) == first

    def test_the_same_delivery_begins_one_conversation(self, services: Services, session_id: str) -> None:
        ask(services, session_id, "before")
        inbound = replace(
            make_inbound(text="again", delivery="d-1"), sender=SessionRef(session_id), flow="assistant", anew=True
        )
        first, second = (services.turns.receive(inbound, NOW) for _ in range(2))
        assert (first.conversation_id, second.replayed) == (second.conversation_id, True)
        assert shelf(services, session_id).total == 2


class TestReading:
    def test_a_long_one_is_read_in_parts(self, services: Services, session_id: str) -> None:
        conversation_id = ask(services, session_id, "one")
        ask(services, session_id, "two", anew=False)
        newest = read(services, conversation_id, limit=3)
        assert (texts(newest)[1], newest.before) == ("two", 2)
        earliest = read(services, conversation_id, limit=3, before=2)
        assert (texts(earliest), earliest.before) == (["one"], None)

    def test_an_answer_tells_what_it_cost(self, services: Services, session_id: str) -> None:
        question, answer = read(services, ask(services, session_id, "why")).said
        assert question.usage is None
        assert answer.usage
        assert (answer.usage.model, answer.usage.completion_tokens) == ("fake-1", 5)

    def test_that_of_another_session_is_not_found(self, services: Services, session_id: str) -> None:
        conversation_id = ask(services, session_id, "why")
        other = services.conversations.open(NOW).session.session_id
        for attempt in (
            lambda: services.conversations.read(conversation_id, other, Part(10), NOW),
            lambda: services.conversations.rename(conversation_id, other, "mine", NOW),
            lambda: services.conversations.delete(conversation_id, other, COMMAND_LINE, NOW),
        ):
            with pytest.raises(NotFound):
                attempt()
        assert titles(services, session_id) == ["why"]


class TestNaming:
    def test_a_name_stands_in_place_of_the_first_question_until_it_is_taken_away(
        self, services: Services, session_id: str
    ) -> None:
        conversation_id = ask(services, session_id, "why")
        services.conversations.rename(conversation_id, session_id, SONG, NOW)
        assert titles(services, session_id) == [SONG]
        services.conversations.rename(conversation_id, session_id, None, NOW)
        assert titles(services, session_id) == ["why"]

    def test_nobody_reads_it_in_the_database(self, services: Services, session_id: str, settings: Settings) -> None:
        conversation_id = ask(services, session_id, "why")
        services.conversations.rename(conversation_id, None, SONG, NOW)
        judge(services, conversation_id, why=NAME)
        stored = rows.everything(settings)
        assert [word for word in (SONG, NAME) if word.encode() in stored] == []


class TestDeleting:
    def test_all_that_belongs_to_it_is_gone_and_nothing_else(
        self, services: Services, session_id: str, engine: Engine, database: Database, vault: Vault
    ) -> None:
        kept = ask(services, session_id, NAME)
        indexing = Indexing(database, vault, on=True)
        fill(indexing)
        before = counts(engine)
        conversation_id = ask(services, session_id, SONG)
        judge(services, conversation_id, why=SONG)
        fill(indexing)
        assert [now > then for now, then in zip(counts(engine), before, strict=True)] == [True] * len(before)
        services.conversations.delete(conversation_id, session_id, Actor("key:test", "r-1"), NOW)
        assert counts(engine) == before
        assert texts(read(services, kept))[0] == NAME
        [entry] = [one for one in services.audit.newest(10) if one.action is Action.DELETED]
        assert (entry.actor, entry.subject) == (Actor("key:test", "r-1"), conversation_id)

    def test_twice_is_not_found(self, services: Services, session_id: str) -> None:
        conversation_id = ask(services, session_id, "why")
        services.conversations.delete(conversation_id, None, COMMAND_LINE, NOW)
        with pytest.raises(NotFound):
            services.conversations.delete(conversation_id, None, COMMAND_LINE, NOW)

    def test_after_the_newest_is_gone_the_next_one_has_a_number_of_its_own(
        self, services: Services, session_id: str
    ) -> None:
        first, second = (ask(services, session_id, text) for text in ("one", "two"))
        services.conversations.delete(second, None, COMMAND_LINE, NOW)
        assert not shelf(services, session_id).overviews[0].goes_on
        third = ask(services, session_id, "three", anew=False)
        found = shelf(services, session_id).overviews
        assert [(one.conversation_id, one.number) for one in found] == [(third, 3), (first, 1)]
        assert found[0].standing.flow == "assistant"

    def test_a_session_whose_newest_is_gone_is_still_on_the_list(self, services: Services, session_id: str) -> None:
        ask(services, session_id, "one")
        services.conversations.delete(ask(services, session_id, "two"), None, COMMAND_LINE, NOW)
        assert [summary.session_id for summary in services.sessions.list(10, None).summaries] == [session_id]

    def test_whoever_follows_its_reply_is_told(self, services: Services, session_id: str, fake: LLM) -> None:
        fake.between, fake.tokens = 0.05, 400
        inbound = replace(make_inbound(text="why"), sender=SessionRef(session_id), flow="assistant")
        outcome = services.turns.receive(inbound, NOW)
        assert outcome.generated
        news = services.replies.follow(outcome.generated.reply_id, pause=5)
        while not (reply := next(news)) or not reply.text:
            pass
        services.conversations.delete(outcome.conversation_id, None, COMMAND_LINE, NOW)
        with pytest.raises(NotFound):
            list(news)


class TestFeedback:
    def test_the_last_word_counts_and_can_be_taken_back(self, services: Services, session_id: str) -> None:
        conversation_id = ask(services, session_id, "why")
        judge(services, conversation_id, why=NAME)
        assert opinion(services, conversation_id) == Feedback(Verdict.NEGATIVE, NAME, NOW)
        services.opinions.give(conversation_id, 2, session_id, Feedback(Verdict.POSITIVE, None, NOW))
        assert opinion(services, conversation_id) == Feedback(Verdict.POSITIVE, None, NOW)
        services.opinions.give(conversation_id, 2, session_id, None)
        services.opinions.give(conversation_id, 2, session_id, None)
        assert opinion(services, conversation_id) is None

    def test_a_person_who_answers_may_be_judged_too(self, services: Services, session_id: str) -> None:
        conversation_id = ask(services, session_id, "why")
        spoken = replace(make_inbound(text="hm"), sender=SessionRef(session_id), author=Author.AGENT)
        services.sessions.speak(spoken, NOW)
        judge(services, conversation_id, 3)
        assert opinion(services, conversation_id, 3)

    def test_the_own_words_may_not(self, services: Services, session_id: str) -> None:
        conversation_id = ask(services, session_id, "why")
        with pytest.raises(InvalidInput):
            judge(services, conversation_id, 1)

    def test_what_is_not_there_or_not_theirs_is_not_found(
        self, services: Services, session_id: str, engine: Engine
    ) -> None:
        conversation_id = ask(services, session_id, "why")
        other = services.conversations.open(NOW).session.session_id
        good = Feedback(Verdict.POSITIVE, None, NOW)
        for place in ((conversation_id, 9, None), (conversation_id, 2, other), (other, 1, None)):
            with pytest.raises(NotFound):
                services.opinions.give(*place, good)
        with engine.begin() as connection:
            connection.execute(MessageRecord.__table__.update().where(MessageRecord.seq == 2).values(kind=Kind.NOTE))
        with pytest.raises(NotFound):
            services.opinions.give(conversation_id, 2, None, good)

    def test_staff_read_it_with_the_message(self, services: Services, session_id: str) -> None:
        conversation_id = ask(services, session_id, "why")
        judge(services, conversation_id, why=NAME)
        transcript = services.history.read(conversation_id, inbox.Part(), COMMAND_LINE, NOW)
        assert [line.feedback for line in transcript.lines] == [None, Feedback(Verdict.NEGATIVE, NAME, NOW)]


class TestRightsAndKeys:
    def test_names_and_feedback_are_in_the_persons_file(self, services: Services, session_id: str) -> None:
        told(services, session_id)
        talk = json.loads(exported(services, session_id, Format.JSON))["conversations"][0]
        assert (talk["title"], talk["messages"][1]["feedback"], talk["messages"][1]["comment"]) == (
            SONG,
            "negative",
            NAME,
        )
        for kind in (Format.TXT, Format.MARKDOWN):
            text = exported(services, session_id, kind)
            assert f"Title: {SONG}" in text
            assert f"You did not find this helpful: {NAME}" in text

    def test_a_receipt_counts_what_was_thought_of_answers(self, services: Services, session_id: str) -> None:
        told(services, session_id)
        assert services.rights.counts(session_id).ratings == 1
        assert "1 rating" in str(services.rights.counts(session_id))

    def test_they_survive_a_new_data_key(
        self, services: Services, session_id: str, settings: Settings, database: Database, vault: Vault
    ) -> None:
        conversation_id = told(services, session_id)
        assert rotate(Rotation(database, vault), settings, "data") > 0
        assert titles(services, session_id) == [SONG]
        assert opinion(services, conversation_id) == Feedback(Verdict.NEGATIVE, NAME, NOW)


def told(services: Services, session_id: str) -> str:
    """A conversation that has a name, and whose answer was judged; its id."""
    conversation_id = ask(services, session_id, "why")
    services.conversations.rename(conversation_id, None, SONG, NOW)
    judge(services, conversation_id, why=NAME)
    return conversation_id


def exported(services: Services, session_id: str, kind: Format) -> str:
    return "".join(services.rights.export(session_id, kind, COMMAND_LINE, NOW).pieces)
