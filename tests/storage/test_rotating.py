"""Keys are exchanged row by row: all of it opens afterwards, under the new key alone, and no number is stored twice."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, select, update

from chatterkeep.domain.messages import Capability, Inbound, SessionRef, TokenKind
from chatterkeep.domain.phone import PhoneNumber
from chatterkeep.domain.staff import Role
from chatterkeep.domain.transcript import Position
from chatterkeep.domain.turn import take_turn
from chatterkeep.services.rotation import LONGEST_LOGIN, KeysKept, Rotation
from chatterkeep.services.wiring import Services
from chatterkeep.settings import Settings
from chatterkeep.storage.crypto import CannotDecrypt, Vault
from chatterkeep.storage.db import Database
from chatterkeep.storage.keyfile import change_key_file, read_key_file
from chatterkeep.storage.known import find, get
from chatterkeep.storage.models import AddressRecord, SessionRecord
from chatterkeep.storage.models_access import StaffRecord
from chatterkeep.storage.places import totp_place
from chatterkeep.storage.recrypt import recrypt_conversations
from chatterkeep.storage.shares import Shares
from chatterkeep.storage.threads import lines_after
from chatterkeep.storage.turns import Draft, Stale
from tests import databases
from tests.make import NAME, NOW, PASSWORD, SONG, make_address, make_flow, make_inbound, make_phone

pytestmark = databases.both


@pytest.fixture
def rotation(database: Database, vault: Vault) -> Rotation:
    return Rotation(database, vault)


def rotate(rotation: Rotation, settings: Settings, purpose: str) -> int:
    """Rotate at once: in a test no other process needs time to notice. Return how many values were changed."""
    rotation.introduce(settings.keys, purpose, NOW)
    rotation.use(settings.keys, purpose, NOW)
    changed = sum(step.changed for step in rotation.move(purpose))
    rotation.finish(settings.keys, purpose, "", NOW)
    return changed


def texts(database: Database, vault: Vault, session_id: str) -> list[str]:
    with database.read() as connection:
        known = get(connection, vault, SessionRef(session_id))
        return [line.text for line in lines_after(connection, known.session, known.data_key, Position(), 100)]


@pytest.fixture
def talked(services: Services) -> list[str]:
    """Three sessions: two phones, and a page with a typed number and a context."""
    ids = [services.turns.receive(make_inbound(text=text), NOW).session_id for text in (NAME, SONG)]
    services.threads.open(PhoneNumber(make_phone()), NOW)
    ids.append(services.sessions.open("greeting", NOW, {"name": NAME}).session.session_id)
    return ids


@pytest.mark.parametrize("purpose", ["wrapping", "data", "pepper"])
def test_all_that_was_said_opens_afterwards(
    purpose: str, talked: list[str], rotation: Rotation, settings: Settings, database: Database, vault: Vault
) -> None:
    before = [texts(database, vault, session_id) for session_id in talked]
    assert rotate(rotation, settings, purpose) > 0
    again = databases.vault(settings, database)
    assert [texts(database, again, session_id) for session_id in talked] == before
    assert rotation.versions()
    assert read_key_file(settings.keys).in_use(purpose) == 2


@pytest.mark.parametrize("purpose", ["wrapping", "data", "pepper"])
def test_the_rows_that_are_looked_at_are_as_many_as_was_said(
    purpose: str, talked: list[str], rotation: Rotation, settings: Settings
) -> None:
    amount = rotation.amount(purpose)
    rotation.introduce(settings.keys, purpose, NOW)
    rotation.use(settings.keys, purpose, NOW)
    assert sum(step.seen for step in rotation.move(purpose)) == amount > 0


@pytest.mark.parametrize("purpose", ["wrapping", "pepper"])
def test_an_old_version_is_retired_only_when_nothing_needs_it(
    purpose: str, talked: list[str], rotation: Rotation, settings: Settings, database: Database
) -> None:
    assert "in use" in (rotation.refusal(purpose, 1, NOW) or "")
    assert "no version 7" in (rotation.refusal(purpose, 7, NOW) or "")
    rotation.introduce(settings.keys, purpose, NOW)
    assert "has not ended" in (rotation.refusal(purpose, 1, NOW) or "")
    rotate(rotation, settings, purpose)
    assert rotation.refusal(purpose, 1, NOW) is None
    with database.write() as connection:
        column = SessionRecord.data_key if purpose == "wrapping" else AddressRecord.pepper_version
        value = b"\x02\x00\x01" + bytes(60) if purpose == "wrapping" else 1
        connection.execute(update(column.class_).values({column: value}))
    assert f"still need version 1 of {purpose}" in (rotation.refusal(purpose, 1, NOW) or "")


def test_what_was_wrapped_by_a_retired_key_opens_no_more(
    talked: list[str], rotation: Rotation, settings: Settings, database: Database, vault: Vault
) -> None:
    with database.read() as connection:
        wrapped = get(connection, vault, SessionRef(talked[0])).wrapped
    rotate(rotation, settings, "wrapping")
    rotation.retire(settings.keys, "wrapping", 1, NOW)
    with pytest.raises(CannotDecrypt):
        vault.data_key(wrapped, talked[0])
    assert texts(database, vault, talked[0])


def test_a_second_factor_is_wrapped_anew_too(
    services: Services, rotation: Rotation, settings: Settings, database: Database, vault: Vault
) -> None:
    services.staff.create("ada", PASSWORD, Role.ADMIN, NOW)
    with database.write() as connection:
        row = connection.scalar(select(StaffRecord.id))
        connection.execute(update(StaffRecord).values(totp=vault.seal("a secret", totp_place(row or 0))))
    assert rotate(rotation, settings, "wrapping") == 1
    rotation.retire(settings.keys, "wrapping", 1, NOW)
    with database.read() as connection:
        sealed = connection.scalar(select(StaffRecord.totp))
    assert vault.unseal(sealed or b"", totp_place(row or 0)) == "a secret"


def test_while_there_are_two_peppers_a_number_is_found_under_either(
    services: Services, rotation: Rotation, settings: Settings, database: Database, vault: Vault
) -> None:
    sender = make_address()
    first = services.turns.receive(make_inbound(sender=sender), NOW)
    rotation.introduce(settings.keys, "pepper", NOW)
    rotation.use(settings.keys, "pepper", NOW)
    with database.read() as connection:
        known = find(connection, vault, sender, NOW)
    assert known is not None
    assert known.session_id == first.session_id
    services.vault.ring  # noqa: B018 - the server notices
    assert services.turns.receive(make_inbound(sender=sender, text=NAME), NOW).session_id == first.session_id


def test_processes_that_use_another_pepper_each_store_a_new_number_once(
    services: Services, rotation: Rotation, settings: Settings, database: Database, vault: Vault, engine: Engine
) -> None:
    sender, flow = make_address(), make_flow()
    rotation.introduce(settings.keys, "pepper", NOW)
    late = Vault(read_key_file(settings.keys), Shares(database))  # knows both, uses the old one
    rotation.use(settings.keys, "pepper", NOW)
    turn = take_turn(flow, None, "hello", NOW, timedelta(hours=1))
    drafts = [Draft(each, None, make_inbound(sender=sender), turn, NOW) for each in (late, vault)]
    with database.write() as connection:
        drafts[0].save(connection, lambda asking: None)
    with pytest.raises(Stale), database.write() as connection:
        drafts[1].save(connection, lambda asking: None)
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(AddressRecord)) == 1


@pytest.mark.parametrize("text", [NAME, "restart"])
def test_a_turn_that_was_decided_with_a_data_key_of_before_is_decided_again(
    text: str, services: Services, database: Database, vault: Vault, rotation: Rotation, settings: Settings
) -> None:
    sender = make_address()
    services.turns.receive(make_inbound(sender=sender), NOW)
    with database.read() as connection:
        known = find(connection, vault, sender, NOW)
    assert known is not None
    later = NOW + (timedelta(days=2) if text == "restart" else timedelta())  # which begins a new conversation
    turn = take_turn(services.flows["greeting"], known.conversation, text, later, timedelta(hours=24))
    draft = Draft(vault, known, make_inbound(sender=sender, text=text), turn, later)
    rotate(rotation, settings, "data")
    with pytest.raises(Stale), database.write() as connection:
        draft.save(connection, lambda asking: None)
    assert services.turns.receive(make_inbound(sender=sender, text=text), later)
    assert texts(database, vault, known.session_id)


def test_a_first_message_that_was_encrypted_under_a_data_key_of_before_is_not_stored(
    services: Services, database: Database, vault: Vault, rotation: Rotation, settings: Settings
) -> None:
    page = Capability(services.threads.open(PhoneNumber(make_phone()), NOW), TokenKind.PAGE)
    with database.read() as connection:
        known = find(connection, vault, page, NOW)
    assert known is not None
    turn = take_turn(services.flows["greeting"], None, "hello", NOW, timedelta(hours=24))
    inbound = Inbound(page, "hello")
    draft = Draft(vault, known, inbound, turn, NOW)
    rotate(rotation, settings, "data")
    with pytest.raises(Stale), database.write() as connection:
        draft.save(connection, lambda asking: None)
    services.turns.receive(inbound, NOW)
    assert texts(database, vault, known.session_id)[0] == "hello"


def test_a_data_key_rotation_splits_what_was_whole(
    services: Services, rotation: Rotation, settings: Settings, database: Database, vault: Vault
) -> None:
    session_id = services.turns.receive(make_inbound(text=NAME), NOW).session_id
    said = texts(database, vault, session_id)
    with database.write() as connection:
        known = get(connection, vault, SessionRef(session_id))
        wrapped, key = Vault(read_key_file(settings.keys)).new_data_key(session_id)
        recrypt_conversations(connection, known.session, known.data_key, key)
        connection.execute(update(SessionRecord).values(data_key=wrapped))
    assert texts(database, vault, session_id) == said
    # The address is still under the old key, so this session cannot be renewed: it is counted, and stays readable.
    rotation.introduce(settings.keys, "data", NOW)
    rotation.use(settings.keys, "data", NOW)
    steps = list(rotation.move("data"))
    assert [sum(step.changed for step in steps), sum(step.unreadable for step in steps)] == [0, 1]
    assert texts(database, vault, session_id) == said


def test_a_rotation_that_has_begun_leads_to_the_same_version(rotation: Rotation, settings: Settings) -> None:
    assert rotation.target("pepper") == (2, False)
    rotation.introduce(settings.keys, "pepper", NOW)
    rotation.introduce(settings.keys, "pepper", NOW)
    assert rotation.target("pepper") == (2, True)
    assert read_key_file(settings.keys).in_use("pepper") == 1
    rotate(rotation, settings, "pepper")
    assert rotation.target("pepper") == (3, False)


def test_two_commands_never_change_the_file_at_once(rotation: Rotation, settings: Settings) -> None:
    with rotation.hold(settings.keys), pytest.raises(KeysKept, match="Another command"), rotation.hold(settings.keys):
        pass


def test_a_secret_is_kept_as_long_as_a_login_may_need_it(rotation: Rotation, settings: Settings) -> None:
    rotate(rotation, settings, "secret")
    assert "Logins of staff" in (rotation.refusal("secret", 1, NOW + LONGEST_LOGIN - timedelta(seconds=1)) or "")
    assert rotation.refusal("secret", 1, NOW + LONGEST_LOGIN) is None


def test_the_ledger_of_an_old_key_file_outlives_its_pepper(
    settings: Settings, rotation: Rotation, vault: Vault
) -> None:
    content = json.loads(settings.keys.read_text())
    del content["ledger"]
    content["secret"] = content["secret"]["1"]
    settings.keys.write_text(json.dumps(content))
    before = vault.ring and vault.ledger("delivery", "x")
    rotate(rotation, settings, "pepper")
    rotation.retire(settings.keys, "pepper", 1, NOW)
    assert vault.ring.pepper.keys() == {2}
    assert vault.ledger("delivery", "x") == before


def test_a_file_that_cannot_be_used_leaves_the_keys_as_they_were(settings: Settings, vault: Vault) -> None:
    ring = vault.ring
    settings.keys.write_text("{")
    assert vault.ring == ring
    with pytest.raises(Exception, match="not a usable key file"):
        change_key_file(settings.keys, lambda content: None)
