"""API keys: rows <-> values. Of a key itself only its hash and its first characters are stored."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, insert, or_, select, update

from chatterkeep.domain.api_keys import ApiKey
from chatterkeep.storage.crypto import hash_token
from chatterkeep.storage.instants import from_micros, to_micros
from chatterkeep.storage.models_access import ApiKeyRecord
from chatterkeep.storage.statements import Row, Statement


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key about to be stored."""

    name: str
    prefix: str
    hash: bytes
    scopes: Collection[str]
    expires_at: datetime | None


_KEY: Final = select(
    ApiKeyRecord.id,
    ApiKeyRecord.name,
    ApiKeyRecord.prefix,
    ApiKeyRecord.scopes,
    ApiKeyRecord.created_at,
    ApiKeyRecord.expires_at,
    ApiKeyRecord.revoked_at,
    ApiKeyRecord.last_used_at,
)
_BY_HASH: Final = Statement(_KEY.where(ApiKeyRecord.hash == bindparam("hash")))
_ALL: Final = Statement(_KEY.order_by(ApiKeyRecord.id))
_ADD: Final = Statement(
    insert(ApiKeyRecord).values(
        name=bindparam("name"),
        prefix=bindparam("prefix"),
        hash=bindparam("hash"),
        scopes=bindparam("scopes"),
        created_at=bindparam("created_at"),
        expires_at=bindparam("expires_at"),
    )
)
_REVOKE: Final = Statement(
    update(ApiKeyRecord)
    .where(ApiKeyRecord.prefix == bindparam("known_by"), ApiKeyRecord.revoked_at.is_(None))
    .values(revoked_at=bindparam("revoked_at"))
)
_USED: Final = Statement(
    update(ApiKeyRecord)
    .where(
        ApiKeyRecord.id == bindparam("key"),
        or_(ApiKeyRecord.last_used_at.is_(None), ApiKeyRecord.last_used_at < bindparam("now")),
    )
    .values(last_used_at=bindparam("now"))
)


def add_key(connection: Connection, key: NewKey, now: datetime) -> None:
    """Store a new key."""
    _ADD.count(
        connection,
        name=key.name,
        prefix=key.prefix,
        hash=key.hash,
        scopes=" ".join(sorted(key.scopes)),
        created_at=to_micros(now),
        expires_at=to_micros(key.expires_at) if key.expires_at else None,
    )


def find_key(connection: Connection, token: str) -> ApiKey | None:
    """Return the key that this token is, whatever its state."""
    row = _BY_HASH.one(connection, hash=hash_token(token))
    return _api_key(row) if row else None


def list_keys(connection: Connection) -> list[ApiKey]:
    """Return every key, oldest first."""
    return [_api_key(row) for row in _ALL.all(connection)]


def revoke_key(connection: Connection, prefix: str, now: datetime) -> bool:
    """Revoke the key of that prefix; tell whether there was one that was not revoked yet."""
    return _REVOKE.count(connection, known_by=prefix, revoked_at=to_micros(now)) > 0


def note_use(connection: Connection, key: int, now: datetime) -> None:
    """Keep when a key was last used; of two processes that say so, the later one is right."""
    _USED.count(connection, key=key, now=to_micros(now))


def _api_key(row: Row) -> ApiKey:
    row_id, name, prefix, scopes, created_at, expires_at, revoked_at, last_used_at = row
    return ApiKey(
        id=row_id,
        name=name,
        prefix=prefix,
        scopes=frozenset(scopes.split()),
        created_at=from_micros(created_at),
        expires_at=_moment(expires_at),
        revoked_at=_moment(revoked_at),
        last_used_at=_moment(last_used_at),
    )


def _moment(micros: int | None) -> datetime | None:
    return None if micros is None else from_micros(micros)
