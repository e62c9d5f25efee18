"""Private links end when nobody uses them, when they are old, and when they are signed out."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, event, select, update

from chatterkeep.domain.audit import Action, Actor
from chatterkeep.domain.errors import NotFound
from chatterkeep.domain.messages import Capability, TokenKind
from chatterkeep.domain.phone import PhoneNumber
from chatterkeep.services.wiring import Services
from chatterkeep.storage.models_access import TokenRecord
from tests import databases
from tests.make import NOW, Clock, make_phone
from tests.services.test_proofs import by_text

pytestmark = databases.both


@pytest.fixture
def page(services: Services) -> Capability:
    return Capability(services.threads.open(PhoneNumber(make_phone()), NOW), TokenKind.PAGE)


def opens(services: Services, page: Capability) -> bool:
    try:
        services.threads.show(page)
    except NotFound:
        return False
    return True


def test_a_link_that_nobody_uses_ends(services: Services, page: Capability, clock: Clock) -> None:
    clock.forward(days=30)
    assert not opens(services, page)


def test_a_link_that_is_used_goes_on(services: Services, page: Capability, clock: Clock) -> None:
    for _ in range(5):
        clock.forward(days=29)
        assert opens(services, page)
        services.links.touch(page, clock())


def test_no_use_keeps_a_link_for_ever(services: Services, page: Capability, clock: Clock) -> None:
    for _ in range(9):
        clock.forward(days=20)
        services.links.touch(page, clock())
    assert not opens(services, page)


def test_looking_for_news_does_not_count_as_use(services: Services, page: Capability, clock: Clock) -> None:
    for _ in range(3):
        clock.forward(days=14)
        if opens(services, page):
            services.threads.session_of(page)
    assert not opens(services, page)


def test_a_link_is_noted_once_an_hour(services: Services, page: Capability, clock: Clock) -> None:
    writes: list[str] = []
    engine: Engine = services.links._database.engine
    event.listen(engine, "commit", lambda connection: writes.append("commit"))
    for minutes in (61, 1, 30, 28, 2):
        clock.forward(minutes=minutes)
        services.links.touch(page, clock())
    assert len(writes) == 2


def test_a_link_is_noted_again_when_the_hour_is_full(services: Services, page: Capability, clock: Clock) -> None:
    ends = []
    for _ in range(2):
        clock.forward(hours=1)
        services.links.touch(page, clock())
        with services.links._database.read() as connection:
            ends.append(connection.scalar(select(TokenRecord.ends_at)))
    assert ends[1] - ends[0] == timedelta(hours=1)


def is_noted(services: Services, page: Capability, now: datetime) -> bool:
    """Tell whether a use is noted of a link whose last one, as the database has it, was long ago."""
    this, long_ago = TokenRecord.hash == services.links.hash_of(page.token), now - timedelta(days=1)
    with services.links._database.write() as connection:
        connection.execute(update(TokenRecord).where(this).values(used_at=long_ago))
    services.links.touch(page, now)
    with services.links._database.read() as connection:
        return connection.scalar(select(TokenRecord.used_at).where(this)) != long_ago


def test_links_in_use_ask_the_database_once_an_hour_and_old_ones_make_room(
    services: Services, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatterkeep.services.links._MOST", 2)
    first, second, third = (
        Capability(services.threads.open(PhoneNumber(make_phone()), NOW), TokenKind.PAGE) for _ in range(3)
    )
    assert [is_noted(services, page, NOW) for page in (first, second, first, second)] == [True, True, False, False]
    assert [is_noted(services, page, NOW) for page in (third, second, third, first)] == [True, False, False, True]


def test_signing_out_here_leaves_the_other_links(services: Services, page: Capability) -> None:
    phone = services.threads.show(page).phone
    assert phone
    first = by_text(services, page, phone)
    second = by_text(services, Capability(services.threads.open(phone, NOW), TokenKind.PAGE), phone)
    services.links.sign_out(first, "r1", NOW)
    assert [opens(services, link) for link in (first, second)] == [False, True]


def test_signing_out_everywhere_ends_them_all(services: Services, page: Capability) -> None:
    session_id = services.threads.session_of(page)
    token = services.sessions.new_token(session_id, NOW)
    assert services.links.sign_out_everywhere(page, "r1", NOW) == 2
    assert not opens(services, page)
    assert services.sessions.session_of(token, NOW) is None


def test_the_audit_knows_of_proofs_and_of_links_that_were_ended(services: Services, page: Capability) -> None:
    phone = services.threads.show(page).phone
    assert phone
    link = by_text(services, page, phone)
    session_id = services.threads.session_of(link)
    services.links.sign_out(link, "r2", NOW)
    ended, proved = services.audit.newest(2)
    assert [(entry.action, entry.subject, entry.actor) for entry in (proved, ended)] == [
        (Action.PROVED, session_id, Actor("visitor", "r1")),
        (Action.SIGNED_OUT, session_id, Actor("visitor", "r2")),
    ]
    assert phone.e164 not in f"{proved}{ended}"


def test_the_audit_tells_the_end_of_one_link_from_the_end_of_all(services: Services, page: Capability) -> None:
    session_id = services.threads.session_of(page)
    other = Capability(services.sessions.new_token(session_id, NOW), TokenKind.API)
    services.links.sign_out(other, "r1", NOW)
    services.links.sign_out_everywhere(page, "r2", NOW)
    everywhere, here = services.audit.newest(2)
    assert [(entry.subject, entry.detail, entry.actor.request_id, entry.at) for entry in (here, everywhere)] == [
        (session_id, "this link", "r1", NOW),
        (session_id, "all links: 1", "r2", NOW),
    ]
