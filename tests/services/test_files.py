"""The life of a file: it hangs on a message, moves with its session, ends with it, and leaves nothing behind."""

import json
import os
import time
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, func, select

from chatterkeep.domain.audit import COMMAND_LINE, Action, Actor
from chatterkeep.domain.dossier import Format
from chatterkeep.domain.erasure import By
from chatterkeep.domain.errors import DeliveryConflict, InvalidFile, InvalidInput, NotFound, Overloaded, StoreBusy
from chatterkeep.domain.messages import Capability, Delivery, Inbound, SessionRef, TokenKind
from chatterkeep.domain.phone import PhoneNumber
from chatterkeep.services.rights import Wish
from chatterkeep.services.wiring import Services
from chatterkeep.settings import Settings
from chatterkeep.storage.crypto import CannotDecrypt
from chatterkeep.storage.models_files import DoomedFileRecord, FileRecord
from tests import databases
from tests.carrier import attached
from tests.files import sent_file
from tests.make import NAME, NOW, SONG, Clock, make_address, make_inbound, make_phone, make_settings
from tests.services.test_proofs import by_code
from tests.storage.test_rotating import rotate

pytestmark = databases.both


@pytest.fixture
def session_id(services: Services) -> str:
    return services.turns.receive(make_inbound(text="hello"), services.clock()).session_id


def send(services: Services, session_id: str, content: str = SONG, name: str = "songs.txt") -> str:
    return sent_file(services, session_id, name, content.encode(), services.clock())


def say(services: Services, session_id: str, *files: str, text: str = NAME, key: str | None = None) -> Any:
    delivery = Delivery("test", key) if key else None
    inbound = Inbound(SessionRef(session_id), text, delivery, files=files)
    return services.turns.receive(inbound, services.clock())


def content(services: Services, file_id: str, session_id: str | None = None) -> str:
    return b"".join(services.files.open(file_id, session_id).pieces).decode()


def blobs(settings: Settings) -> list[Path]:
    folder = settings.files_folder
    return sorted(folder.iterdir()) if folder.exists() else []


def rows(engine: Engine) -> int:
    with engine.connect() as connection:
        doomed = connection.scalar(select(func.count()).select_from(DoomedFileRecord)) or 0
        return (connection.scalar(select(func.count()).select_from(FileRecord)) or 0) + doomed


def gone(services: Services, file_id: str, settings: Settings, engine: Engine) -> bool:
    with pytest.raises(NotFound):
        services.files.open(file_id, None)
    return (blobs(settings), rows(engine)) == ([], 0)


class TestHanging:
    def test_it_hangs_on_the_message_it_was_sent_with(self, services: Services) -> None:
        page = Capability(services.threads.open(PhoneNumber(make_phone()), NOW), TokenKind.PAGE)
        session_id = services.threads.session_of(page)
        file_id = send(services, session_id)
        services.turns.receive(Inbound(page, "hello", files=(file_id,)), services.clock())
        first, second = services.threads.show(page).lines
        assert [(file.name, file.size) for file in first.files] == [("songs.txt", len(SONG))]
        assert second.files == ()

    @pytest.mark.parametrize("whose", ["unknown", "foreign", "half"])
    def test_a_message_with_a_file_that_is_not_its_own_is_not_stored(
        self, services: Services, session_id: str, whose: str
    ) -> None:
        other = services.turns.receive(make_inbound(text="hello"), services.clock()).session_id
        ids = {"unknown": (str(uuid4()),), "foreign": (send(services, other),)}
        mine = send(services, session_id)
        before = services.sessions.show(session_id).lines
        with pytest.raises(NotFound, match="file"):
            say(services, session_id, *ids.get(whose, (mine, str(uuid4()))))
        assert services.sessions.show(session_id).lines == before
        assert services.files.find(mine, session_id).at is None  # type: ignore[union-attr]

    def test_named_again_it_stays_with_its_message(self, services: Services, session_id: str) -> None:
        file_id = send(services, session_id)
        say(services, session_id, file_id)
        before = services.sessions.show(session_id).lines
        with pytest.raises(InvalidInput, match="already sent with another message"):
            say(services, session_id, file_id, text=SONG)
        assert services.sessions.show(session_id).lines == before
        assert services.files.find(file_id, session_id).at == (1, 3)  # type: ignore[union-attr]

    def test_a_delivery_comes_again_with_its_files_or_is_another(self, services: Services, session_id: str) -> None:
        file_id, other = send(services, session_id), send(services, session_id)
        first = say(services, session_id, file_id, key="one")
        assert say(services, session_id, file_id, key="one").message_id == first.message_id
        with pytest.raises(DeliveryConflict):
            say(services, session_id, other, key="one")

    def test_one_that_was_deleted_since_is_no_reason_to_refuse_a_replay(
        self, services: Services, session_id: str
    ) -> None:
        file_id = send(services, session_id)
        first = say(services, session_id, file_id, key="one")
        services.files.remove(file_id, session_id, COMMAND_LINE, services.clock())
        assert say(services, session_id, file_id, key="one").message_id == first.message_id


