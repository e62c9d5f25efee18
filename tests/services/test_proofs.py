"""A number is proved by a code that went there, or came from there; then its history opens."""

import pytest

from chatterkeep.domain.errors import InvalidInput, NotFound
from chatterkeep.domain.messages import Author, Capability, TokenKind
from chatterkeep.domain.phone import PhoneNumber
from chatterkeep.domain.proofs import Tried, Verdict
from chatterkeep.domain.remarks import HEARD
from chatterkeep.services.wiring import Services
from tests import databases
from tests.carrier import Pigeonhole, attached
from tests.make import NAME, NOW, SONG, Clock, make_address, make_inbound, make_phone

pytestmark = databases.both
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


def text(services: Services, phone: PhoneNumber, *texts: str, delivery: str | None = None) -> None:
    """Let the owner of a number send messages."""
    for words in texts:
        inbound = make_inbound(text=words, sender=make_address(phone=phone.e164), delivery=delivery)
        services.turns.receive(inbound, services.clock())


def say(services: Services, page: Capability, *texts: str) -> None:
    for words in texts:
        services.turns.receive(make_inbound(text=words, sender=page), services.clock())


def shown(services: Services, page: Capability) -> list[str]:
    return [line.text for line in services.threads.show(page).lines if line.author is not Author.SYSTEM]


def by_code(services: Services, carrier: Pigeonhole, page: Capability) -> Capability:
    """Prove the number of a page by a code that is sent; return its new link."""
    proof, number = services.proofs.begin(page, services.clock()), len(carrier.texts) + 1
    assert services.proofs.send(page, proof, HOST, services.clock()) == 0
    assert services.proofs.check(page, proof, carrier.code(number), services.clock()).verdict is Verdict.RIGHT
    return finished(services, page, proof)


def by_text(services: Services, page: Capability, phone: PhoneNumber) -> Capability:
    """Prove it by a code that is texted in."""
    proof = services.proofs.begin(page, services.clock())
    text(services, phone, services.proofs.show(page, proof, services.clock()).shown)
    return finished(services, page, proof)


def finished(services: Services, page: Capability, proof: str) -> Capability:
    done = services.proofs.finish(page, proof, "r1", services.clock())
    assert done
    return Capability(done.token, TokenKind.PAGE)


def test_a_code_that_came_back_opens_what_was_said_with_the_number(
    services: Services, carrier: Pigeonhole, page: Capability, phone: PhoneNumber
) -> None:
    text(services, phone, "hello", NAME)
    say(services, page, "hello")
    assert shown(services, page) == ["hello", "What is your name?"]
    link = by_code(services, carrier, page)
    assert shown(services, link)[:3] == ["hello", "What is your name?", NAME]
    assert shown(services, link)[-2:] == ["hello", "What is your name?"]
    thread = services.threads.show(link)
    assert (thread.phone, thread.proved) == (phone, True)


def test_a_code_that_is_texted_in_does_the_same(services: Services, page: Capability, phone: PhoneNumber) -> None:
    text(services, phone, "hello")
    link = by_text(services, page, phone)
    assert shown(services, link)[:2] == ["hello", "What is your name?"]
    assert shown(services, link)[-1] == HEARD


def test_after_a_proof_the_old_link_opens_nothing(services: Services, page: Capability, phone: PhoneNumber) -> None:
    by_text(services, page, phone)
    with pytest.raises(NotFound):
        services.threads.show(page)


def test_phone_and_page_go_on_in_one_conversation(
    services: Services, carrier: Pigeonhole, page: Capability, phone: PhoneNumber
) -> None:
    text(services, phone, "hello", NAME, SONG)
    say(services, page, "hello")
    link = by_code(services, carrier, page)
    text(services, phone, NAME)
    say(services, link, SONG)
    assert shown(services, link)[-1] == f"Playing {SONG}"


def test_a_number_nobody_wrote_from_leads_to_the_page_from_then_on(
    services: Services, carrier: Pigeonhole, page: Capability, phone: PhoneNumber
) -> None:
    say(services, page, "hello")
    session_id = services.threads.session_of(page)
    link = by_code(services, carrier, page)
    text(services, phone, NAME)
    assert services.threads.session_of(link) == session_id
    assert NAME in shown(services, link)


def test_the_other_pages_of_a_number_are_told(
    services: Services, carrier: Pigeonhole, page: Capability, phone: PhoneNumber
) -> None:
    text(services, phone, "hello")
    first = by_code(services, carrier, page)
    second = Capability(services.threads.open(phone, NOW), TokenKind.PAGE)
    by_code(services, carrier, second)
    lines = services.threads.show(first).lines
    assert (lines[-1].author, lines[-1].text.split(",")[0]) == (
        Author.SYSTEM,
        "This number was proved on a page",
    )


def test_a_form_that_is_sent_twice_gets_a_link_twice(
    services: Services, carrier: Pigeonhole, page: Capability, clock: Clock
) -> None:
    proof = services.proofs.begin(page, NOW)
    services.proofs.send(page, proof, HOST, NOW)
    services.proofs.check(page, proof, carrier.code(), NOW)
    links = [finished(services, page, proof) for _ in range(2)]
    assert len({services.threads.session_of(link) for link in links}) == 1
    clock.forward(seconds=11)
    with pytest.raises(NotFound):
        services.proofs.finish(page, proof, "r1", services.clock())


