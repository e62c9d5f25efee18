"""The canary itself: it must sing for what is private, and be silent for what is not."""

import pytest

from tests.canary import private_in
from tests.make import NAME, PASSWORD, SONG, make_phone


@pytest.mark.parametrize(
    "secret",
    [
        "+447911123456",
        "14155550123",
        "4155551001",
        make_phone(),
        NAME.upper(),
        SONG,
        PASSWORD,
        "ck_live_0123456789abcdef",
        "ck_s_0123456789abcdef",
        "/c/0123456789abcdefghijklm",
        "Xk3v0JrQ9mZ7bT1nLw5yHc8dPf2sGa4uEi6oRj-_qVx",
        "/verify/0123456789abcdefghijklm",
        "/erased/af95080d-1670-4f45-8a47-db211c81abf9",
        "048213 is your ChatterKeep code.",
        "Your code: 048213",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
        "otpauth://totp/ada",
    ],
)
def test_what_is_private_is_found(secret: str) -> None:
    assert private_in(f'{{"event": "request", "note": "{secret}"}}')


@pytest.mark.parametrize(
    "line",
    [
        '{"at": "2026-03-14T15:09:26.123+00:00", "request_id": "0123456789abcdef", "status": 200, "ms": 1234567.8}',
        '{"route": "/c/<token>/verify/<proof>/code", "status": 303, "pid": 123456, "ms": 104729}',
        '{"route": "/erased/<uuid:receipt_id>", "status": 200, "code": "VALIDATION_ERROR"}',
        '{"route": "/c/<token>/messages", "where": ["turns.py:44 receive", "test_a_long_name_that_says_it_all"]}',
    ],
)
def test_what_is_public_is_left_alone(line: str) -> None:
    assert private_in(line) is None
