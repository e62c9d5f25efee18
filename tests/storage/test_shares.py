"""The other half of each data key: without it nothing opens, in no copy of the database; destroyed, it is nowhere."""

import shutil
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, delete, event, select

from chatterkeep.domain.errors import NotFound, StoreBusy
from chatterkeep.services.wiring import Services
from chatterkeep.settings import Settings
from chatterkeep.storage.crypto import CannotDecrypt, Forgotten, Vault
from chatterkeep.storage.db import Database
from chatterkeep.storage.keyfile import read_key_file
from chatterkeep.storage.models import ConversationRecord, MessageRecord, SessionRecord
from chatterkeep.storage.places import body_place
from chatterkeep.storage.shares import LOOK, Shares
from tests import databases
from tests.make import NAME, NOW, make_address, make_inbound

ID = "00000000-0000-4000-8000-000000000001"


def in_files(folder: Path, sought: bytes) -> list[str]:
    return [path.name for path in folder.glob("shares.sqlite3*") if sought in path.read_bytes()]


@databases.both
def test_a_new_data_key_opens_in_another_process(vault: Vault, settings: Settings, database: Database) -> None:
    wrapped, key = vault.new_data_key(ID)
    opened = databases.vault(settings, database).data_key(wrapped, ID)
    assert opened.decrypt(key.encrypt("hello", "here"), "here") == "hello"


@databases.both
def test_the_database_and_the_key_file_together_open_nothing(vault: Vault, settings: Settings) -> None:
    wrapped, _ = vault.new_data_key(ID)
    with pytest.raises(Forgotten):
        Vault(read_key_file(settings.keys)).data_key(wrapped, ID)


@databases.both
def test_what_is_forgotten_opens_at_once_no_more(vault: Vault) -> None:
    wrapped, _ = vault.new_data_key(ID)
    vault.data_key(wrapped, ID)
    assert vault.forget(ID) == 1
    with pytest.raises(Forgotten, match=ID):
        vault.data_key(wrapped, ID)


@databases.both
def test_another_process_that_has_it_open_notices_within_seconds(
    vault: Vault, settings: Settings, database: Database
) -> None:
    wrapped, _ = vault.new_data_key(ID)
    other = databases.vault(settings, database)
    other.data_key(wrapped, ID)
    vault.forget(ID)
    time.sleep(LOOK + 0.1)
    with pytest.raises(Forgotten):
        other.data_key(wrapped, ID)


