"""What must not be alike, and what a vault does that has no store of shares: mutants showed both to be open."""

from pathlib import Path

import pytest

from chatterkeep.storage.crypto import CannotDecrypt, DataKey, Vault
from chatterkeep.storage.keyfile import create_key_file, read_key_file
from chatterkeep.storage.ring import DATA, PEPPER, SECRET, WRAPPING, KeyRing, SigningKeys
from tests.make import make_key, make_keys


@pytest.fixture
def vault() -> Vault:
    return Vault(make_keys(wrapping=(1, 2)))


def test_what_never_changes_is_hashed_by_purpose_and_value(vault: Vault) -> None:
    hashes = {vault.ledger(purpose, value) for purpose in ("delivery", "word", "") for value in ("a", "b", "")}
    assert len(hashes) == 9
    assert vault.ledger("delivery", "a") != vault.lookup("delivery", "a")


def test_without_shares_a_key_is_wrapped_anew_and_opens_the_same(vault: Vault) -> None:
    wrapped, key = Vault(make_keys(wrapping=(1,))).new_data_key("s-1")
    anew = vault.rewrap(wrapped, "s-1")
    assert (wrapped[2], anew[2]) == (1, 2), "the version of the wrapping key"
    blob = key.encrypt("hello", "here")
    assert vault.data_key(anew, "s-1").decrypt(blob, "here") == "hello"
    with pytest.raises(CannotDecrypt):
        vault.rewrap(wrapped, "s-2")


def test_what_a_data_key_encrypts_names_no_wrapping_key(vault: Vault) -> None:
    _, key = vault.new_data_key("s-1")
    assert key.encrypt("hello", "here")[:3] == b"\1\0\0"


def test_without_shares_there_is_nothing_to_forget(vault: Vault) -> None:
    assert vault.forget("s-1", "s-2") == 0


def test_a_new_key_file_has_a_key_of_its_own_for_every_purpose(tmp_path: Path) -> None:
    path = tmp_path / "new" / "deep" / "keys.json"
    create_key_file(path)
    ring = read_key_file(path)
    keys = [key for purpose in (WRAPPING, PEPPER, SECRET) for key in ring.versions(purpose).values()] + [ring.ledger]
    assert len(keys) == len(set(keys)) == 4
    assert {len(key) for key in keys} == {32}


@pytest.mark.parametrize(("length", "steps"), [(0, 1), (30, 1), (31, 1), (32, 2), (63, 2), (64, 3)])
def test_a_length_tells_only_how_many_steps_of_32_it_takes(length: int, steps: int) -> None:
    header, nonce, tag = 3, 12, 16
    assert len(DataKey(make_key()).encrypt("x" * length, "here")) == header + nonce + 32 * steps + tag


@pytest.mark.parametrize("wrapped", [b"", b"\1", b"\1\0", b"\1\0\1", b"\2\0\1", b"\2\0\1\0\1", b"\1\0\1" + bytes(12)])
def test_a_data_key_that_is_cut_short_cannot_be_opened_or_wrapped_anew(vault: Vault, wrapped: bytes) -> None:
    for use in (vault.data_key, vault.rewrap):
        with pytest.raises(CannotDecrypt):
            use(wrapped, "s-1")


def test_what_the_installation_sealed_is_sealed_anew_by_the_key_in_use(vault: Vault) -> None:
    before = Vault(make_keys(wrapping=(1,))).seal("secret", "staff.totp:7")
    anew = vault.reseal(before, "staff.totp:7")
    assert (before[:3], anew[:3]) == (b"\1\0\1", b"\1\0\2")
    assert Vault(make_keys(wrapping=(2,))).unseal(anew, "staff.totp:7") == "secret"
    with pytest.raises(CannotDecrypt):
        vault.reseal(before, "staff.totp:8")


def test_a_number_is_looked_up_under_every_pepper_first_under_the_one_in_use() -> None:
    old, new = Vault(make_keys(pepper=(1,))), Vault(make_keys(pepper=(1, 2)))
    assert new.lookups("address", "sms:+1") == (new.lookup("address", "sms:+1"), old.lookup("address", "sms:+1"))
    assert new.lookup("address", "sms:+1", 1) == old.lookup("address", "sms:+1")


class ChangingKeys:
    """Keys that another process exchanges: what is new is seen by whoever looks at once."""

    def __init__(self, ring: KeyRing) -> None:
        self.seen = self.stored = ring
        self.looks = 0

    def latest(self, at_once: bool = False) -> KeyRing:
        if at_once:
            self.looks += 1
            self.seen = self.stored
        return self.seen


def test_a_key_that_another_process_made_is_looked_for_at_once_and_only_then() -> None:
    keys = ChangingKeys(make_keys(wrapping=(1,)))
    vault = Vault(keys)
    known, _ = vault.new_data_key("s-1")
    unknown, _ = Vault(make_keys(wrapping=(1, 2))).new_data_key("s-2")
    keys.stored = make_keys(wrapping=(1, 2))
    assert vault.data_key(known, "s-1")
    assert (keys.looks, vault.wrapping_version) == (0, 1)
    assert vault.data_key(unknown, "s-2")
    assert (keys.looks, vault.wrapping_version) == (1, 2)


def test_a_key_that_was_retired_opens_nothing_as_soon_as_that_is_seen() -> None:
    keys = ChangingKeys(make_keys(wrapping=(1, 2)))
    vault = Vault(keys)
    wrapped, _ = Vault(make_keys(wrapping=(1,))).new_data_key("s-1")
    assert vault.data_key(wrapped, "s-1")
    keys.stored = make_keys(wrapping=(2,))
    assert set(vault.ring.wrapping) == {2}, "looked at anew"
    with pytest.raises(CannotDecrypt, match="version 1"):
        vault.data_key(wrapped, "s-1")


def test_the_version_in_use_is_the_one_that_is_named_else_the_highest() -> None:
    keys = make_keys(wrapping=(1, 3, 2))
    assert (keys.in_use(WRAPPING), keys.in_use(DATA)) == (3, 1)
    named = KeyRing(keys.wrapping, keys.pepper, keys.secrets, keys.ledger, {WRAPPING: 2, DATA: 4})
    assert (named.in_use(WRAPPING), named.in_use(DATA)) == (2, 4)


def test_the_secret_in_use_signs_and_the_others_are_recognised() -> None:
    secrets = {1: make_key(seed=1), 2: make_key(seed=2), 3: make_key(seed=3)}
    ring = KeyRing({}, {}, secrets, b"", {SECRET: 2})
    assert list(SigningKeys(ring)) == [secrets[1], secrets[3], secrets[2]]
