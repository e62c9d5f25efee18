"""Encryption at rest: a value opens with its own key, in its own place, or not at all."""

import pytest

from chatterkeep.storage.crypto import CannotDecrypt, DataKey, Vault, hash_token
from chatterkeep.storage.ring import KeyRing
from tests.make import make_key, make_keys

PLACE = "messages.body:1:1"


@pytest.fixture
def data_key() -> DataKey:
    return DataKey(make_key())


@pytest.mark.parametrize(
    "text", ["", "hello", "x" * 31, "x" * 32, "ends with nul\0\0", "caf\u00e9 \U0001f468\u200d\U0001f469"]
)
def test_a_text_comes_back_as_it_was(data_key: DataKey, text: str) -> None:
    assert data_key.decrypt(data_key.encrypt(text, PLACE), PLACE) == text


def test_the_same_text_never_looks_the_same(data_key: DataKey) -> None:
    assert len({data_key.encrypt("hello", PLACE) for _ in range(100)}) == 100


def test_short_texts_have_one_length(data_key: DataKey) -> None:
    assert len({len(data_key.encrypt("x" * n, PLACE)) for n in range(31)}) == 1


def test_a_blob_moved_to_another_row_does_not_open(data_key: DataKey) -> None:
    with pytest.raises(CannotDecrypt, match="moved"):
        data_key.decrypt(data_key.encrypt("hello", PLACE), "messages.body:1:2")


def test_another_key_does_not_open_it(data_key: DataKey) -> None:
    with pytest.raises(CannotDecrypt):
        DataKey(make_key(seed=9)).decrypt(data_key.encrypt("hello", PLACE), PLACE)


def test_no_bit_can_be_flipped(data_key: DataKey) -> None:
    blob = data_key.encrypt("hello", PLACE)
    for place in [0, *range(3, len(blob))]:
        flipped = blob[:place] + bytes([blob[place] ^ 1]) + blob[place + 1 :]
        with pytest.raises(CannotDecrypt):
            data_key.decrypt(flipped, PLACE)


@pytest.mark.parametrize("blob", [b"", b"\x01", b"\x01\x00\x00" + bytes(12), b"\x02" + bytes(60)])
def test_what_is_no_blob_is_refused(data_key: DataKey, blob: bytes) -> None:
    with pytest.raises(CannotDecrypt):
        data_key.decrypt(blob, PLACE)


def test_a_data_key_opens_for_its_session_only() -> None:
    vault = Vault(make_keys())
    wrapped, _ = vault.new_data_key("alice")
    with pytest.raises(CannotDecrypt):
        vault.data_key(wrapped, "bob")


def test_a_data_key_lives_in_the_database_wrapped() -> None:
    wrapped, key = Vault(make_keys()).new_data_key("alice")
    again = Vault(make_keys()).data_key(wrapped, "alice")
    assert again.decrypt(key.encrypt("hello", PLACE), PLACE) == "hello"


def test_an_older_wrapping_key_still_opens_what_it_wrapped() -> None:
    wrapped, _ = Vault(make_keys(wrapping=(1,))).new_data_key("alice")
    assert Vault(make_keys(wrapping=(1, 2))).data_key(wrapped, "alice")


def test_new_data_keys_are_wrapped_by_the_newest_key() -> None:
    wrapped, _ = Vault(make_keys(wrapping=(1, 2))).new_data_key("alice")
    with pytest.raises(CannotDecrypt, match="version 2"):
        Vault(make_keys(wrapping=(1,))).data_key(wrapped, "alice")


def test_a_retired_wrapping_key_opens_nothing() -> None:
    wrapped, _ = Vault(make_keys(wrapping=(1, 2))).new_data_key("alice")
    with pytest.raises(CannotDecrypt, match="not in the key ring"):
        Vault(make_keys(wrapping=(1, 3))).data_key(wrapped, "alice")


def test_a_damaged_data_key_is_told_as_such() -> None:
    with pytest.raises(CannotDecrypt):
        Vault(make_keys()).data_key(b"\x01", "alice")


def test_a_number_is_found_by_a_hash_that_needs_the_pepper() -> None:
    here, elsewhere = Vault(make_keys(pepper=(1,))), Vault(make_keys(pepper=(2,)))
    assert here.lookup("address", "sms:+1") == here.lookup("address", "sms:+1")
    assert here.lookup("address", "sms:+1") != elsewhere.lookup("address", "sms:+1")


def test_one_value_has_another_hash_for_each_purpose() -> None:
    vault = Vault(make_keys())
    assert vault.lookup("address", "x") != vault.lookup("claim", "x")


def test_purpose_and_value_cannot_be_shifted_into_each_other() -> None:
    vault = Vault(make_keys())
    assert vault.lookup("ab", "c") != vault.lookup("a", "bc")


def test_the_repr_of_a_key_ring_shows_versions_only() -> None:
    ring = make_keys(wrapping=(1, 2))
    assert repr(ring) == "KeyRing(wrapping=[1, 2], pepper=[1])"


def test_a_token_is_kept_as_its_hash() -> None:
    assert hash_token("abc").hex().startswith("ba7816bf")


def test_a_key_ring_is_a_value() -> None:
    assert make_keys() == make_keys()
    assert isinstance(make_keys(), KeyRing)
