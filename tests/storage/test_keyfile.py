"""The file of keys: made once, for its owner's eyes only, and refused where it is weak."""

import base64
import json
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from chatterkeep.storage.keyfile import KeyFile, UnusableKeys, change_key_file, create_key_file, new_key, read_key_file


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "keys" / "keys.json"
    create_key_file(path)
    return path


def change(path: Path, edit: Callable[[dict[str, Any]], None]) -> None:
    content = json.loads(path.read_text())
    edit(content)
    path.write_text(json.dumps(content))


def key(byte: bytes, length: int = 32) -> str:
    return base64.b64encode(byte * length).decode()


def test_a_new_file_is_read_by_its_owner_only(path: Path) -> None:
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_new_file_holds_three_different_keys(path: Path) -> None:
    ring = read_key_file(path)
    assert len({ring.wrapping[1], ring.pepper[1], ring.secrets[1]}) == 3


def test_two_files_never_hold_the_same_keys(path: Path, tmp_path: Path) -> None:
    create_key_file(tmp_path / "other.json")
    assert read_key_file(tmp_path / "other.json") != read_key_file(path)


def test_a_file_that_exists_is_never_replaced(path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(FileExistsError):
        create_key_file(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666, 0o620, 0o610])
def test_a_file_that_others_can_touch_is_refused_with_the_fix(path: Path, mode: int) -> None:
    path.chmod(mode)
    with pytest.raises(UnusableKeys, match=f"chmod 600 {path}"):
        read_key_file(path)


def test_a_missing_file_is_told_with_the_command_that_makes_one(tmp_path: Path) -> None:
    with pytest.raises(UnusableKeys, match="flask keys generate"):
        read_key_file(tmp_path / "none.json")


WEAK = {
    "one byte too long": lambda c: c["wrapping"].update({"2": base64.b64encode(os.urandom(33)).decode()}),
    "one byte too short": lambda c: c.update(ledger=base64.b64encode(os.urandom(31)).decode()),
    "a password": lambda c: c.update(secret=base64.b64encode(b"mysupersecretpassword1234567890!").decode()),
    "too short": lambda c: c["wrapping"].update({"1": key(b"\x01\x02\x03\x04\x05\x06\x07\x08", 3)}),
    "all zero": lambda c: c["pepper"].update({"1": key(b"\0")}),
    "of a few letters": lambda c: c.update(secret=key(b"abcd", 8)),
    "none at all": lambda c: c.update(wrapping={}),
}


@pytest.mark.parametrize("edit", WEAK.values(), ids=WEAK)
def test_a_weak_key_is_refused(path: Path, edit: Callable[[dict[str, Any]], None]) -> None:
    change(path, edit)
    with pytest.raises(UnusableKeys, match="weak key"):
        read_key_file(path)


def test_one_key_for_two_purposes_is_refused(path: Path) -> None:
    change(path, lambda c: c.update(secret=c["pepper"]["1"]))
    with pytest.raises(UnusableKeys, match="uses one key twice"):
        read_key_file(path)


@pytest.mark.parametrize("purpose", ["wrapping", "secret"])
def test_a_ledger_that_is_another_key_is_refused(path: Path, purpose: str) -> None:
    change(path, lambda c: c.update(ledger=c[purpose]["1"]))
    with pytest.raises(UnusableKeys, match="uses one key twice"):
        read_key_file(path)


def test_the_first_pepper_may_be_the_ledger_as_it_once_was(path: Path) -> None:
    change(path, lambda c: c.update(ledger=c["pepper"]["1"]))
    assert read_key_file(path).ledger == read_key_file(path).pepper[1]


@pytest.mark.parametrize("number", ["0", "-1", "65536"])
def test_a_version_that_no_ciphertext_has_room_for_is_refused(path: Path, number: str) -> None:
    change(path, lambda c: c["wrapping"].update({number: base64.b64encode(os.urandom(32)).decode()}))
    with pytest.raises(UnusableKeys, match="no number from 1 to 65535"):
        read_key_file(path)


def test_one_key_for_two_versions_is_refused(path: Path) -> None:
    change(path, lambda c: c["wrapping"].update({"2": c["wrapping"]["1"]}))
    with pytest.raises(UnusableKeys, match="uses one key twice"):
        read_key_file(path)


