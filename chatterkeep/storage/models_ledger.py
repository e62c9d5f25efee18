"""The tables that remember what was done: the audit, receipts of erasures, the settings of the last start."""

from datetime import datetime

from sqlalchemy import BigInteger, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from chatterkeep.storage.models import Base, Key


class AuditRecord(Base):
    """One sensitive action: who did what to which thing, when. Rows are only ever added; the database refuses more.

    `number` counts them without gaps, `seal` is a keyed hash of the row and of the seal before it.
    """

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(80))
    action: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(80))
    detail: Mapped[str] = mapped_column(String(255))
    request_id: Mapped[str] = mapped_column(String(64))
    number: Mapped[int] = mapped_column(BigInteger, unique=True)
    seal: Mapped[bytes | None] = mapped_column(LargeBinary(32))


class ErasureRecord(Base):
    """The receipt of an erasure: how much was erased, and nothing of whom."""

    __tablename__ = "erasures"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(36), unique=True)
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(16))
    counts: Mapped[str] = mapped_column(String(255))


class DoomedKeyRecord(Base):
    """A session that was erased and whose share of its data key may still be there: it is destroyed right after.

    Known here until that is done, so that it is done even where a process is killed in between.
    """

    __tablename__ = "doomed_keys"

    session_id: Mapped[str] = mapped_column(String(36), primary_key=True)


class SettingRecord(Base):
    """A keyed hash of the value that a setting had at the last start, by which the audit learns of a change."""

    __tablename__ = "known_settings"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    mark: Mapped[bytes] = mapped_column(LargeBinary(16))
