"""What a page shows of its session."""

import pytest

from chatterkeep.domain.errors import NotFound
from chatterkeep.domain.messages import Author, Capability, TokenKind
from chatterkeep.domain.phone import PhoneNumber
from chatterkeep.domain.transcript import Position
from chatterkeep.services.threads import PAGE
from chatterkeep.services.wiring import Services
from tests import databases
from tests.make import NOW, Clock, make_address, make_inbound

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
