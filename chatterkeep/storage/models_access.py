"""The tables of those who come in: tokens, numbers that are being proved, API keys, staff."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from chatterkeep.storage.models import Base, Key


class TokenRecord(Base):
    """A capability to one session: a page's private link or an API client's session token. Only its hash is kept.

    It opens nothing from `ends_at` on, which moves when it is used, as far as its terms allow.
    """

    __tablename__ = "session_tokens"

    hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(8))
    created_at: Mapped[datetime]
    used_at: Mapped[datetime]
    ends_at: Mapped[datetime] = mapped_column(index=True)


class ProofRecord(Base):
    """An attempt to prove a number on a page: known by the hash of the token in that page's address.

    `lookup` is a keyed hash of the number, `shown` one of the code that its owner may text in. Without its session
    (erased meanwhile) it only counts what was tried for that number. Once used, `session_id` is the one that opened.
    """

    __tablename__ = "proofs"
    __table_args__ = (Index("ix_proofs_lookup_created_at", "lookup", "created_at"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    session_id: Mapped[int | None] = mapped_column(ForeignKey("sessions.id", ondelete="SET NULL"), index=True)
    lookup: Mapped[bytes] = mapped_column(LargeBinary(32))
    shown: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    created_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    proved_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]


class CodeRecord(Base):
    """A code for a number: its keyed hash, and how often somebody tried it. Used, it is empty.

    One that was not `sent`, since there had been too many, is nobody's: it only takes tries, as any other.
    """

    __tablename__ = "codes"
    __table_args__ = (Index("ix_codes_lookup_created_at", "lookup", "created_at"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    proof_id: Mapped[int] = mapped_column(ForeignKey("proofs.id", ondelete="CASCADE"), index=True)
    lookup: Mapped[bytes] = mapped_column(LargeBinary(32))
    code: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    tries: Mapped[int] = mapped_column(server_default=text("0"))
    sent: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(index=True)
    ends_at: Mapped[datetime]


class ApiKeyRecord(Base):
    """A server-side client's key. Only its hash is kept; `prefix` is enough to recognise it in a list."""

    __tablename__ = "api_keys"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    prefix: Mapped[str] = mapped_column(String(16), unique=True)
    hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    scopes: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]


class StaffRecord(Base):
    """A staff account. `epoch` counts password changes: a login from before one is no longer good.

    `failures` counts failed logins since the last good one; `totp` is the second factor's secret, encrypted, and
    `totp_step` the last of its steps of 30 seconds that was used.
    """

    __tablename__ = "staff"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    username: Mapped[str] = mapped_column(String(64), unique=True)
    password_hash: Mapped[str] = mapped_column(String(255))
    role: Mapped[str] = mapped_column(String(16))
    epoch: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(server_default=text("0"))
    locked_until: Mapped[datetime | None]
    totp: Mapped[bytes | None]
    totp_step: Mapped[int | None] = mapped_column(BigInteger)


class LoginRecord(Base):
    """A login of staff that holds. Only the hash of what its cookie names is kept; without the row it has ended."""

    __tablename__ = "staff_logins"

    hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), index=True)
    began_at: Mapped[datetime] = mapped_column(index=True)
