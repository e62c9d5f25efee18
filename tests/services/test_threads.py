"""What a page shows of its session."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from chatterkeep.domain.errors import NotFound
from chatterkeep.domain.messages import Author, Capability, TokenKind
from chatterkeep.domain.phone import PhoneNumber
from chatterkeep.domain.replies import ReplyState
from chatterkeep.domain.transcript import Position
from chatterkeep.services.threads import PAGE
from chatterkeep.services.wiring import Services
from chatterkeep.settings import Settings
from tests import databases
from tests.llm.server import LLM
from tests.make import NAME, NOW, SONG, Clock, make_address, make_inbound, make_settings

pytestmark = databases.both
PHONE = PhoneNumber("+14155550177")


@pytest.fixture
def page(services: Services) -> Capability:
    return Capability(services.threads.open(PHONE, NOW), TokenKind.PAGE)


def say(services: Services, page: Capability, *texts: str) -> None:
    for text in texts:
        services.turns.receive(make_inbound(text=text, sender=page), services.clock())


def test_a_new_page_is_empty_and_knows_the_number(services: Services, page: Capability) -> None:
    thread = services.threads.show(page)
    assert (thread.lines, thread.phone, thread.shown) == ((), PHONE, Position(0, 0))


def test_a_page_shows_who_said_what_in_order(services: Services, page: Capability) -> None:
    say(services, page, "hello")
    lines = services.threads.show(page).lines
    assert [(line.author, line.text) for line in lines] == [
        (Author.CUSTOMER, "hello"),
        (Author.BOT, "What is your name?"),
    ]
    assert lines[0].created_at == NOW


def test_the_number_typed_on_a_page_is_not_the_session_of_that_number(services: Services, page: Capability) -> None:
    services.turns.receive(make_inbound(sender=make_address(phone=PHONE.e164)), NOW)
    assert services.threads.show(page).lines == ()
    again = Capability(services.threads.open(PHONE, NOW), TokenKind.PAGE)
    assert services.threads.show(again).session_id != services.threads.show(page).session_id


def test_news_are_what_came_after_a_place(services: Services, page: Capability) -> None:
    say(services, page, "hello", "Ada")
    news = services.threads.news(page, Position(1, 2))
    assert [line.position for line in news.lines] == [Position(1, 3), Position(1, 4)]


def test_no_news_are_no_lines(services: Services, page: Capability) -> None:
    say(services, page, "hello")
    assert services.threads.news(page, Position(1, 2)).lines == ()


def test_news_cross_into_the_next_conversation(services: Services, page: Capability, clock: Clock) -> None:
    say(services, page, "hello")
    clock.forward(hours=25)
    say(services, page, "hello")
    news = services.threads.news(page, Position(1, 1))
    assert [str(line.position) for line in news.lines] == ["1.2", "2.1", "2.2"]


def test_a_long_thread_is_shown_page_by_page_without_gap_or_repeat(services: Services, page: Capability) -> None:
    say(services, page, *["nope"] * 50)
    newest = services.threads.show(page)
    older = services.threads.show(page, newest.lines[0].position)
    oldest = services.threads.show(page, older.lines[0].position)
    seen = [line.position.seq for thread in (oldest, older, newest) for line in thread.lines]
    assert seen == list(range(1, 101))
    assert [thread.earlier for thread in (newest, older, oldest)] == [True, True, False]
    assert len(newest.lines) == PAGE


@pytest.mark.parametrize("token", ["", "x", "x" * 43])
def test_a_token_nobody_was_given_opens_nothing(services: Services, token: str) -> None:
    with pytest.raises(NotFound):
        services.threads.show(Capability(token, TokenKind.PAGE))


def test_a_page_token_is_no_api_token(services: Services, page: Capability) -> None:
    with pytest.raises(NotFound):
        services.threads.show(Capability(page.token, TokenKind.API))


class TestWithModel:
    """The flow that greets, at whose end a language model answers."""

    @pytest.fixture
    def llm(self) -> Iterator[LLM]:
        with LLM(tokens=400, between=0.05).running() as model:
            yield model

    @pytest.fixture
    def settings(self, data_dir: Path, database_url: str, llm: LLM) -> Settings:
        return make_settings(data_dir=data_dir, database_url=database_url, openai_base_url=llm.url, openai_api_key="x")

    def test_a_thread_carries_the_reply_that_is_written(self, services: Services, page: Capability) -> None:
        say(services, page, "hello", NAME, SONG, "and now?")
        for thread in (services.threads.show(page), services.threads.news(page, Position(1, 7))):
            assert thread.reply
            assert (thread.reply.state, thread.reply.question_seq) == (ReplyState.WRITING, 7)
            assert not thread.more
        services.replies.stop(thread.reply.reply_id)

    def test_a_reply_that_has_ended_stands_at_its_message(self, services: Services, page: Capability) -> None:
        say(services, page, "hello", NAME, SONG, "and now?")
        reply = services.threads.show(page).reply
        assert reply
        services.replies.stop(reply.reply_id)
        news = services.threads.news(page, Position(1, 7))
        assert news.reply
        assert news.reply.state is ReplyState.STOPPED
        assert [line.position for line in news.lines] == [news.reply.position] == [Position(1, 8)]

    def test_a_new_conversation_knows_nothing_of_the_reply_before(self, services: Services, page: Capability) -> None:
        say(services, page, "hello", NAME, SONG, "and now?", "restart")
        assert services.threads.show(page).reply is None

    def test_earlier_messages_come_without_the_reply(self, services: Services, page: Capability) -> None:
        say(services, page, "hello", NAME, SONG, "and now?")
        assert services.threads.show(page, Position(1, 5)).reply is None
        reply = services.threads.show(page).reply
        assert reply
        services.replies.stop(reply.reply_id)


def test_a_page_knows_its_session(services: Services, page: Capability) -> None:
    assert services.threads.session_of(page) == services.threads.show(page).session_id
