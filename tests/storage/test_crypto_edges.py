"""What must not be alike, and what a vault does that has no store of shares: mutants showed both to be open."""

from pathlib import Path

import pytest

from chatterkeep.storage.crypto import CannotDecrypt, Vault
from chatterkeep.storage.keyfile import create_key_file, read_key_file
from chatterkeep.storage.ring import PEPPER, SECRET, WRAPPING
from tests.make import make_keys


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
