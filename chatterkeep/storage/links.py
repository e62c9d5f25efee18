"""Keeps the tokens that open sessions: how long they last, and that they can be ended."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, or_, select, union_all, update

from chatterkeep.domain.links import Terms
from chatterkeep.domain.messages import Capability
from chatterkeep.storage.crypto import hash_token
from chatterkeep.storage.instants import from_micros, to_micros
from chatterkeep.storage.models import SessionRecord
from chatterkeep.storage.models_access import ApiKeyRecord, TokenRecord
from chatterkeep.storage.parts import parts
from chatterkeep.storage.statements import Statement

_MINE: Final = (TokenRecord.hash == bindparam("hash"), TokenRecord.kind == bindparam("kind"))
_MADE: Final = Statement(
    select(TokenRecord.created_at).where(
        *_MINE, TokenRecord.ends_at > bindparam("now"), TokenRecord.used_at <= bindparam("before")
    )
)
_USE: Final = Statement(update(TokenRecord).where(*_MINE).values(used_at=bindparam("now"), ends_at=bindparam("until")))
_END: Final = Statement(delete(TokenRecord).where(*_MINE))
_END_ALL: Final = Statement(delete(TokenRecord).where(TokenRecord.session_id == bindparam("session")))


def made_at(connection: Connection, token: Capability, now: datetime, grain: timedelta) -> datetime | None:
    """Return when a token was made whose use is to be noted: it is good, and was last noted longer than `grain` ago."""
    row = _MADE.one(connection, **_key(token), now=to_micros(now), before=to_micros(now - grain))
    return from_micros(row[0]) if row else None


def use(connection: Connection, token: Capability, made: datetime, now: datetime, terms: Terms) -> None:
    """Note that a token was used, and move its end as far as its terms allow."""
    _USE.count(connection, **_key(token), now=to_micros(now), until=to_micros(terms.end(made, now)))


def end(connection: Connection, token: Capability) -> None:
    """End one token."""
    _END.count(connection, **_key(token))


def end_all(connection: Connection, session: int) -> int:
    """End all tokens of a session; return how many there were."""
    return _END_ALL.count(connection, session=session)


def still_good(
    connection: Connection, sessions: Collection[int], hashes: Collection[bytes], now: datetime
) -> tuple[set[int], set[bytes]]:
    """Return which of these sessions still exist, and which of these tokens and keys (by hash) are still good."""
    found: set[int] = set()
    good: set[bytes] = set()
    for some in parts(sorted(sessions)):
        query = select(SessionRecord.id).where(SessionRecord.id.in_(some))
        found |= set(connection.scalars(query))
    for few in parts(sorted(hashes)):
        tokens = select(TokenRecord.hash).where(TokenRecord.hash.in_(few), TokenRecord.ends_at > now)
        keys = select(ApiKeyRecord.hash).where(
            ApiKeyRecord.hash.in_(few),
            ApiKeyRecord.revoked_at.is_(None),
            or_(ApiKeyRecord.expires_at.is_(None), ApiKeyRecord.expires_at > now),
        )
        good |= {bytes(value) for value in connection.scalars(union_all(tokens, keys))}
    return found, good


def _key(token: Capability) -> dict[str, Any]:
    return {"hash": hash_token(token.token), "kind": token.kind.value}
