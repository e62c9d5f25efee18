"""Rows of files: added, found, hung on messages, moved with their session, removed. Their bytes are in blobs.py."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, and_, bindparam, delete, func, insert, select, update

from chatterkeep.domain.errors import InvalidInput, NotFound
from chatterkeep.domain.files import Attached, Extract, FileType
from chatterkeep.storage.crypto import DataKey, Forgotten, Vault
from chatterkeep.storage.instants import from_micros, to_micros
from chatterkeep.storage.models import ConversationRecord, SessionRecord
from chatterkeep.storage.models_files import DoomedFileRecord, FileRecord
from chatterkeep.storage.places import file_place
from chatterkeep.storage.statements import Row, Statement


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file whose blob is in its place: under this name, encrypted with this key."""

    file_id: str
    blob: str
    key: bytes
    name: str
    kind: FileType
    size: int
    extract: Extract


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file as its row says, with what opens its blob. `session` is the row of its session."""

    attached: Attached
    session: int
    session_id: str
    conversation_id: str | None
    blob: str
    key: bytes
    complete: bool
    text: bytes

    @property
    def extract(self) -> Extract:
        """The text of the file."""
        file_id = self.attached.file_id
        return Extract(DataKey(self.key).decrypt(self.text, file_place("text", file_id)), self.complete)


_SESSION: Final = Statement(
    select(SessionRecord.id, SessionRecord.data_key)
    .where(SessionRecord.public_id == bindparam("session_id"))
    .with_for_update()
)
_ADD: Final = Statement(
    insert(FileRecord).values(
        {
            name: bindparam(name)
            for name in ("public_id", "session_id", "blob", "key", "size", "created_at", "about", "text")
        }
    )
)
COLUMNS: Final = (
    FileRecord.public_id,
    FileRecord.key,
    FileRecord.about,
    FileRecord.size,
    FileRecord.created_at,
    ConversationRecord.number,
    FileRecord.seq,
)
_BY_ID: Final = Statement(
    select(
        *COLUMNS,
        SessionRecord.id,
        SessionRecord.public_id,
        SessionRecord.data_key,
        ConversationRecord.public_id,
        FileRecord.blob,
        FileRecord.text,
    )
    .select_from(FileRecord)
    .join(SessionRecord, SessionRecord.id == FileRecord.session_id)
    .join(ConversationRecord, ConversationRecord.id == FileRecord.conversation_id, isouter=True)
    .where(FileRecord.public_id == bindparam("file_id"))
)
_OF_SESSION: Final = and_(FileRecord.public_id == bindparam("file_id"), FileRecord.session_id == bindparam("session"))
_HANG: Final = Statement(
    update(FileRecord)
    .where(_OF_SESSION, FileRecord.conversation_id.is_(None))
    .values(conversation_id=bindparam("conversation"), seq=bindparam("place"))
)
_IS_THERE: Final = Statement(select(FileRecord.id).where(_OF_SESSION))
_SEND_AGAIN: Final = "Send the file again, and name the id that it gets then."
_KEYS: Final = Statement(
    select(FileRecord.id, FileRecord.public_id, FileRecord.key).where(FileRecord.session_id == bindparam("session"))
)
_SET_KEY: Final = Statement(
    update(FileRecord)
    .where(FileRecord.id == bindparam("row"))
    .values(key=bindparam("wrapped"), session_id=bindparam("whose"))
)


def add_file(connection: Connection, vault: Vault, session_id: str, new: NewFile, now: datetime) -> None:
    """Add a file to a session, which nobody gives a new data key meanwhile. Raises NotFound, and Clash where it is."""
    row = _SESSION.one(connection, session_id=session_id)
    if row is None:
        raise NotFound("session")
    about = {"name": new.name, "type": new.kind.value, "complete": new.extract.complete}
    own = DataKey(new.key)
    _ADD.count(
        connection,
        public_id=new.file_id,
        session_id=row[0],
        blob=new.blob,
        key=_wrapped(vault.data_key(bytes(row[1]), session_id), new.key, new.file_id),
        size=new.size,
        created_at=to_micros(now),
        about=own.encrypt(json.dumps(about), file_place("about", new.file_id)),
        text=own.encrypt(new.extract.text, file_place("text", new.file_id)),
    )


def find_file(connection: Connection, vault: Vault, file_id: str) -> StoredFile | None:
    """Return a file by its public id; None where there is none, or its session is being erased."""
    row = _BY_ID.one(connection, file_id=file_id)
    if row is None:
        return None
    session, session_id, wrapped, conversation_id, blob, text = row[7:]
    try:
        data_key = vault.data_key(bytes(wrapped), session_id)
    except Forgotten:
        return None
    attached, key, complete = read_file(data_key, row)
    return StoredFile(attached, session, session_id, conversation_id, blob, key, complete, bytes(text))


def read_file(data_key: DataKey, row: Row) -> tuple[Attached, bytes, bool]:
    """Return what the columns of COLUMNS say of a file, its key, and whether its text is complete."""
    file_id, wrapped, sealed, size, created_at, number, seq = row[:7]
    key = bytes.fromhex(data_key.decrypt(bytes(wrapped), file_place("key", file_id)))
    about: dict[str, Any] = json.loads(DataKey(key).decrypt(bytes(sealed), file_place("about", file_id)))
    place = None if number is None else (number, seq)
    attached = Attached(file_id, about["name"], FileType(about["type"]), size, from_micros(created_at), place)
    return attached, key, about["complete"]


def hang(connection: Connection, session: int, conversation: int, seq: int, file_ids: Sequence[str]) -> None:
    """Hang files of a session on one of its messages, each for good: it would be lost with another's conversation.

    Raises NotFound, and InvalidInput for one that hangs already.
    """
    for file_id in sorted(file_ids):
        if not _HANG.count(connection, file_id=file_id, session=session, conversation=conversation, place=seq):
            if _IS_THERE.one(connection, file_id=file_id, session=session) is None:
                raise NotFound("file")
            raise InvalidInput("file_ids", "This file was already sent with another message.", _SEND_AGAIN)


def remove_files(connection: Connection, condition: ColumnElement[bool]) -> int:
    """Remove files, and note their blobs, which are to be removed right after; return how many files that were."""
    connection.execute(insert(DoomedFileRecord).from_select(["blob"], select(FileRecord.blob).where(condition)))
    return connection.execute(delete(FileRecord).where(condition)).rowcount


def rewrap_files(connection: Connection, session: int, old: DataKey, new: DataKey, target: int | None = None) -> None:
    """Wrap the keys of a session's files by another data key, and give them to the `target` session, if any."""
    for row, file_id, wrapped in _KEYS.all(connection, session=session):
        key = bytes.fromhex(old.decrypt(bytes(wrapped), file_place("key", file_id)))
        _SET_KEY.count(connection, row=row, wrapped=_wrapped(new, key, file_id), whose=target or session)


