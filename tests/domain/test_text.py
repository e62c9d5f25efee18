"""What people write, as it is kept."""

import pytest

from chatterkeep.domain.errors import InvalidInput, InvalidText
from chatterkeep.domain.messages import (
    MAX_TEXT,
    Capability,
    Channel,
    SessionRef,
    TokenKind,
    clean_delivery_id,
    clean_text,
    identity,
)
from tests.make import make_address


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("hello", "hello"),
        ("  hello  ", "  hello  "),
        ("one\r\ntwo\rthree\n", "one\ntwo\nthree\n"),
        ("tab\there", "tab\there"),
        ("bell\x07 and escape\x1b[31m", "bell and escape[31m"),
        ("cafe\u0301", "caf\u00e9"),
        ("\u202eRTL override", "\u202eRTL override"),
        ("family \U0001f468\u200d\U0001f469\u200d\U0001f467", "family \U0001f468\u200d\U0001f469\u200d\U0001f467"),
        ("{name}", "{name}"),
    ],
)
def test_a_text_is_kept_as_it_was_meant(typed: str, kept: str) -> None:
    assert clean_text(typed) == kept


@pytest.mark.parametrize("nothing", ["", " ", "\t\n", "\u200b\u200d\ufeff", "\u2800", "\u3164", "\x07"])
def test_nothing_to_read_is_no_message(nothing: str) -> None:
    with pytest.raises(InvalidInput, match="empty"):
        clean_text(nothing)


@pytest.mark.parametrize("broken", ["\0", "hel\0lo", "\ud800", "a\udfffb"])
def test_what_is_no_text_is_refused_as_such(broken: str) -> None:
    with pytest.raises(InvalidText):
        clean_text(broken)


def test_the_longest_message_is_taken() -> None:
    assert len(clean_text("x" * MAX_TEXT)) == 1600


def test_one_character_more_is_refused_with_both_numbers() -> None:
    with pytest.raises(InvalidInput, match="1601 characters; at most 1600"):
        clean_text("x" * 1601)


def test_a_refusal_names_the_field_as_the_caller_does() -> None:
    with pytest.raises(InvalidInput) as refused:
        clean_text("", "Body")
    assert refused.value.field == "Body"


@pytest.mark.parametrize("good", ["1", "SM0123456789abcdef", "~!", "x" * 255])
def test_a_delivery_id_is_visible_ascii(good: str) -> None:
    assert clean_delivery_id(good) == good


@pytest.mark.parametrize("bad", ["", "a b", "x" * 256, "caf\u00e9", "a\n", "\0"])
def test_other_delivery_ids_are_refused(bad: str) -> None:
    with pytest.raises(InvalidInput, match="255"):
        clean_delivery_id(bad)


def test_every_kind_of_sender_has_an_identity_of_its_own() -> None:
    address = make_address(phone="+14155550123")
    whatsapp = make_address(phone="+14155550123", channel=Channel.WHATSAPP)
    senders = (address, whatsapp, SessionRef("x"), Capability("x", TokenKind.PAGE))
    assert len({identity(sender) for sender in senders}) == len(senders)


def test_the_repr_of_a_capability_hides_its_token() -> None:
    assert "opensesame" not in repr(Capability("opensesame", TokenKind.PAGE))
