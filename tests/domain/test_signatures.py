"""Signatures as Standard Webhooks has them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook as Official

from chatterkeep.domain.signatures import Signed, fits, read_secret, sign, write_secret
from chatterkeep.services.signatures import generate_secret
from tests.make import NOW

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MOMENT = 1614265330
BODY = b'{"test": 2432232314}'


def test_the_published_example_comes_out() -> None:
    headers = sign(read_secret(SECRET), "msg_p5jXN8AQM9LWM0D4loKWxJek", MOMENT, BODY)
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@given(st.text(st.characters(codec="ascii", exclude_characters=".", min_codepoint=33, max_codepoint=126), min_size=1))
def test_we_sign_what_the_official_package_signs(message_id: str) -> None:
    ours = sign(read_secret(SECRET), message_id[:255], int(NOW.timestamp()), BODY)
    assert ours["webhook-signature"] == Official(SECRET).sign(message_id[:255], NOW, BODY.decode())


@given(st.binary())
def test_what_is_signed_fits_and_with_another_byte_it_does_not(body: bytes) -> None:
    secret = read_secret(SECRET)
    signed = Signed(*sign(secret, "m", MOMENT, body).values())
    assert fits([secret], signed, body, MOMENT)
    assert not fits([secret], signed, body + b"x", MOMENT)
    assert not fits([], signed, body, MOMENT)


@pytest.mark.parametrize("wrong", ["", "a.b", "a b", "é", "a\n", "x" * 256])
def test_an_id_that_could_be_read_in_two_ways_is_not_signed(wrong: str) -> None:
    with pytest.raises(ValueError, match="full stop"):
        sign(read_secret(SECRET), wrong, MOMENT, BODY)


def test_a_new_secret_is_long_and_never_the_same() -> None:
    first, other = generate_secret(), generate_secret()
    assert first != other
    assert len(read_secret(first)) == 32
    assert write_secret(read_secret(first)) == first


@pytest.mark.parametrize("wrong", ["whsec_***", "whsec_a", "whsec_MfKQ9r8G KYqr"])
def test_what_is_no_base64_is_no_secret(wrong: str) -> None:
    with pytest.raises(ValueError, match="base64"):
        read_secret(wrong)