def count_unsent(connection: Connection, before: datetime) -> int:
    """Count the files that came before a moment and that no message was sent with."""
    return connection.scalar(select(func.count()).select_from(FileRecord).where(*_unsent(before))) or 0


def remove_unsent(connection: Connection, before: datetime, limit: int) -> int:
    """Remove some of them; return how many."""
    chosen = select(FileRecord.id).where(*_unsent(before)).order_by(FileRecord.id).limit(limit)
    rows = list(connection.scalars(chosen.with_for_update(skip_locked=True)))
    return remove_files(connection, FileRecord.id.in_(rows)) if rows else 0


def remove_unsent_file(connection: Connection, file_id: str) -> int:
    """Remove a file by its public id, unless a message was sent with it; return how many that were."""
    return remove_files(connection, and_(FileRecord.public_id == file_id, FileRecord.conversation_id.is_(None)))


def doomed_blobs(connection: Connection, after: str, limit: int) -> list[str]:
    """Return the next of the blobs that are to be removed, by their names."""
    record = DoomedFileRecord
    return list(connection.scalars(select(record.blob).where(record.blob > after).order_by(record.blob).limit(limit)))


def blobs_removed(connection: Connection, blobs: Sequence[str]) -> None:
    """Forget what was noted of blobs that are removed."""
    connection.execute(delete(DoomedFileRecord).where(DoomedFileRecord.blob.in_(blobs)))


def newest_blobs(connection: Connection, limit: int) -> list[str]:
    """Return the blobs of the newest files."""
    return list(connection.scalars(select(FileRecord.blob).order_by(FileRecord.id.desc()).limit(limit)))


def known_blobs(connection: Connection, blobs: Sequence[str]) -> set[str]:
    """Return those of these blobs that a row names."""
    return set(connection.scalars(select(FileRecord.blob).where(FileRecord.blob.in_(blobs))))


def _unsent(before: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return FileRecord.conversation_id.is_(None), FileRecord.created_at < before


def _wrapped(data_key: DataKey, key: bytes, file_id: str) -> bytes:
    return data_key.encrypt(key.hex(), file_place("key", file_id))