DAMAGED = ["", "{", "[]", "5", '{"wrapping": {}}', '{"wrapping": [], "pepper": {}, "secret": ""}', '{"secret": null}']


@pytest.mark.parametrize("text", DAMAGED)
def test_a_damaged_file_is_told_without_its_content(path: Path, text: str) -> None:
    path.write_text(text)
    with pytest.raises(UnusableKeys, match="is not a usable key file"):
        read_key_file(path)


@pytest.mark.parametrize("value", ["not base64!", 5, None, "\u00e9"])
def test_a_key_that_is_no_base64_is_told_without_its_content(path: Path, value: object) -> None:
    change(path, lambda c: c.update(secret=value))
    with pytest.raises(UnusableKeys) as refused:
        read_key_file(path)
    assert "not base64!" not in str(refused.value)


def test_a_file_that_became_unusable_changes_nothing_until_it_is_mended(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    keys = KeyFile(path)
    before = keys.latest()
    change(path, lambda c: c["wrapping"].update({"2": base64.b64encode(os.urandom(33)).decode()}))
    assert [keys.latest(at_once=True), keys.latest(at_once=True)] == [before, before]
    assert [record.message for record in caplog.records] == ["keys.unusable"]
    change(path, lambda c: c["wrapping"].update({"2": base64.b64encode(os.urandom(32)).decode()}))
    assert keys.latest(at_once=True).wrapping.keys() == {1, 2}


def test_what_the_advice_says_helps_a_running_server(path: Path) -> None:
    keys = KeyFile(path)
    change(path, lambda c: c["wrapping"].update({"2": base64.b64encode(os.urandom(32)).decode()}))
    path.chmod(0o644)
    assert keys.latest(at_once=True).wrapping.keys() == {1}
    path.chmod(0o600)
    assert keys.latest(at_once=True).wrapping.keys() == {1, 2}


def test_what_is_wrong_with_a_file_that_changed_is_logged_at_the_first_look(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    keys = KeyFile(path)
    change(path, lambda c: c.update(wrapping={}))
    keys.latest(at_once=True)
    (record,) = caplog.records
    assert record.message == "keys.unusable"
    assert "weak key" in record.__dict__["problem"]


def test_a_file_tells_what_is_in_use_since_when_and_where_rotations_lead(path: Path) -> None:
    at = "2026-03-14T15:09:26+00:00"
    standing = {"current": {"wrapping": 1, "data": 3}, "since": {"wrapping": at}, "rotating": {"wrapping": 2}}
    change(path, lambda c: c["wrapping"].update({"2": new_key()}))
    ring = change_key_file(path, lambda c: c.update(standing))
    assert (ring.current, ring.rotating) == (standing["current"], standing["rotating"])
    assert ring.since == {"wrapping": datetime.fromisoformat(at)}
    assert (ring.in_use("wrapping"), ring.in_use("data")) == (1, 3)


def test_a_file_of_before_is_read_and_changed_into_its_newest_form(path: Path) -> None:
    older = json.loads(path.read_text())
    secret, pepper = older["secret"]["1"], {"2": new_key(), "10": new_key()}
    path.write_text(json.dumps({"wrapping": older["wrapping"], "pepper": pepper, "secret": secret}))
    ring = read_key_file(path)
    assert (list(ring.secrets), ring.ledger) == ([1], ring.pepper[2])
    assert change_key_file(path, lambda c: None) == ring
    newest = {"current": {}, "since": {}, "rotating": {}, "secret": {"1": secret}, "ledger": pepper["2"]}
    assert json.loads(path.read_text()) == {"wrapping": older["wrapping"], "pepper": pepper, **newest}


def test_a_version_that_is_not_there_cannot_be_put_to_use(path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(UnusableKeys, match="version of pepper as current"):
        change_key_file(path, lambda c: c.update(current={"pepper": 2}))
    assert path.read_bytes() == before
    change(path, lambda c: c.pop("pepper"))
    with pytest.raises(UnusableKeys, match="KeyError"):
        read_key_file(path)


def test_what_is_no_letter_of_base64_is_not_passed_over(path: Path) -> None:
    change(path, lambda c: c["wrapping"].update({"1": f"!{c['wrapping']['1']}"}))
    with pytest.raises(UnusableKeys, match="is not a usable key file"):
        read_key_file(path)
