"""Takes files in, hands them out, removes them. Nothing of a file that is not wholly taken stays."""

import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from chatterkeep.domain.audit import Action, Actor, Entry
from chatterkeep.domain.errors import BrokenUpload, DeliveryConflict, FileTooLarge, NotFound
from chatterkeep.domain.files import MAX_FILE, Attached, Content, Extract, FileType, clean_name, spoken_size, type_of
from chatterkeep.domain.outcome import message_id
from chatterkeep.services.extracting import Extracting
from chatterkeep.services.remains import Remains
from chatterkeep.services.scanning import Infected, Scanning
from chatterkeep.storage import audit
from chatterkeep.storage.blobs import BlobLost, Blobs, Part, Reading
from chatterkeep.storage.crypto import Vault
from chatterkeep.storage.db import Database
from chatterkeep.storage.erasing import find_row
from chatterkeep.storage.files import (
    NewFile,
    StoredFile,
    add_file,
    find_file,
    remove_files,
    remove_unsent_file,
)
from chatterkeep.storage.models_files import FileRecord
from chatterkeep.storage.places import file_place
from chatterkeep.storage.statements import Clash

log = logging.getLogger(__name__)

Admit = Callable[[str, int], None]
"""Asked before a file is kept: told the session's id and the size in bytes. It raises RateLimited to refuse."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends a file, into which session; `admit` counts it."""

    session_id: str
    actor: Actor
    admit: Admit


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that is kept, its text, and the message it was sent with, if any."""

    attached: Attached
    session_id: str
    extract: Extract
    message_id: str | None = None


@dataclass(frozen=True, slots=True)
class Download:
    """A file to take along: what is known of it, and its bytes, piece by piece."""

    attached: Attached
    pieces: Reading


class Incoming:
    """A file on its way in: `named`, then `write` for each piece. Leaving the block without keeping it removes it."""

    def __init__(self, blobs: Blobs, file_id: Callable[[], str]) -> None:
        self._blobs = blobs
        self._id_of = file_id
        self._part: Part | None = None
        self.file_id = ""
        self.name = ""
        self.kind = FileType.TXT
        self.size = 0
        self._content: Content | None = None

    def named(self, name: str, declared: str) -> None:
        """Begin with a file of this name and declared type. Raises UnsupportedFile, BrokenUpload, StoreBusy."""
        if self._content is not None:
            raise BrokenUpload("one-file-only", "This upload holds more than one file.", "Send one at a time.")
        self.name = clean_name(name)
        self.kind = type_of(self.name, declared)
        self.file_id = self._id_of()
        self._part = self._blobs.begin(file_place("blob", self.file_id))
        self._content = Content(self.kind)

    @property
    def part(self) -> Part:
        """What was written so far."""
        assert self._part is not None  # noqa: S101 - it has a name
        return self._part

    @property
    def is_there(self) -> bool:
        """Tell whether a file has begun to come."""
        return self._content is not None

    def write(self, data: bytes) -> None:
        """Take the next bytes. Raises FileTooLarge, UnsupportedFile and StoreBusy."""
        self.size += len(data)
        if self.size > MAX_FILE:
            raise FileTooLarge(spoken_size(MAX_FILE))
        assert self._content is not None  # noqa: S101 - bytes follow a name
        self._content.take(data)
        self.part.write(data)

    def end(self) -> Content:
        """End it. Raises BrokenUpload where nothing came, and UnsupportedFile."""
        if self._content is None:
            raise BrokenUpload("file-missing", "There is no file in this upload.", "Send it in the field 'file'.")
        if not self.size:
            raise BrokenUpload("file-empty", "This file is empty.", "Send one of 1 byte to 10 MiB.")
        self._content.end()
        self.part.end()
        return self._content

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        if self._part:
            self._part.__exit__(*raised)


@dataclass(frozen=True, slots=True)
class Looks:
    """Who looks at a file before it is kept."""

    scanning: Scanning
    extracting: Extracting


class Files:
    """The files of all sessions."""

    def __init__(self, database: Database, vault: Vault, blobs: Blobs, remains: Remains, looks: Looks) -> None:
        self._database = database
        self._vault = vault
        self._blobs = blobs
        self._remains = remains
        self._looks = looks

    def begin(self, file_id: Callable[[], str] = lambda: str(uuid.uuid4())) -> Incoming:
        """Make ready to take a file in, whose id is asked for when it begins."""
        return Incoming(self._blobs, file_id)

    def keep(self, incoming: Incoming, sender: Sender, now: datetime) -> Kept:
        """Look at a file that has come in, and keep it. Raises what is wrong with it, NotFound, RateLimited."""
        content = incoming.end()
        self._require(sender.session_id)
        sender.admit(sender.session_id, incoming.size)
        self._scan(incoming, sender, now)
        extract = self._looks.extracting.read(incoming.kind, content, incoming.part.read, sender.session_id)
        part, file_id = incoming.part, incoming.file_id
        new = NewFile(file_id, part.blob, part.key, incoming.name, incoming.kind, incoming.size, extract)
        part.keep()
        try:
            self._add(new, sender.session_id, now)
        except BaseException:
            self._blobs.remove(part.blob)
            raise
        return Kept(Attached(file_id, new.name, new.kind, new.size, now), sender.session_id, extract)

    def find(self, file_id: str, session_id: str) -> Attached | None:
        """Return a file of a session."""
        try:
            return self._find(file_id, session_id).attached
        except NotFound:
            return None

    def show(self, file_id: str, session_id: str | None) -> Kept:
        """Return what is known of a file, of this session if one is named. Raises NotFound."""
        found = self._find(file_id, session_id)
        at, talk = found.attached.at, found.conversation_id
        return Kept(found.attached, found.session_id, found.extract, message_id(talk, at[1]) if talk and at else None)

    def open(self, file_id: str, session_id: str | None) -> Download:
        """Return a file, of this session if one is named. Raises NotFound.

        What was changed behind our back ends the pieces early with CannotDecrypt.
        """
        return self._opened(self._find(file_id, session_id))

    def open_for_staff(self, file_id: str, conversation_id: str, reader: Actor, now: datetime) -> Download:
        """Return a file that hangs on a conversation's message, and leave a line in the audit. Raises NotFound."""
        found = self._find(file_id, None)
        if found.conversation_id != conversation_id:
            raise NotFound("file")
        download = self._opened(found)
        self._note(Entry(reader, Action.FILE_READ, conversation_id, file_id, now))
        return download

    def remove(self, file_id: str, session_id: str | None, actor: Actor, now: datetime) -> Attached:
        """Remove a file with all that is kept of it; return what it was. Raises NotFound."""
        found = self._find(file_id, session_id)
        with self._database.write() as connection:
            if not remove_files(connection, FileRecord.public_id == file_id):
                raise NotFound("file")
            audit.add(connection, self._vault, Entry(actor, Action.FILE_REMOVED, found.session_id, file_id, now))
        self._remains.remove()
        return found.attached

    def _add(self, new: NewFile, session_id: str, now: datetime) -> None:
        """Add the row; one of the same id that was never sent with a message gives way. Raises DeliveryConflict."""
        try:
            with self._database.write() as connection:
                replaced = remove_unsent_file(connection, new.file_id)
                add_file(connection, self._vault, session_id, new, now)
        except Clash as error:
            raise DeliveryConflict from error
        if replaced:
            self._remains.remove()

    def _scan(self, incoming: Incoming, sender: Sender, now: datetime) -> None:
        try:
            self._looks.scanning.check(incoming.part.read, sender.session_id)
        except Infected:
            detail = f"{incoming.kind}, {incoming.size} bytes"
            self._note(Entry(sender.actor, Action.FILE_INFECTED, sender.session_id, detail, now))
            raise

    def _note(self, entry: Entry) -> None:
        with self._database.write() as connection:
            audit.add(connection, self._vault, entry)

    def _require(self, session_id: str) -> None:
        with self._database.read() as connection:
            if find_row(connection, session_id) is None:
                raise NotFound("session")

    def _find(self, file_id: str, session_id: str | None) -> StoredFile:
        known = file_id.isascii() and file_id.isprintable()  # PostgreSQL takes no NUL
        with self._database.read() as connection:
            found = find_file(connection, self._vault, file_id) if known else None
        if found is None or session_id not in (None, found.session_id):
            raise NotFound("file")
        return found

    def _opened(self, found: StoredFile) -> Download:
        try:
            pieces = self._blobs.read(found.blob, found.key, file_place("blob", found.attached.file_id))
        except BlobLost as error:
            log.error("file.lost", extra={"problem": str(error)})
            raise NotFound("file") from error
        return Download(found.attached, pieces)
