"""Phone numbers: any human spelling in, one E.164 form out."""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

from chatterkeep.domain.errors import InvalidPhone

LONGEST_SPELLING = 64
EXAMPLE = "+14155550123"
_TOO_SHORT_OR_LONG = {
    phonenumbers.ValidationResult.TOO_SHORT: "it is too short",
    phonenumbers.ValidationResult.TOO_LONG: "it is too long",
    phonenumbers.ValidationResult.INVALID_COUNTRY_CODE: "no country has that code",
    phonenumbers.ValidationResult.INVALID_LENGTH: "no number there has that length",
}


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    """A phone number in E.164 form, such as `+14155550123` (ITU-T E.164). Its repr never shows it whole."""

    e164: str

    def __repr__(self) -> str:
        return f"PhoneNumber({self.masked})"

    @property
    def masked(self) -> str:
        """The number with all but its country code and last three digits hidden."""
        return mask(self.e164)

    @property
    def spoken(self) -> str:
        """The number spaced the way its country writes it: `+44 7911 123456`."""
        return phonenumbers.format_number(phonenumbers.parse(self.e164), PhoneNumberFormat.INTERNATIONAL)

    @property
    def country(self) -> str:
        """The country (ISO 3166 alpha-2) of the number; of several that share its code, the largest, if unclear."""
        number = phonenumbers.parse(self.e164)
        own: str | None = phonenumbers.region_code_for_number(number)
        return own or phonenumbers.region_code_for_country_code(number.country_code or 0)


def parse_phone(spelling: str, region: str) -> PhoneNumber:
    """Read a phone number in any human spelling; a national one belongs to `region` (ISO 3166 alpha-2).

    Lengths are checked, not whether a carrier assigned the number: test and newly opened ranges must work.
    Raises InvalidPhone with what was understood and an example.
    """
    return _parse(spelling, region)


@lru_cache(maxsize=4096)
def _parse(spelling: str, region: str) -> PhoneNumber:
    if len(spelling) > LONGEST_SPELLING:
        raise InvalidPhone("This is too long to be a phone number.", f"{len(spelling)} characters", EXAMPLE)
    text = _plain(spelling)
    if not any(c.isdigit() for c in text):
        raise InvalidPhone("This is not a phone number: it has no digits.", "no digits", EXAMPLE)
    if any(c.isalpha() for c in text):
        raise InvalidPhone("This is not a phone number: it has letters in it.", _digits(text), EXAMPLE)
    number = _read(text, region) or _read("+" + _digits(text), None, strict=True)
    if number is None:
        raise _explained(text, region)
    return PhoneNumber(phonenumbers.format_number(number, PhoneNumberFormat.E164))


def _plain(spelling: str) -> str:
    """Fold full-width digits and odd spaces; drop `tel:`; read the international prefix 00 as a plus."""
    text = unicodedata.normalize("NFKC", spelling).strip().removeprefix("tel:").strip()
    return "+" + text[2:] if text.startswith("00") else text


def _digits(text: str) -> str:
    return "".join(c for c in text if c.isdigit())


def _read(text: str, region: str | None, *, strict: bool = False) -> phonenumbers.PhoneNumber | None:
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException:
        return None
    if number.extension or not phonenumbers.is_possible_number(number):
        return None
    return None if strict and not phonenumbers.is_valid_number(number) else number


def _explained(text: str, region: str) -> InvalidPhone:
    digits = _digits(text)
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException:
        return InvalidPhone("This is not a phone number we can use.", digits, EXAMPLE)
    reason = _TOO_SHORT_OR_LONG.get(phonenumbers.is_possible_number_with_reason(number), "it has an extension")
    understood = f"+{number.country_code} {number.national_number}"
    return InvalidPhone(f"We read this as {understood}, but {reason}.", understood, EXAMPLE)


def mask(e164: str) -> str:
    """Hide a number but for its country code and last three digits: `+1 *** *** *123`."""
    try:
        code = str(phonenumbers.parse(e164).country_code)
    except NumberParseException:
        code = ""
    hidden = len(e164) - 1 - len(code) - 3
    return f"+{code} {'*' * max(hidden, 3)}{e164[-3:]}"
