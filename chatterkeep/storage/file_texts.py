"""Reads files of messages, the texts that a prompt may hold, and all files of a session."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from sqlalchemy import Connection, bindparam, select, tuple_

from chatterkeep.domain.files import Attached, Extract, Paper
from chatterkeep.domain.transcript import Line, Position
from chatterkeep.storage.crypto import CannotDecrypt, DataKey
from chatterkeep.storage.files import COLUMNS, read_file
from chatterkeep.storage.models import ConversationRecord
from chatterkeep.storage.models_files import FileRecord
from chatterkeep.storage.places import file_place
from chatterkeep.storage.statements import Row, Statement

_FILES: Final = (
    select(*COLUMNS)
    .select_from(FileRecord)
    .join(ConversationRecord, ConversationRecord.id == FileRecord.conversation_id)
    .where(FileRecord.session_id == bindparam("session"))
    .order_by(FileRecord.id)
)
_PLACE: Final = tuple_(ConversationRecord.number, FileRecord.seq)
_HUNG: Final = Statement(
    _FILES.where(
        tuple_(bindparam("number"), bindparam("seq")) <= _PLACE,
        tuple_(bindparam("last_number"), bindparam("last_seq")) >= _PLACE,
    )
)
_TEXTS: Final = Statement(
    select(*COLUMNS, FileRecord.text)
    .select_from(FileRecord)
    .join(ConversationRecord, ConversationRecord.id == FileRecord.conversation_id)
    .where(FileRecord.conversation_id == bindparam("conversation"), FileRecord.seq <= bindparam("until"))
    .order_by(FileRecord.seq.desc(), FileRecord.id.desc())
    .limit(1)
    .offset(bindparam("skipped"))
)
_OF_SESSION: Final = (
    select(*COLUMNS)
    .select_from(FileRecord)
    .join(ConversationRecord, ConversationRecord.id == FileRecord.conversation_id, isouter=True)
    .where(FileRecord.session_id == bindparam("session"))
)
_ALL: Final = Statement(_OF_SESSION.order_by(FileRecord.id))
_ONE: Final = Statement(_OF_SESSION.add_columns(FileRecord.text).where(FileRecord.public_id == bindparam("file_id")))


def with_files(connection: Connection, session: int, data_key: DataKey | None, lines: Sequence[Line]) -> list[Line]:
    """Return lines, which are in order, with the files that hang on them. What cannot be read is left out."""
    if not lines or data_key is None:
        return list(lines)
    first, last = lines[0].position, lines[-1].position
    places = {"number": first.number, "seq": first.seq, "last_number": last.number, "last_seq": last.seq}
    found = _by_place(_HUNG.all(connection, session=session, **places), data_key)
    return [replace(line, files=tuple(found[line.position])) if line.position in found else line for line in lines]


def papers_of(connection: Connection, data_key: DataKey, conversation: int, until: int, longest: int) -> list[Paper]:
    """Return the texts of the files on a conversation's messages up to `until`, the newest first.

    It stops after `longest` characters: no prompt holds more, and old texts need not be opened.
    """
    found: list[Paper] = []
    length = 0
    while length < longest:
        row = _TEXTS.one(connection, conversation=conversation, until=until, skipped=len(found))
        if row is None:
            break
        attached, extract = read_with_text(data_key, row)
        assert attached.at is not None  # noqa: S101 - it hangs on a message
        found.append(Paper(attached.at[1], attached.name, extract.text))
        length += len(extract.text) + 1
    return found


def files_of(connection: Connection, session: int, data_key: DataKey) -> list[Attached]:
    """Return all files of a session, oldest first."""
    return [read_file(data_key, row)[0] for row in _ALL.all(connection, session=session)]


def file_text(connection: Connection, session: int, data_key: DataKey, file_id: str) -> Extract | None:
    """Return the text of a file of a session; None where there is none."""
    row = _ONE.one(connection, session=session, file_id=file_id)
    return read_with_text(data_key, row)[1] if row else None


def read_with_text(data_key: DataKey, row: Row) -> tuple[Attached, Extract]:
    """Return a file and its text, from the columns of COLUMNS and that of the text."""
    attached, key, complete = read_file(data_key, row)
    text = DataKey(key).decrypt(bytes(row[7]), file_place("text", attached.file_id))
    return attached, Extract(text, complete)


def _by_place(rows: Sequence[Row], data_key: DataKey) -> Mapping[Position, list[Attached]]:
    found = defaultdict[Position, list[Attached]](list)
    for row in rows:
        try:
            attached, _, _ = read_file(data_key, row)
        except CannotDecrypt:
            continue
        found[Position(row[5], row[6])].append(attached)
    return found
