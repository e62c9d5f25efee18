"""An attempt to prove a number, as its page shows it at each step, and what it leaves behind."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from chatterkeep.domain.errors import InvalidInput, NotFound
from chatterkeep.domain.messages import Capability, TokenKind
from chatterkeep.domain.phone import PhoneNumber
from chatterkeep.domain.proofs import CODE_LIFETIME, PROOF_LIFETIME, Tally, Tried, Verdict
from chatterkeep.services.wiring import Services
from chatterkeep.storage.codes import tally_of
from chatterkeep.storage.models_access import CodeRecord, ProofRecord
from chatterkeep.storage.proofs import number_lookup
from tests.carrier import Pigeonhole, attached
from tests.make import NOW, Clock, make_address, make_inbound, make_phone

HOST = "chat.example.org"


@pytest.fixture
def phone() -> PhoneNumber:
    return PhoneNumber(make_phone())


@pytest.fixture
def page(services: Services, phone: PhoneNumber) -> Capability:
    return Capability(services.threads.open(phone, NOW), TokenKind.PAGE)


@pytest.fixture
def carrier(services: Services) -> Pigeonhole:
    return attached(services)


@pytest.fixture
def proof(services: Services, carrier: Pigeonhole, page: Capability) -> str:
    return services.proofs.begin(page, NOW)


def wrong(carrier: Pigeonhole, number: int = 1) -> str:
    return f"{(int(carrier.code(number)) + 1) % 1_000_000:06d}"


def test_an_attempt_shows_whose_it_is_how_long_it_lasts_and_how_it_stands(
    services: Services, carrier: Pigeonhole, page: Capability, phone: PhoneNumber, proof: str, clock: Clock
) -> None:
    begun = services.proofs.show(page, proof, NOW)
    assert (begun.phone, begun.created_at, begun.ends_at) == (phone, NOW, NOW + PROOF_LIFETIME)
    assert (begun.heard, begun.asked, begun.asked_at, begun.left) == (False, 0, None, None)
    assert services.proofs.check(page, proof, "123456", NOW) == Tried(Verdict.OVER)
    clock.forward(minutes=25)
    services.proofs.send(page, proof, HOST, clock())
    services.proofs.check(page, proof, wrong(carrier), clock())
    sent = services.proofs.show(page, proof, clock())
    assert (sent.shown, sent.asked, sent.asked_at, sent.left) == (begun.shown, 1, clock(), 4)
    assert sent.ends_at == clock() + CODE_LIFETIME, "as long as the code is good"
    services.proofs.check(page, proof, carrier.code(), clock())
    assert services.proofs.show(page, proof, clock()).heard


def test_a_code_does_not_shorten_an_attempt(services: Services, page: Capability, proof: str) -> None:
    services.proofs.send(page, proof, HOST, NOW)
    assert services.proofs.show(page, proof, NOW).ends_at == NOW + PROOF_LIFETIME


def test_an_attempt_ends_after_half_an_hour(services: Services, page: Capability, proof: str) -> None:
    assert services.proofs.show(page, proof, NOW + PROOF_LIFETIME - timedelta(seconds=1))
    with pytest.raises(NotFound):
        services.proofs.show(page, proof, NOW + PROOF_LIFETIME)


def test_a_number_can_be_claimed_first_and_changed_until_it_is_proved(
    services: Services, carrier: Pigeonhole, phone: PhoneNumber
) -> None:
    page = Capability(services.threads.open(None, NOW), TokenKind.PAGE)
    with pytest.raises(InvalidInput) as missing:
        services.proofs.begin(page, NOW)
    assert missing.value.field == "phone"
    other = PhoneNumber(make_phone())
    services.proofs.begin(page, NOW, other)
    assert services.threads.show(page).phone == other
    proof = services.proofs.begin(page, NOW, phone)
    services.proofs.send(page, proof, HOST, NOW)
    services.proofs.check(page, proof, carrier.code(), NOW)
    done = services.proofs.finish(page, proof, "r1", NOW)
    assert done
    link = Capability(done.token, TokenKind.PAGE)
    with pytest.raises(InvalidInput) as proved:
        services.proofs.begin(link, NOW, other)
    assert proved.value.field == "phone"
    assert services.proofs.begin(link, NOW, phone)


def test_the_right_code_costs_no_try_and_ends_the_others(
    services: Services, carrier: Pigeonhole, page: Capability, proof: str, clock: Clock
) -> None:
    services.proofs.send(page, proof, HOST, NOW)
    clock.forward(minutes=1)
    services.proofs.send(page, proof, HOST, clock())
    services.proofs.check(page, proof, wrong(carrier, 2), clock())
    assert services.proofs.check(page, proof, carrier.code(2), clock()).verdict is Verdict.RIGHT
    with services.links._database.read() as connection:
        assert connection.scalars(select(CodeRecord.tries)).all() == [1, 1], "what was wrong has counted"
    assert services.proofs.check(page, proof, carrier.code(1), clock()).verdict is not Verdict.RIGHT
    assert services.proofs.finish(page, proof, "r1", clock())
    with services.links._database.read() as connection:
        assert connection.scalars(select(ProofRecord.shown)).all() == [None]


def test_a_code_that_may_not_be_sent_is_not_told_from_one_that_was(
    services: Services, carrier: Pigeonhole, page: Capability, clock: Clock
) -> None:
    for _ in range(4):
        clock.forward(minutes=1)
        proof = services.proofs.begin(page, clock())
        assert services.proofs.send(page, proof, HOST, clock()) == 0
    carrier.text(3)
    attempt = services.proofs.show(page, proof, clock())
    assert (attempt.asked, attempt.asked_at, attempt.left) == (1, clock(), 5)
    assert services.proofs.check(page, proof, carrier.code(3), clock()) == Tried(Verdict.WRONG, 4)
    assert len(carrier.texts) == 3
    assert len({key for _, _, key in carrier.texts}) == 3
    with services.links._database.read() as connection:
        assert connection.scalars(select(CodeRecord.sent)).all() == [True, True, True, False]
        assert connection.scalar(select(func.min(func.length(CodeRecord.code)))) == 32


def test_a_finished_attempt_says_how_it_ended_and_gives_its_link_once_more_for_ten_seconds(
    services: Services, carrier: Pigeonhole, page: Capability, phone: PhoneNumber, proof: str
) -> None:
    earlier = services.turns.receive(make_inbound(sender=make_address(phone=phone.e164)), NOW).session_id
    services.proofs.send(page, proof, HOST, NOW)
    assert services.proofs.finish(page, proof, "r1", NOW) is None
    services.proofs.check(page, proof, carrier.code(), NOW)
    first = services.proofs.finish(page, proof, "r1", NOW)
    again = services.proofs.finish(page, proof, "r2", NOW + timedelta(seconds=10))
    assert first
    assert again
    assert (first.session_id, first.how, again.how) == (earlier, "joined", "again")
    for done in (first, again):
        assert services.threads.session_of(Capability(done.token, TokenKind.PAGE)) == earlier
    for token in (proof, "nothing"):
        with pytest.raises(NotFound):
            services.proofs.finish(page, token, "r3", NOW + timedelta(seconds=11))


def test_what_happened_to_a_number_is_told_from_what_happened_to_all(
    services: Services, carrier: Pigeonhole, page: Capability, phone: PhoneNumber, proof: str
) -> None:
    other = Capability(services.threads.open(PhoneNumber(make_phone()), NOW), TokenKind.PAGE)
    for owner, token in ((page, proof), (other, services.proofs.begin(other, NOW))):
        services.proofs.send(owner, token, HOST, NOW)
        services.proofs.check(owner, token, "000000" if carrier.code() != "000000" else "000001", NOW)
    lookup, day = number_lookup(services.vault, phone), timedelta(days=1)
    with services.links._database.read() as connection:
        late = NOW + day - timedelta(seconds=1)
        assert tally_of(connection, lookup, late) == Tally([NOW], 1, 2)
        assert tally_of(connection, bytes(32), late) == Tally([], 0, 2)
        assert tally_of(connection, lookup, NOW + day) == Tally([], 0, 0)
