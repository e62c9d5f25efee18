"""What was said on a page joins what was said with its number, whatever else happens at that moment."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from chatterkeep.domain.conversation import Owner
from chatterkeep.domain.errors import ChatterKeepError, NotFound
from chatterkeep.domain.feedback import Feedback, Verdict
from chatterkeep.domain.messages import Author, Capability, SessionRef, TokenKind
from chatterkeep.domain.phone import PhoneNumber
from chatterkeep.domain.replies import ReplyState
from chatterkeep.services.conversations import Part
from chatterkeep.services.wiring import Services
from chatterkeep.settings import Settings
from chatterkeep.storage.models import AddressRecord
from tests import databases, rows
from tests.carrier import attached
from tests.llm.server import LLM
from tests.make import NAME, NOW, SONG, Clock, make_address, make_inbound, make_phone, make_settings
from tests.services.test_proofs import by_code, by_text, finished, say, shown, text

pytestmark = databases.both


@pytest.fixture
def phone() -> PhoneNumber:
    return PhoneNumber(make_phone())


@pytest.fixture
def page(services: Services, phone: PhoneNumber) -> Capability:
    return opened(services, phone)


def opened(services: Services, phone: PhoneNumber) -> Capability:
    return Capability(services.threads.open(phone, services.clock()), TokenKind.PAGE)


def proved(services: Services, page: Capability, phone: PhoneNumber) -> str:
    """Let a page be one step away from joining."""
    proof = services.proofs.begin(page, services.clock())
    text(services, phone, services.proofs.show(page, proof, services.clock()).shown)
    return proof


def session_of(services: Services, phone: PhoneNumber) -> str:
    inbound = make_inbound(text="hm", sender=make_address(phone=phone.e164))
    return services.turns.receive(inbound, services.clock()).session_id


class TestOldNumbers:
    def test_a_number_long_silent_shows_nothing_of_before(
        self, services: Services, phone: PhoneNumber, clock: Clock
    ) -> None:
        text(services, phone, NAME)
        clock.forward(days=91)
        link = by_code(services, attached(services), opened(services, phone))
        assert NAME not in shown(services, link)
        text(services, phone, SONG)
        assert shown(services, link)[0] == SONG

    def test_those_who_are_still_there_are_told(
        self, services: Services, page: Capability, phone: PhoneNumber, clock: Clock
    ) -> None:
        old = by_text(services, page, phone)
        for _ in range(4):
            clock.forward(days=25)
            services.links.touch(old, clock())
        by_code(services, attached(services), opened(services, phone))
        assert services.threads.show(old).lines[-1].text.endswith("no longer leads here.")

    def test_its_history_stays_with_those_who_have_the_link(
        self, services: Services, page: Capability, phone: PhoneNumber, clock: Clock
    ) -> None:
        say(services, page, NAME)
        old = by_text(services, page, phone)
        for _ in range(4):
            clock.forward(days=25)
            services.links.touch(old, clock())
        new = opened(services, phone)
        by_text(services, new, phone)
        thread = services.threads.show(old)
        assert NAME in [line.text for line in thread.lines]
        assert (thread.phone, thread.proved) == (phone, False)

    def test_a_message_after_a_long_silence_begins_a_session_of_its_own(
        self, services: Services, phone: PhoneNumber, clock: Clock
    ) -> None:
        before = session_of(services, phone)
        clock.forward(days=91)
        after = session_of(services, phone)
        assert after != before
        assert session_of(services, phone) == after

    def test_messages_keep_a_number_its_owners(self, services: Services, phone: PhoneNumber, clock: Clock) -> None:
        before = session_of(services, phone)
        for _ in range(3):
            clock.forward(days=60)
            assert session_of(services, phone) == before

    def test_a_sign_is_written_down_once_a_day(
        self, services: Services, phone: PhoneNumber, clock: Clock, engine: Engine
    ) -> None:
        signs = []
        for hours in (0, 23, 1, 2):
            clock.forward(hours=hours)
            session_of(services, phone)
            with engine.connect() as connection:
                signs.append(connection.scalar(select(AddressRecord.proved_at)))
        assert [(sign - NOW).total_seconds() / 3600 for sign in signs if sign] == [0, 0, 24, 24]


def test_a_conversation_that_a_person_has_stays_theirs(
    services: Services, page: Capability, phone: PhoneNumber
) -> None:
    session_id = session_of(services, phone)
    services.sessions.speak(make_inbound(text=NAME, sender=SessionRef(session_id)), NOW)
    services.sessions.label(session_id, {"assignee": "ada"})
    say(services, page, "hello")
    link = by_text(services, page, phone)
    standing = services.sessions.show(session_id).standing
    assert (standing.owner, standing.assignee) == (Owner.HUMAN, "ada")
    assert services.threads.session_of(link) == session_id


def test_a_page_that_said_nothing_does_not_bring_an_old_talk_back_to_life(
    services: Services, phone: PhoneNumber, clock: Clock
) -> None:
    text(services, phone, "hello", NAME)
    clock.forward(days=3)
    page = opened(services, phone)
    by_text(services, page, phone)
    text(services, phone, "hello")
    assert services.sessions.show(session_of(services, phone)).standing.state != "COMPLETE"


def test_every_message_is_there_once_and_in_order(
    services: Services, page: Capability, phone: PhoneNumber, engine: Engine
) -> None:
    text(services, phone, "hello", NAME)
    say(services, page, "hello", "restart", "hello")
    before = rows.count(engine)["messages"]
    link = by_text(services, page, phone)
    assert rows.count(engine)["messages"] == before + 3
    places = [line.position for line in services.threads.show(link).lines]
    assert places == sorted(places)
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in rows.seqs(engine).values())


def test_messages_that_arrive_while_pages_join_are_neither_lost_nor_doubled(
    services: Services, phone: PhoneNumber, engine: Engine
) -> None:
    pages = [opened(services, phone) for _ in range(4)]
    for page in pages:
        say(services, page, "hello")
    proofs = [proved(services, page, phone) for page in pages]
    done, sent, lost = threading.Event(), [], []

    def write(number: int, page: Capability | None) -> None:
        count = 0
        while not done.is_set() and count < 40:
            count += 1
            words = f"w{number}.{count}"
            sender = page or make_address(phone=phone.e164)
            try:
                services.turns.receive(make_inbound(text=words, sender=sender, delivery=words), NOW)
            except NotFound:
                return
            except ChatterKeepError:
                lost.append(words)
                continue
            sent.append(words)

    with ThreadPoolExecutor(10) as pool:
        writers = [pool.submit(write, number, page) for number, page in enumerate([*pages, None, None])]
        links = list(pool.map(lambda pair: finished(services, *pair), zip(pages, proofs, strict=True)))
        done.set()
        for writer in writers:
            writer.result()
    assert len({services.threads.session_of(link) for link in links}) == 1
    kept = [line.text for line in services.sessions.show(services.threads.session_of(links[0])).lines]
    assert sorted(words for words in kept if words.startswith("w")) == sorted(sent)
    assert rows.count(engine)["sessions"] == 1
    assert rows.count(engine)["addresses"] == 1


class TestWithModel:
    """A language model answers everything."""

    @pytest.fixture
    def llm(self) -> Iterator[LLM]:
        with LLM(tokens=60, between=0.02).running() as model:
            yield model

    @pytest.fixture
    def settings(self, data_dir: Path, database_url: str, llm: LLM) -> Settings:
        asked = {"openai_base_url": llm.url, "openai_api_key": "x", "answer_cache": "0", "flow": "assistant"}
        return make_settings(data_dir=data_dir, database_url=database_url, **asked)

    def test_what_is_being_answered_on_the_page_is_answered_in_the_joined_conversation(
        self, services: Services, page: Capability, phone: PhoneNumber, llm: LLM
    ) -> None:
        proof = proved(services, page, phone)
        for words in ("What is a cat?", "And a dog?"):
            services.turns.receive(make_inbound(text=words, sender=page), services.clock())
        link = finished(services, page, proof)
        session_id = services.threads.session_of(link)
        services.writers.start()
        reply = services.replies.newest(SessionRef(session_id))
        assert services.replies.wait(reply, 60).state is ReplyState.DONE
        lines = services.threads.show(link).lines
        assert [line.author for line in lines if line.position.number == lines[-1].position.number] == [
            *(Author.CUSTOMER, Author.CUSTOMER, Author.SYSTEM, Author.BOT),
        ]

    def test_what_is_being_answered_by_text_message_is_still_said(
        self, services: Services, page: Capability, phone: PhoneNumber, llm: LLM
    ) -> None:
        proof = proved(services, page, phone)
        say(services, page, SONG)
        services.replies.wait(services.replies.newest(page), 60)
        asked = make_inbound(text="What is a cat?", sender=make_address(phone=phone.e164))
        generated = services.turns.receive(asked, services.clock()).generated
        assert generated
        link = finished(services, page, proof)
        assert services.replies.wait(generated, 60).state is ReplyState.DONE
        assert "What is a cat?" in shown(services, link)


def test_names_and_feedback_come_along(services: Services, page: Capability, phone: PhoneNumber) -> None:
    text(services, phone, "hello")
    say(services, page, "hello")
    conversation_id = services.sessions.conversation_of(services.threads.session_of(page))
    thought = Feedback(Verdict.POSITIVE, NAME, NOW)
    services.conversations.rename(conversation_id, None, SONG, NOW)
    services.opinions.give(conversation_id, 2, None, thought)
    by_code(services, attached(services), page)
    joined = services.conversations.read(conversation_id, session_of(services, phone), Part(10), NOW)
    assert joined.overview.title == SONG
    assert joined.said[1].line.feedback == thought
