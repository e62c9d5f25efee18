"""Phone numbers: any human spelling in, one E.164 form out, and never the whole number by accident."""

import pytest

from chatterkeep.domain.errors import InvalidPhone
from chatterkeep.domain.phone import PhoneNumber, parse_phone

TWENTY_SPELLINGS = (
    "+14155550123",
    "+1 415 555 0123",
    "+1-415-555-0123",
    "+1 (415) 555-0123",
    "+1.415.555.0123",
    "+1 415\u2011555\u20110123",
    "+1\u00a0415\u00a0555\u00a00123",
    "  +1 415 555 0123\n",
    "1 415 555 0123",
    "1-415-555-0123",
    "14155550123",
    "4155550123",
    "415 555 0123",
    "415-555-0123",
    "415.555.0123",
    "(415) 555-0123",
    "415/555/0123",
    "0014155550123",
    "00 1 415 555 0123",
    "tel:+1-415-555-0123",
    "\uff0b\uff11\uff14\uff11\uff15\uff15\uff15\uff15\uff10\uff11\uff12\uff13",
)


@pytest.mark.parametrize("spelling", TWENTY_SPELLINGS)
def test_every_spelling_of_a_number_is_the_same_number(spelling: str) -> None:
    assert parse_phone(spelling, "US") == PhoneNumber("+14155550123")


@pytest.mark.parametrize(
    ("spelling", "region", "e164"),
    [
        ("07911 123456", "GB", "+447911123456"),
        ("030 901820", "DE", "+4930901820"),
        ("06 12 34 56 78", "FR", "+33612345678"),
        ("415-555-0123", "CA", "+14155550123"),
    ],
)
def test_a_national_number_belongs_to_the_default_region(spelling: str, region: str, e164: str) -> None:
    assert parse_phone(spelling, region).e164 == e164


@pytest.mark.parametrize("region", ["US", "GB", "DE", "JP"])
def test_a_number_with_its_country_code_is_the_same_in_every_region(region: str) -> None:
    assert parse_phone("+44 7911 123456", region).e164 == "+447911123456"


def test_a_plus_lost_in_a_form_is_found_again() -> None:
    assert parse_phone(" 447911123456", "US").e164 == "+447911123456"


@pytest.mark.parametrize(
    ("spelling", "understood", "says"),
    [
        ("", "no digits", "no digits"),
        ("hello", "no digits", "no digits"),
        ("<script>", "no digits", "no digits"),
        ("1-800-FLOWERS", "1800", "letters"),
        ("+123", "+1 23", "too short"),
        ("123", "+1 123", "too short"),
        ("+1415555012345678", "+1 415555012345678", "too long"),
        ("+14155550123 ext. 5", "141555501235", "letters"),
        ("9" * 65, "65 characters", "too long"),
        ("+999 123 456 789", "999123456789", "not a phone number we can use"),
    ],
)
def test_what_is_no_number_is_refused_with_what_was_understood(spelling: str, understood: str, says: str) -> None:
    with pytest.raises(InvalidPhone, match=says) as refused:
        parse_phone(spelling, "US")
    assert refused.value.understood == understood


def test_a_refusal_shows_an_example_that_works() -> None:
    with pytest.raises(InvalidPhone) as refused:
        parse_phone("+123", "US")
    assert parse_phone(refused.value.hint, "US").e164 == refused.value.hint


def test_a_number_that_no_carrier_assigned_works() -> None:
    assert parse_phone("+1 555 010 0123", "US").e164 == "+15550100123"


@pytest.mark.parametrize(
    ("e164", "masked"),
    [("+14155550123", "+1 *******123"), ("+447911123456", "+44 *******456"), ("nonsense", "+ ****nse")],
)
def test_a_masked_number_keeps_its_country_and_three_digits(e164: str, masked: str) -> None:
    assert PhoneNumber(e164).masked == masked


def test_neither_repr_nor_str_shows_the_whole_number() -> None:
    number = PhoneNumber("+14155550123")
    assert "5550" not in repr(number) + str(number) + f"{number}" + repr([number])


def test_a_spoken_number_is_spaced_as_its_country_does() -> None:
    assert PhoneNumber("+447911123456").spoken == "+44 7911 123456"
