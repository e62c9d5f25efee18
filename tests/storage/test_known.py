"""What a turn starts from: a sender is found with all that its newest conversation has, or not at all."""

from dataclasses import replace

import pytest

from chatterkeep.domain.conversation import Conversation, Owner, Status
from chatterkeep.domain.errors import NotFound, StoreBusy
from chatterkeep.domain.messages import Address, Capability, SessionRef, TokenKind
from chatterkeep.services.wiring import Services
from chatterkeep.storage.crypto import Vault
from chatterkeep.storage.db import Database
from chatterkeep.storage.known import Known, find, get, held
from tests.make import NAME, NOW, SONG, Clock, make_address, make_inbound

TEXTS = ("hello", NAME, SONG, "hello", NAME)


@pytest.fixture
def sender() -> Address:
    return make_address()


@pytest.fixture
def known(services: Services, database: Database, vault: Vault, sender: Address, clock: Clock) -> Known:
    """What is known of a number whose talk is over, and who said hello again days later."""
    for text in TEXTS:
        clock.forward(days=2 * (text == "hello"))
        last = services.turns.receive(make_inbound(sender=sender, text=text), clock())
    with database.read() as connection:
        found = find(connection, vault, sender, clock())
    assert found
    assert (found.session_id, found.conversation_id) == (last.session_id, last.conversation_id)
    return found


def test_a_number_is_found_with_its_newest_conversation(services: Services, known: Known, clock: Clock) -> None:
    assert known.conversation == Conversation(
        number=known.last_number,
        flow="greeting",
        flow_version=services.flows["greeting"].version,
        state="AWAITING_SONG",
        owner=Owner.BOT,
        last_message_at=clock(),
        status=Status.OPEN,
        answers={"name": NAME},
        last_seq=4,
    )
    assert known.last_number == 2
    assert known.version == 2
    assert known.proved_at


def test_by_its_id_and_by_a_token_the_same_is_found_but_no_sign_of_an_owner(
    services: Services, database: Database, vault: Vault, known: Known, clock: Clock
) -> None:
    token = Capability(services.sessions.new_token(known.session_id, clock()), TokenKind.API)
    with database.read() as connection:
        by_id = get(connection, vault, SessionRef(known.session_id))
        others = (
            find(connection, vault, SessionRef(known.session_id), clock()),
            held(connection, vault, token, clock()),
        )
    assert by_id == replace(known, data_key=by_id.data_key, proved_at=None)
    assert [other and replace(other, data_key=by_id.data_key) for other in others] == [by_id, by_id]


def test_a_session_that_was_never_talked_in_has_no_conversation(
    services: Services, database: Database, vault: Vault
) -> None:
    token = Capability(services.threads.open(None, NOW), TokenKind.PAGE)
    with database.read() as connection:
        known = held(connection, vault, token, NOW)
    newest = (known.conversation, known.row, known.conversation_id, known.version, known.last_number)
    assert newest == (None, 0, "", 0, 0)


def test_what_opens_nothing_is_told_as_a_session_that_is_not_there(
    services: Services, database: Database, vault: Vault, known: Known, clock: Clock
) -> None:
    token = Capability(services.sessions.new_token(known.session_id, clock()), TokenKind.API)
    vault.forget(known.session_id)
    nobody = SessionRef("af95080d-1670-4f45-8a47-db211c81abf9")
    with database.read() as connection:
        for session in (nobody, SessionRef(known.session_id)):
            assert find(connection, vault, session, clock()) is None
            with pytest.raises(NotFound) as absent:
                get(connection, vault, session)
            assert absent.value.thing == "session"
        for wrong in (token, Capability("ck_s_nobody", TokenKind.API), replace(token, kind=TokenKind.PAGE)):
            with pytest.raises(NotFound) as closed:
                held(connection, vault, wrong, clock())
            assert closed.value.thing == "session"


def test_a_number_that_is_being_erased_is_to_come_again(
    database: Database, vault: Vault, known: Known, sender: Address, clock: Clock
) -> None:
    vault.forget(known.session_id)
    with database.read() as connection, pytest.raises(StoreBusy, match="being erased"):
        find(connection, vault, sender, clock())
