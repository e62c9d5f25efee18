"""Private links end when nobody uses them, when they are old, and when they are signed out."""

import pytest
from sqlalchemy import Engine, event

from chatterkeep.domain.audit import Action
from chatterkeep.domain.errors import NotFound
from chatterkeep.domain.messages import Capability, TokenKind
from chatterkeep.domain.phone import PhoneNumber
from chatterkeep.services.wiring import Services
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
    assert [(entry.action, entry.subject, entry.actor.name) for entry in (proved, ended)] == [
        (Action.PROVED, session_id, "visitor"),
        (Action.SIGNED_OUT, session_id, "visitor"),
    ]
    assert phone.e164 not in f"{proved}{ended}"
