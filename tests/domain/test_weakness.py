"""Which keys are told from random ones."""

import os

import pytest

from chatterkeep.domain.weakness import is_weak

WEAK = [
    b"change-me-change-me-change-me-12",
    b"mysupersecretpassword1234567890!",
    b"0123456789abcdef0123456789abcdef",
    "Geheimes Gr\u00fc\u00dfchen, 1234567890 q".encode(),
    b"first line\nand the next, abcdefghijk\n",
    bytes(range(32)),
    bytes(range(255, 223, -1)),
    bytes(i * 7 % 256 for i in range(32)),
    b"abcdefgh" * 4,
    b"\xf0\x9f\x01\xff" * 8,
    b"\x80\xff" + bytes(30),
    bytes.fromhex("f1e2d3c4b5a69788796a5b4c3d2e1f00"),
]


@pytest.mark.parametrize("key", WEAK)
def test_what_somebody_thought_up_is_weak(key: bytes) -> None:
    assert is_weak(key)


@pytest.mark.parametrize("length", [24, 32, 64])
def test_random_bytes_are_not(length: int) -> None:
    assert not any(is_weak(os.urandom(length), shortest=24) for _ in range(1000))


def test_a_short_secret_may_have_fewer_different_bytes() -> None:
    fifteen = bytes(range(128, 143))[::-1] + b"\x80\x8a\x83\x81\x85\x82\x89\x84\x86"
    assert not is_weak(fifteen, shortest=24)
    assert is_weak(fifteen.replace(b"\x8e", b"\x80"), shortest=24)
