"""What a provider never sees, and how it comes back into the answer."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from phonenumbers import PhoneNumberMatcher

from chatterkeep.domain import scrub as module
from chatterkeep.domain.scrub import Scrubber
from tests.growth import STEEP, growth

PHONE = "+1 415 555 0123"
CARD = "4111 1111 1111 1111"
IBAN = "DE89 3704 0044 0532 0130 00"


def scrub(text: str) -> str:
    return Scrubber("US").scrub(text)


@pytest.mark.parametrize(
    "phone",
    [
        PHONE,
        "4155550123",
        "415-555-0123",
        "(415) 555-0123",
        "1.415.555.0123",
        "+44 7911 123456",
        "0044 7911 123459",
        "00 49 30 901820",
        "+1\u00a0415\u00a0555\u00a00123",
        "+1 415\u2011555\u20110123",
        "415\u200b555\u200b0123",
        "\uff0b\uff11\uff14\uff11\uff15\uff15\uff15\uff15\uff10\uff11\uff12\uff13",
        "\u0664\u0661\u0665\u0665\u0665\u0665\u0660\u0661\u0662\u0663",
    ],
)
def test_a_phone_number_is_hidden_however_it_is_written(phone: str) -> None:
    assert scrub(f"Call {phone}, please.") == "Call [PHONE_1], please."


def test_a_national_number_belongs_to_the_region() -> None:
    assert Scrubber("GB").scrub("Call 07911 123456!") == "Call [PHONE_1]!"


@pytest.mark.parametrize(
    "said",
    ["2 times {} 2", "{} 12 Main Street", "0 {} 0", "call 7 {} 14:30", "({})", "[{}]", "{}, {}\n{}", "3/4 {} 5.5"],
)
@pytest.mark.parametrize("phone", [PHONE, "415 555 0123", "(415) 555-0123", "+33 6 12 34 56 78"])
def test_a_phone_number_is_found_between_other_numbers(said: str, phone: str) -> None:
    assert scrub(said.format(*[phone] * 3)) == said.format(*["[PHONE_1]"] * 3)


@pytest.mark.parametrize(
    "email",
    [
        "ann@example.com",
        "Ann.O'Neil+shop@mail.example.co.uk",
        "\u0430\u043d\u043d\u0430@\u043f\u043e\u0447\u0442\u0430.\u0440\u0444",
        '"ann smith"@example.com',
        "ann\uff20example\uff0ecom",
        "a\u200bnn@exam\u00adple.com",
        "ann@xn--80a1acny.xn--p1ai",
        "x" * 200 + "@example.com",
    ],
)
def test_an_email_address_is_hidden(email: str) -> None:
    assert scrub(f"Write to <{email}>.") == "Write to <[EMAIL_1]>."


@pytest.mark.parametrize(
    "card",
    [
        CARD,
        "4111111111111111",
        "4111-1111-1111-1111",
        "3782 822463 10005",
        "6304 0000 0000 0000 00",
        "4222222222222",
        "4111\u00a01111\u00a01111\u00a01111",
        "4111 1111\u200b1111 1111",
        "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1",
    ],
)
def test_a_card_number_is_hidden(card: str) -> None:
    assert scrub(f"Card {card}, 12/27.") == "Card [CARD_1], 12/27."


def test_a_card_number_is_found_between_other_numbers() -> None:
    assert scrub(f"pay 3 {CARD} 12 27") == "pay 3 [CARD_1] 12 27"


@pytest.mark.parametrize("iban", [IBAN, "de89370400440532013000", "GB33-BUKB-2020-1555-5555-55", "NO93 8601 1117 947"])
def test_an_iban_is_hidden_and_the_words_after_it_stay(iban: str) -> None:
    assert scrub(f"Use {iban} for it all") == "Use [IBAN_1] for it all"


@pytest.mark.parametrize(
    "text",
    [
        "Order 12345678 of 2026-03-14, 15:09:26",
        "on 14/03/2026 or 03.14.2026",
        "It costs 1,234.56 or 12.50 each, 5@3.50",
        "tracking 1Z999AA10123456784",
        "card 4111 1111 1111 1112",
        "iban DE88 3704 0044 0532 0130 00",
        "root@localhost, @ann, ann@, a @ b",
        "2026-03-14T15:09:26Z 550e8400-e29b-41d4-a716-446655440000",
        "",
    ],
)
def test_other_numbers_and_words_stay(text: str) -> None:
    scrubber = Scrubber("US")
    assert scrubber.scrub(text) == text
    assert not scrubber.found


def test_the_same_value_has_the_same_placeholder_in_every_text() -> None:
    scrubber = Scrubber("US")
    assert scrubber.scrub(f"{PHONE}, +44 7911 123456") == "[PHONE_1], [PHONE_2]"
    assert scrubber.scrub("447911123456? (415) 555-0123!") == "447911123456? [PHONE_1]!"
    assert scrubber.scrub("ANN@example.com ann@example.com") == "[EMAIL_1] [EMAIL_1]"
    assert scrubber.scrub(f"{CARD} {IBAN.lower()} {IBAN}") == "[CARD_1] [IBAN_1] [IBAN_1]"
    assert scrubber.found


def test_the_narrower_kind_wins_where_two_overlap() -> None:
    assert scrub("4155550123@example.com") == "[EMAIL_1]"
    assert scrub("GB33BUKB20201555555555") == "[IBAN_1]"
    assert scrub("41555501234155@example.com") == "[EMAIL_1]"


def test_a_typed_placeholder_is_never_taken_for_a_value() -> None:
    scrubber = Scrubber("US")
    assert scrubber.scrub(f"[phone_1] is no number, {PHONE} is") == "[TEXT_1] is no number, [PHONE_1] is"
    assert scrubber.restore("[TEXT_1] and [PHONE_1]") == f"[phone_1] and {PHONE}"


def test_a_placeholder_comes_back_however_a_model_writes_it() -> None:
    scrubber = Scrubber("US")
    scrubber.scrub(PHONE)
    assert scrubber.restore(r"[Phone_1] **[PHONE\_1]** [phone 1]") == f"{PHONE} **{PHONE}** {PHONE}"


def test_an_unknown_placeholder_stays() -> None:
    scrubber = Scrubber("US")
    scrubber.scrub(PHONE)
    assert scrubber.restore("[PHONE_2] [EMAIL_1] [PHONE_] [PHONE_1") == "[PHONE_2] [EMAIL_1] [PHONE_] [PHONE_1"


pieces = st.sampled_from(
    [PHONE, "ann@example.com", CARD, IBAN, "[PHONE_1]", "[email_1]", "[TEXT_1]", "[", "]", "\u200b", "\u0301", " "]
)
texts = st.lists(pieces | st.text(max_size=8), max_size=12, unique=True).map("".join)


@given(texts)
@example("[TEXT_1][TEXT_2]")
@example("[PHONE_[PHONE_1]]")
def test_a_text_survives_the_way_there_and_back(text: str) -> None:
    scrubber = Scrubber("US")
    assert scrubber.restore(scrubber.scrub(text)) == text


@given(st.lists(pieces | st.text(st.characters(exclude_categories=["Nd", "Cs"]), max_size=8), max_size=12))
def test_nothing_private_is_left_after_one_pass(said: list[str]) -> None:
    scrubbed = scrub("\n".join(said))
    assert not [digits for digits in ("555 0123", "ann@", "1111 1111", "0532 0130") if digits in scrubbed]


answers = st.lists(
    st.sampled_from(["[PHONE_1]", "[email_1]", "[TEXT_9]", "[PHONE_", "[", "1]", "\\_", "see ", "[PHONE\\_1]"])
    | st.text(max_size=4),
    max_size=12,
).map("".join)


@given(answers, st.lists(st.integers(0, 80), max_size=20))
@example("[PHONE_1]", list(range(9)))
def test_an_answer_in_pieces_is_restored_like_the_whole(answer: str, cuts: list[int]) -> None:
    scrubber = Scrubber("US")
    scrubber.scrub(f"{PHONE} ann@example.com")
    parts = [answer[start:stop] for start, stop in pairwise([0, *sorted(cuts), max(len(answer), *cuts, 0)])]
    assert "".join(scrubber.restoring(iter(parts))) == scrubber.restore(answer)


@given(answers)
def test_no_more_than_a_placeholder_is_held_back(answer: str) -> None:
    scrubber = Scrubber("US")
    taken = 0

    def coming() -> Iterator[str]:
        nonlocal taken
        for character in answer:
            taken += 1
            yield character

    given_out = 0
    for piece in scrubber.restoring(coming()):
        given_out += len(piece)
        assert taken - given_out <= 16


@pytest.mark.parametrize(
    "piece",
    [
        f"I bought boots from your shop last week. Call {PHONE} or write to ann@example.com. ",
        *("1 ", "12 ", "ab12 ", "a@", "a@a.", '"', "'.", "(415) ", "+1", "a.", "[A", "00"),
    ],
)
def test_no_message_costs_more_than_its_length(piece: str) -> None:
    scrub(PHONE)  # the first number of a region loads what is known of it
    assert growth(lambda text: scrub(f"{text}@"), piece, 400) < STEEP


def test_a_message_of_nothing_but_numbers_is_not_looked_at_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = 0

    def look(*arguments: Any, **named: Any) -> PhoneNumberMatcher:
        nonlocal looks
        looks += 1
        return PhoneNumberMatcher(*arguments, **named)

    monkeypatch.setattr(module, "PhoneNumberMatcher", look)
    scrub("12 " * 533)
    assert 100 < looks < 300