class TestMoving:
    @pytest.mark.parametrize("purpose", ["wrapping", "data", "pepper"])
    def test_new_keys_leave_it_readable(
        self, services: Services, session_id: str, settings: Settings, purpose: str
    ) -> None:
        hung, unsent = send(services, session_id), send(services, session_id)
        say(services, session_id, hung)
        before = [blob.read_bytes() for blob in blobs(settings)]
        rotate(services.rotation, settings, purpose)
        assert [content(services, file_id, session_id) for file_id in (hung, unsent)] == [SONG, SONG]
        assert [blob.read_bytes() for blob in blobs(settings)] == before, "the bytes stay as they are"
        with services.files._database.read() as connection:
            from chatterkeep.storage.files import find_file  # noqa: PLC0415 - for this test alone

            found = find_file(connection, services.vault, hung)
        assert found
        assert found.extract.text == SONG

    @pytest.mark.parametrize("said", [True, False])
    def test_it_moves_with_the_page_that_proves_its_number(self, services: Services, said: bool) -> None:
        phone = PhoneNumber(make_phone())
        sender = make_address(phone=phone.e164)
        target = services.turns.receive(make_inbound(text="hello", sender=sender), services.clock()).session_id
        page = Capability(services.threads.open(phone, services.clock()), TokenKind.PAGE)
        file_id = send(services, services.threads.session_of(page))
        if said:
            services.turns.receive(Inbound(page, "hello", files=(file_id,)), services.clock())
        link = by_code(services, attached(services), page)
        assert services.threads.session_of(link) == target
        assert content(services, file_id, target) == SONG
        names = [file.name for line in services.threads.show(link).lines for file in line.files]
        assert names == (["songs.txt"] if said else [])