class TestCodes:
    @pytest.fixture
    def proof(self, services: Services, carrier: Pigeonhole, page: Capability) -> str:
        proof = services.proofs.begin(page, NOW)
        services.proofs.send(page, proof, HOST, NOW)
        carrier.text()
        return proof

    def test_the_text_ends_with_the_line_that_lets_phones_fill_it_in(self, carrier: Pigeonhole, proof: str) -> None:
        assert carrier.text().splitlines()[-1] == f"@{HOST} #{carrier.code()}"

    def test_a_code_is_read_however_it_is_pasted(
        self, services: Services, carrier: Pigeonhole, page: Capability, proof: str
    ) -> None:
        code = carrier.code()
        pasted = f"Your code is {code[:3]} {code[3:]}!"
        assert services.proofs.check(page, proof, pasted, NOW).verdict is Verdict.RIGHT

    def test_a_wrong_code_costs_a_try(
        self, services: Services, carrier: Pigeonhole, page: Capability, proof: str
    ) -> None:
        assert services.proofs.check(page, proof, wrong(carrier), NOW) == Tried(Verdict.WRONG, 4)

    def test_what_is_no_code_costs_nothing(self, services: Services, page: Capability, proof: str) -> None:
        assert services.proofs.check(page, proof, "12345", NOW) == Tried(Verdict.WRONG, 5)

    def test_after_five_wrong_codes_the_right_one_is_refused_too(
        self, services: Services, carrier: Pigeonhole, page: Capability, proof: str
    ) -> None:
        for _ in range(5):
            services.proofs.check(page, proof, wrong(carrier), NOW)
        assert services.proofs.check(page, proof, carrier.code(), NOW).verdict is Verdict.SPENT
        assert services.proofs.finish(page, proof, "r1", NOW) is None

    def test_another_code_can_be_asked_for_after_half_a_minute(
        self, services: Services, page: Capability, proof: str, clock: Clock
    ) -> None:
        clock.forward(seconds=10)
        assert services.proofs.send(page, proof, HOST, clock()) == 20
        clock.forward(seconds=20)
        assert services.proofs.send(page, proof, HOST, clock()) == 0

    def test_an_older_code_still_works(
        self, services: Services, carrier: Pigeonhole, page: Capability, proof: str, clock: Clock
    ) -> None:
        clock.forward(minutes=5)
        services.proofs.send(page, proof, HOST, clock())
        assert services.proofs.check(page, proof, carrier.code(1), clock()).verdict is Verdict.RIGHT

    def test_a_code_is_good_for_ten_minutes(
        self, services: Services, carrier: Pigeonhole, page: Capability, proof: str, clock: Clock
    ) -> None:
        clock.forward(minutes=10)
        assert services.proofs.check(page, proof, carrier.code(), clock()).verdict is Verdict.OVER

    def test_a_code_proves_the_number_of_its_own_attempt_alone(
        self, services: Services, carrier: Pigeonhole, page: Capability, proof: str, phone: PhoneNumber
    ) -> None:
        other = Capability(services.threads.open(phone, NOW), TokenKind.PAGE)
        theirs = services.proofs.begin(other, NOW)
        assert services.proofs.check(other, theirs, carrier.code(), NOW).verdict is Verdict.OVER
        with pytest.raises(NotFound):
            services.proofs.check(other, proof, carrier.code(), NOW)

    def test_ten_wrong_codes_in_a_day_leave_only_the_other_way(
        self, services: Services, carrier: Pigeonhole, page: Capability, proof: str, phone: PhoneNumber, clock: Clock
    ) -> None:
        for number in (1, 2):
            for _ in range(5):
                services.proofs.check(page, proof, wrong(carrier, number), clock())
            clock.forward(minutes=1)
            services.proofs.send(page, proof, HOST, clock())
        assert services.proofs.check(page, proof, "000000", clock()).verdict is Verdict.LOCKED
        assert len(carrier.texts) == 2
        text(services, phone, services.proofs.show(page, proof, clock()).shown)
        assert finished(services, page, proof)

    def test_a_number_that_was_given_up_cannot_be_proved_any_more(
        self, services: Services, carrier: Pigeonhole, page: Capability, proof: str
    ) -> None:
        services.proofs.begin(page, NOW, PhoneNumber(make_phone()))
        with pytest.raises(NotFound):
            services.proofs.check(page, proof, carrier.code(), NOW)


def test_the_fourth_code_in_an_hour_and_the_sixth_in_a_day_are_not_sent(
    services: Services, carrier: Pigeonhole, page: Capability, clock: Clock
) -> None:
    sent = []
    for minutes in (0, 1, 1, 1, 60, 1, 1):
        clock.forward(minutes=minutes)
        proof = services.proofs.begin(page, clock())
        assert services.proofs.send(page, proof, HOST, clock()) == 0
        sent.append(len(carrier.texts))
    carrier.text(5)
    assert len(carrier.texts) == 5


def test_without_a_carrier_no_code_can_be_sent(services: Services, page: Capability, phone: PhoneNumber) -> None:
    proof = services.proofs.begin(page, NOW)
    assert not services.proofs.reaches(phone)
    with pytest.raises(InvalidInput):
        services.proofs.send(page, proof, HOST, NOW)


def wrong(carrier: Pigeonhole, number: int = 1) -> str:
    """A code that is not the one that was sent."""
    return f"{(int(carrier.code(number)) + 1) % 1_000_000:06d}"