def test_a_key_is_opened_once_and_none_is_held_any_more_when_one_was_destroyed(
    vault: Vault, settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatterkeep.storage.shares.LOOK", 0)
    wrapped, _ = vault.new_data_key(ID)
    vault.new_data_key("another")
    other = databases.vault(settings, database)
    opened = other.data_key(wrapped, ID)
    assert other.data_key(wrapped, ID) is opened
    vault.forget("another")
    assert other.data_key(wrapped, ID) is not opened


@databases.both
def test_forgetting_again_and_what_never_was_does_no_harm(vault: Vault) -> None:
    vault.new_data_key(ID)
    assert [vault.forget(ID), vault.forget(ID), vault.forget("never")] == [1, 0, 0]


def test_a_whole_data_key_of_before_still_opens(settings: Settings, vault: Vault) -> None:
    wrapped, key = Vault(read_key_file(settings.keys)).new_data_key(ID)
    assert wrapped[0] == 1
    assert vault.data_key(wrapped, ID).decrypt(key.encrypt("hello", "here"), "here") == "hello"


def test_half_a_key_is_wrapped_anew_as_the_same_half(vault: Vault) -> None:
    wrapped, key = vault.new_data_key(ID)
    anew = vault.rewrap(wrapped, ID)
    assert anew != wrapped
    assert anew[:5] == wrapped[:5], "its kind, the version of the wrapping key, and its generation"
    assert vault.data_key(anew, ID).decrypt(key.encrypt("hello", "here"), "here") == "hello"
    with pytest.raises(CannotDecrypt):
        vault.rewrap(wrapped, "another")


@databases.both
def test_no_half_can_pass_for_another_generation(vault: Vault) -> None:
    wrapped, _ = vault.new_data_key(ID)
    for changed in (wrapped[:4] + b"\x09" + wrapped[5:], b"\x01" + wrapped[1:], wrapped[:-1]):
        with pytest.raises(CannotDecrypt):
            vault.data_key(changed, ID)


def test_many_new_sessions_share_their_commits(vault: Vault) -> None:
    with ThreadPoolExecutor(16) as pool:
        keys = list(pool.map(lambda n: vault.new_data_key(f"session-{n}"), range(200)))
    for number, (wrapped, _) in enumerate(keys):
        assert vault.data_key(wrapped, f"session-{number}")


@databases.both
def test_shares_that_belong_to_nobody_are_found_once_they_are_old(
    services: Services, vault: Vault, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatterkeep.storage.shares._TOGETHER", 2)
    kept = {services.turns.receive(make_inbound(), NOW).session_id for _ in range(2)}
    lost = {f"{number}0000000-0000-4000-8000-000000000000" for number in range(5)}
    vault.new_data_keys(sorted(lost))
    later = datetime.now(UTC) + timedelta(minutes=1)
    with database.read() as connection:
        parts = list(vault.orphans(connection, later))
        assert list(vault.orphans(connection, later - timedelta(hours=1))) == []
    found = [session for part in parts for session in part]
    assert sorted(found) == sorted(lost), "each once, and none that is there"
    assert not kept & set(found)
    assert max(map(len, parts)) <= 2


def test_sessions_that_get_keys_together_each_get_a_share_and_keep_it(database: Database) -> None:
    shares = Shares(database)
    first = shares.add(["a", "b"])
    assert {len(share) for share in first.values()} == {32}
    assert first["a"] != first["b"]
    assert shares.add(["b", "c"])["b"] == first["b"]
    assert [shares.get(session) for session in ("a", "b", "d")] == [first["a"], first["b"], None]


def test_the_store_is_closed_with_the_database(database: Database) -> None:
    shares, closed = Shares(database), []
    event.listen(shares.engine, "close", lambda *_: closed.append(1))
    shares.add(["a"])
    shares.get("a")
    database.engine.dispose()
    assert closed


def test_starting_makes_no_store(services: Services, settings: Settings) -> None:
    assert not (settings.data_dir / "shares.sqlite3").exists()


def test_the_store_holds_shares_and_nothing_else(vault: Vault, settings: Settings) -> None:
    vault.new_data_key(ID)
    with closing(sqlite3.connect(settings.data_dir / "shares.sqlite3")) as store:
        tables = {name for (name,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert tables == {"key_shares", "key_forgettings"}


def test_the_store_is_for_its_owner_only(vault: Vault, settings: Settings) -> None:
    vault.new_data_key(ID)
    assert [p.name for p in settings.data_dir.glob("shares*") if p.stat().st_mode & 0o077] == []


def test_a_destroyed_share_is_in_no_file(vault: Vault, settings: Settings) -> None:
    vault.new_data_keys([f"session-{number}" for number in range(300)])
    with closing(sqlite3.connect(settings.data_dir / "shares.sqlite3")) as store:
        (share,) = store.execute("SELECT share FROM key_shares WHERE session_id = 'session-7'").fetchone()
    assert in_files(settings.data_dir, share) != []
    vault.forget("session-7")
    assert in_files(settings.data_dir, share) == []
    assert in_files(settings.data_dir, b"session-7") == ["shares.sqlite3"]  # of session-70 to 79


def test_an_older_backup_opens_nothing_of_whom_was_forgotten(
    services: Services, database: Database, settings: Settings, tmp_path: Path
) -> None:
    gone = services.turns.receive(make_inbound(text=NAME), NOW)
    kept = services.turns.receive(make_inbound(text=NAME), NOW)
    with closing(sqlite3.connect(settings.data_dir / "chatterkeep.sqlite3")) as source:
        source.execute(f"VACUUM INTO '{tmp_path / 'chatterkeep.sqlite3'}'")
    with database.write() as connection:
        connection.execute(delete(SessionRecord).where(SessionRecord.public_id == gone.session_id))
    services.vault.forget(gone.session_id)
    shutil.copy(settings.data_dir / "shares.sqlite3", tmp_path)  # today's, as is the key file
    restored = create_engine(f"sqlite:///{tmp_path / 'chatterkeep.sqlite3'}")
    vault = databases.vault(settings, Database(restored))
    assert said(restored, vault, kept.session_id)
    with pytest.raises(Forgotten):
        said(restored, vault, gone.session_id)


def said(engine: Engine, vault: Vault, session_id: str) -> list[str]:
    """All that a database holds of a session."""
    with engine.connect() as connection:
        rows = connection.execute(
            select(SessionRecord.data_key, ConversationRecord.public_id, MessageRecord.seq, MessageRecord.body)
            .join(ConversationRecord, ConversationRecord.session_id == SessionRecord.id)
            .join(MessageRecord, MessageRecord.conversation_id == ConversationRecord.id)
            .where(SessionRecord.public_id == session_id)
        ).all()
    return [vault.data_key(key, session_id).decrypt(body, body_place(talk, seq)) for key, talk, seq, body in rows]


@databases.both
def test_whose_share_is_destroyed_is_as_good_as_gone(services: Services, vault: Vault) -> None:
    sender = make_address()
    session_id = services.turns.receive(make_inbound(sender=sender), NOW).session_id
    services.vault.forget(session_id)
    with pytest.raises(NotFound):
        services.sessions.show(session_id)
    with pytest.raises(StoreBusy):  # until its rows are gone too
        services.turns.receive(make_inbound(sender=sender), NOW)