class TestEnding:
    def test_deleting_it_leaves_nothing_but_the_message(
        self, services: Services, session_id: str, settings: Settings, engine: Engine
    ) -> None:
        file_id = send(services, session_id)
        say(services, session_id, file_id)
        services.files.remove(file_id, session_id, COMMAND_LINE, services.clock())
        assert gone(services, file_id, settings, engine)
        assert services.sessions.show(session_id).lines[2].text == NAME
        assert services.audit.newest(1)[0].action is Action.FILE_REMOVED

    def test_erasing_its_session_erases_it_and_the_receipt_counts_it(
        self, services: Services, session_id: str, settings: Settings, engine: Engine
    ) -> None:
        hung, _ = send(services, session_id), send(services, session_id)
        say(services, session_id, hung)
        assert services.rights.counts(session_id).files == 2
        wish = Wish(session_id, str(uuid4()), By.STAFF, COMMAND_LINE)
        receipt = services.rights.erase(wish, services.clock())
        assert receipt.counts.files == 2
        assert "2 files" in str(receipt.counts)
        assert services.rights.receipt(receipt.receipt_id) == receipt
        assert gone(services, hung, settings, engine)

    def test_retention_removes_it_with_its_conversation(
        self, services: Services, session_id: str, settings: Settings, engine: Engine, clock: Clock
    ) -> None:
        file_id = send(services, session_id)
        say(services, session_id, file_id)
        clock.forward(days=100)
        removed = sum(step.files for step in services.retention.purge(timedelta(days=90), COMMAND_LINE, clock()))
        assert removed == 1
        assert gone(services, file_id, settings, engine)

    def test_deleting_its_conversation_deletes_it(
        self, services: Services, session_id: str, settings: Settings, engine: Engine
    ) -> None:
        file_id = send(services, session_id)
        conversation_id = say(services, session_id, file_id).conversation_id
        services.conversations.delete(conversation_id, session_id, COMMAND_LINE, services.clock())
        assert gone(services, file_id, settings, engine)

    def test_one_that_nobody_sends_goes_after_a_day(
        self, services: Services, session_id: str, settings: Settings, engine: Engine, clock: Clock
    ) -> None:
        unsent, hung = send(services, session_id), send(services, session_id)
        say(services, session_id, hung)
        clock.forward(hours=23)
        assert services.housekeeping.go_round().files == 0
        assert content(services, unsent) == SONG
        clock.forward(hours=2)
        assert services.remains.look(clock()).unsent == 1
        assert services.housekeeping.go_round().files == 1
        with pytest.raises(NotFound):
            services.files.open(unsent, None)
        assert content(services, hung) == SONG

    def test_what_a_killed_process_left_is_swept_by_its_age(
        self, services: Services, session_id: str, settings: Settings
    ) -> None:
        kept = send(services, session_id)
        folder = settings.files_folder
        for name, age in (("a" * 32, 7200), ("b" * 32 + ".part", 7200), ("c" * 32, 60)):
            (folder / name).write_bytes(b"noise")
            os.utime(folder / name, (time.time() - age,) * 2)
        [blob] = [path for path in blobs(settings) if len({*path.name}) > 2 and not path.name.endswith(".part")]
        os.utime(blob, (time.time() - 7200,) * 2)
        assert services.remains.look(services.clock()).orphans == 2
        assert services.remains.sweep(services.clock()).orphans == 2
        assert services.remains.sweep(services.clock()).orphans == 0
        assert content(services, kept) == SONG
        assert (folder / ("c" * 32)).exists()

    def test_a_process_that_is_killed_before_the_bytes_are_gone_is_finished_by_the_next(
        self, services: Services, session_id: str, settings: Settings, engine: Engine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        file_id = send(services, session_id)

        def killed(blob: str) -> bool:
            raise KeyboardInterrupt

        with monkeypatch.context() as patched:
            patched.setattr(services.remains._blobs, "remove", killed)
            with pytest.raises(KeyboardInterrupt):
                services.files.remove(file_id, session_id, COMMAND_LINE, services.clock())
        assert len(blobs(settings)) == 1
        services.housekeeping.go_round()
        assert gone(services, file_id, settings, engine)

    def test_a_row_that_cannot_be_written_leaves_no_blob(
        self, services: Services, session_id: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def busy(*_: object) -> None:
            raise StoreBusy

        monkeypatch.setattr("chatterkeep.services.files.add_file", busy)
        with pytest.raises(StoreBusy):
            send(services, session_id)
        assert blobs(settings) == []


class TestReading:
    def test_staff_take_it_from_its_conversation_and_leave_one_line(self, services: Services, session_id: str) -> None:
        file_id = send(services, session_id)
        here, reader = say(services, session_id, file_id).conversation_id, Actor("ada")
        before = len(services.audit.newest(100))
        taken = services.files.open_for_staff(file_id, here, reader, services.clock())
        assert b"".join(taken.pieces).decode() == SONG
        entry, *older = services.audit.newest(100)
        assert len(older) == before
        assert (entry.action, entry.subject, entry.detail, entry.actor) == (Action.FILE_READ, here, file_id, reader)
        with pytest.raises(NotFound):
            services.files.open_for_staff(file_id, str(uuid4()), reader, services.clock())

    def test_a_lost_blob_is_no_file(self, services: Services, session_id: str, settings: Settings) -> None:
        file_id = send(services, session_id)
        blobs(settings)[0].unlink()
        with pytest.raises(NotFound):
            services.files.open(file_id, None)

    def test_the_blob_of_another_does_not_pass_for_it(
        self, services: Services, session_id: str, settings: Settings
    ) -> None:
        one, other = send(services, session_id, SONG), send(services, session_id, NAME)
        first, second = blobs(settings)
        first_bytes = first.read_bytes()
        first.write_bytes(second.read_bytes())
        second.write_bytes(first_bytes)
        for file_id in (one, other):
            with pytest.raises(CannotDecrypt):
                content(services, file_id)

    def test_the_export_lists_it_and_json_holds_its_text(self, services: Services, session_id: str) -> None:
        file_id = send(services, session_id)
        send(services, session_id, NAME, "other.md")
        say(services, session_id, file_id)
        told = json.loads("".join(services.rights.export(session_id, Format.JSON, COMMAND_LINE, NOW).pieces))
        first, second = told["files"]
        assert (first["name"], first["text"], first["conversation"], first["seq"]) == ("songs.txt", SONG, 1, 3)
        assert (second["name"], second["text"], second["seq"], second["size"]) == ("other.md", NAME, None, len(NAME))
        assert told["complete"]
        for kind in (Format.TXT, Format.MARKDOWN):
            text = "".join(services.rights.export(session_id, kind, COMMAND_LINE, NOW).pieces)
            assert "songs" in text
            assert f"{len(SONG)} bytes" in text


class TestScanning:
    """A command looks first; whatever is not a clear yes is a no."""

    @pytest.fixture
    def settings(self, request: pytest.FixtureRequest, data_dir: Path, database_url: str) -> Settings:
        command, wait = getattr(request.node.callspec, "params", {}).get("scan", ("true", "30s"))
        scan = {"files_scan": command, "files_scan_timeout": wait}
        return make_settings(data_dir=data_dir, database_url=database_url, **scan)

    @pytest.mark.parametrize("scan", [("true", "30s"), (f"grep -q '{SONG}'", "30s")])
    def test_what_is_clean_is_taken(self, services: Services, session_id: str, scan: object) -> None:
        assert content(services, send(services, session_id)) == SONG

    @pytest.mark.parametrize("scan", [("false", "30s"), ("sh -c 'cat >/dev/null; exit 1'", "30s")])
    def test_what_is_infected_is_refused_and_noted(
        self, services: Services, session_id: str, settings: Settings, scan: object
    ) -> None:
        with pytest.raises(InvalidFile) as refused:
            send(services, session_id)
        assert refused.value.reason == "infected"
        assert blobs(settings) == []
        entry = services.audit.newest(1)[0]
        assert (entry.action, entry.subject) == (Action.FILE_INFECTED, session_id)
        assert "songs" not in entry.detail

    @pytest.mark.parametrize(
        "scan",
        [
            ("sh -c 'exit 2'", "30s"),
            ("no-such-scanner --at all", "30s"),
            ("sleep 60", "1s"),
            ("sh -c 'kill -9 $$'", "30s"),
            ("yes", "30s"),
            ("true; true", "30s"),
        ],
    )
    def test_what_could_not_be_checked_is_refused(
        self, services: Services, session_id: str, settings: Settings, scan: object
    ) -> None:
        with pytest.raises(Overloaded, match="could not be checked"):
            send(services, session_id)
        assert blobs(settings) == []
