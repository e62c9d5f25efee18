"""The edges of a signature: each part that is checked, and just beyond."""

import base64
import hashlib
import hmac
from collections.abc import Sequence

import pytest

from chatterkeep.domain.signatures import TOLERANCE, Signed, fits, read_secret, sign, write_secret
from chatterkeep.services.signatures import Signatures, generate_secret
from tests.make import NOW, make_key

BODY = b'{"phone": "x"}'
AT = int(NOW.timestamp())
KEY, OTHER = make_key(seed=1), make_key(seed=2)


def signed(key: bytes = KEY, at: int = AT, body: bytes = BODY) -> Signed:
    headers = sign(key, "sms-1", at, body)
    return Signed(headers["webhook-id"], headers["webhook-timestamp"], headers["webhook-signature"])


def good(given: Signed, now: float = AT, keys: Sequence[bytes] = (KEY,), body: bytes = BODY) -> bool:
    return fits(keys, given, body, now)


def test_the_headers_have_the_names_of_the_standard() -> None:
    headers = sign(KEY, "sms-1", AT, BODY)
    assert set(headers) == {"webhook-id", "webhook-timestamp", "webhook-signature"}
    assert (headers["webhook-id"], headers["webhook-timestamp"]) == ("sms-1", str(AT))
    assert headers["webhook-signature"].startswith("v1,")


@pytest.mark.parametrize("off", [-TOLERANCE, -1, 0, 1, TOLERANCE])
def test_up_to_five_minutes_off_is_the_same_moment(off: int) -> None:
    assert good(signed(), AT + off)


@pytest.mark.parametrize("off", [-TOLERANCE - 1, -TOLERANCE - 0.5, TOLERANCE + 0.5, TOLERANCE + 1])
def test_a_moment_more_is_another_one(off: float) -> None:
    assert not good(signed(), AT + off)


@pytest.mark.parametrize(
    "given",
    [
        Signed("", str(AT), signed().signature),
        Signed("sms.1", str(AT), signed().signature),
        Signed("sms-1", "", signed().signature),
        Signed("sms-1", f"{AT}.0", signed().signature),
        Signed("sms-1", f"-{AT}", signed().signature),
        Signed("sms-1", "\u0661", signed().signature),
        Signed("", "", ""),
        Signed("sms-1", str(AT), ""),
        Signed("sms-2", str(AT), signed().signature),
        Signed("sms-1", str(AT + 1), signed().signature),
    ],
)
def test_each_header_must_be_there_and_be_the_one_that_was_signed(given: Signed) -> None:
    assert not good(given)


@pytest.mark.parametrize(
    ("message_id", "at"), [("sms.1", str(AT)), ("sms-1", f"+{AT}"), ("sms-1", f" {AT}"), ("", str(AT))]
)
def test_what_could_be_read_in_two_ways_does_not_fit_though_it_is_signed(message_id: str, at: str) -> None:
    digest = hmac.digest(KEY, f"{message_id}.{at}.".encode() + BODY, hashlib.sha256)
    assert not good(Signed(message_id, at, f"v1,{base64.b64encode(digest).decode()}"))


@pytest.mark.parametrize("form", ["{0}", "v1,AAAA {0}", "{0} v1,AAAA", "v1a,x {0} v2,y"])
def test_one_of_several_signatures_must_fit(form: str) -> None:
    assert good(Signed("sms-1", str(AT), form.format(signed().signature)))


@pytest.mark.parametrize("form", ["{0},", " ,{0}", "{0}\t", "\t{0}", "{0}XX", "{0}\n{0}", "{0}\xa0"])
def test_signatures_are_apart_by_a_space_and_nothing_else(form: str) -> None:
    assert not good(Signed("sms-1", str(AT), form.format(signed().signature)))


def test_each_secret_opens_and_no_other_does() -> None:
    assert good(signed(KEY), keys=(KEY, OTHER))
    assert good(signed(OTHER), keys=(KEY, OTHER))
    assert not good(signed(OTHER))
    assert not good(signed(), keys=())
    assert not good(signed(), body=BODY + b" ")


def test_a_secret_is_read_with_and_without_its_padding_and_prefix() -> None:
    for length in (24, 25, 26, 32):
        key = bytes(range(length))
        written = write_secret(key)
        assert written.startswith("whsec_")
        assert read_secret(written) == read_secret(written.rstrip("=")) == read_secret(written[6:]) == key
    with pytest.raises(ValueError, match=r"^is no base64$"):
        read_secret("whsec_!!")


def test_an_id_with_a_full_stop_is_not_signed() -> None:
    with pytest.raises(ValueError, match=r"^an id has 1 to 255 visible ASCII characters and no full stop$"):
        sign(KEY, "a.b", AT, BODY)


def test_the_gateway_is_known_by_the_secrets_that_are_written_down() -> None:
    known = Signatures([write_secret(KEY)])
    assert known.known
    assert known.fit(signed(), BODY, NOW)
    assert not known.fit(signed(OTHER), BODY, NOW)
    assert not known.fit(signed(), BODY + b"x", NOW)
    nobody = Signatures([])
    assert not nobody.known
    assert not nobody.fit(signed(), BODY, NOW)


def test_a_new_secret_has_256_bits() -> None:
    assert len(read_secret(generate_secret())) == 32
