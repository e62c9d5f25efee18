"""Whom Twilio's signature makes us believe: who signed this very request, for this very address."""

import secrets
from dataclasses import replace
from hashlib import sha256
from urllib.parse import urlencode

import pytest

from chatterkeep.domain.twilio import sign
from chatterkeep.services.twilio import Delivered, Twilio, read_form

TOKEN = secrets.token_hex(16)
FORM = [("Body", "hello"), ("From", "+14155550123")]


def delivered(url: str, digest: str = "sha1", manner: str = "") -> Delivered:
    """A form that Twilio signed, as it called this address."""
    signature = sign(TOKEN, url, FORM, digest)
    return Delivered("/sms", "", urlencode(FORM).encode(), is_form=True, signature=signature, manner=manner)


@pytest.mark.parametrize(
    ("public", "called", "fits"),
    [
        ("https://chat.example.org", "https://chat.example.org/sms", True),
        ("https://chat.example.org", "https://chat.example.org:443/sms", True),
        ("https://chat.example.org", "https://chat.example.org:80/sms", False),
        ("https://chat.example.org", "http://chat.example.org/sms", False),
        ("https://chat.example.org:443", "https://chat.example.org/sms", True),
        ("https://chat.example.org:8443", "https://chat.example.org:8443/sms", True),
        ("https://chat.example.org:8443", "https://chat.example.org/sms", True),
        ("https://chat.example.org:8443", "https://chat.example.org:443/sms", False),
        ("http://chat.example.org", "http://chat.example.org:80/sms", True),
        ("http://chat.example.org", "http://chat.example.org:443/sms", False),
        ("https://chat.example.org/of/us", "https://chat.example.org:443/of/us/sms", True),
        ("https://chat.example.org/of/us", "https://chat.example.org/sms", False),
    ],
)
def test_an_address_fits_with_its_own_port_and_without(public: str, called: str, fits: bool) -> None:
    assert Twilio([TOKEN], public).fit(delivered(called)) is fits


CALLED = "https://chat.example.org/sms"
TWILIO = Twilio([TOKEN], "https://chat.example.org")


@pytest.mark.parametrize(
    ("manner", "digest", "fits"),
    [
        ("", "sha1", True),
        ("", "sha256", False),
        ("algorithm=HMAC_SHA256", "sha256", True),
        ("algorithm=hmac_sha256", "sha256", True),
        ("key=a=b, algorithm=HMAC_SHA256", "sha256", True),
        ("algorithm=HMAC_SHA256", "sha1", False),
        ("algorithm=HMAC_SHA1", "sha1", True),
        ("algorithm=", "sha1", True),
        ("algorithm=HMAC_MD5", "md5", False),
        ("algorithm=NONE", "sha1", False),
        ("algorithm=HMAC_SHA1=", "sha1", False),
    ],
)
def test_only_the_digest_that_is_named_fits_and_sha1_where_none_is(manner: str, digest: str, fits: bool) -> None:
    assert TWILIO.fit(delivered(CALLED, digest, manner)) is fits


def test_nothing_fits_before_the_token_and_the_address_are_known() -> None:
    assert TWILIO.fit(delivered(CALLED))
    assert not Twilio([], "https://chat.example.org").fit(delivered(CALLED))
    assert not Twilio([TOKEN], "").fit(delivered("/sms"))


def with_query(query: str, body: bytes) -> Delivered:
    """A body of another kind, behind an address whose query Twilio signed."""
    return Delivered("/sms", query, body, False, sign(TOKEN, f"{CALLED}?{query}", []), "")


def test_another_body_than_a_form_fits_by_its_one_hash_in_the_address() -> None:
    body = b'{"Body": "hello"}'
    named = f"bodySHA256={sha256(body).hexdigest()}"
    assert TWILIO.fit(with_query(named, body))
    assert TWILIO.fit(with_query(f"a=b&{named}", body))
    assert TWILIO.fit(with_query(f"next=https://example.org/&{named}", body))
    assert not TWILIO.fit(with_query(f"{named}&bodySHA256=", body))
    assert not TWILIO.fit(with_query(f"{named}&{named}", body))
    assert not TWILIO.fit(with_query("bodySHA256=\u00e9", body))
    assert not TWILIO.fit(with_query("a=b", body))
    assert not TWILIO.fit(replace(with_query(named, body), body=body + b" "))


@pytest.mark.parametrize("body", [b"Body=%FF", b"Body=\xff", b"a=1&" * 200 + b"a=1"])
def test_what_cannot_be_read_in_one_way_only_is_no_form(body: bytes) -> None:
    assert read_form(body) is None
    assert not TWILIO.fit(replace(delivered(CALLED), body=body))


def test_a_form_is_read_whole_with_what_is_empty_and_what_comes_again() -> None:
    assert read_form(b"a=1&b=&a=2&c=%C3%BC+%26") == [("a", "1"), ("b", ""), ("a", "2"), ("c", "\u00fc &")]
    assert len(read_form(b"&".join([b"a=1"] * 200)) or ()) == 200


def test_a_refusal_is_logged_with_the_length_of_what_was_checked(caplog: pytest.LogCaptureFixture) -> None:
    came = replace(delivered(CALLED), query="a=1", signature="")
    assert not TWILIO.fit(came)
    (record,) = (one for one in caplog.records if one.message == "twilio.refused")
    assert f"{CALLED} ({len(CALLED) + 4} characters" in record.__dict__["problem"]
