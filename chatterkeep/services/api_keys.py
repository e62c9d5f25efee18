"""API keys of server-side clients: made once and shown once, looked up at every call, revoked at once."""

import logging
import re
import secrets
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final
from zlib import crc32

from chatterkeep.domain.api_keys import SCOPES, ApiKey
from chatterkeep.domain.audit import COMMAND_LINE, Action, Entry
from chatterkeep.domain.errors import InvalidInput
from chatterkeep.domain.messages import clean_text
from chatterkeep.storage import audit
from chatterkeep.storage.api_keys import NewKey, add_key, find_key, list_keys, note_use, revoke_key
from chatterkeep.storage.crypto import Vault, hash_token
from chatterkeep.storage.db import Database

log = logging.getLogger(__name__)

PREFIX: Final = 16
"""How many characters of a key tell it from the others in a list: of its 256 random bits they give away 48."""

_LONGEST_NAME: Final = 64
_GRAIN: Final = timedelta(minutes=1)
_FORM: Final = re.compile(r"(ck_live_[A-Za-z0-9_-]{43})([0-9a-f]{6})", re.ASCII)


class ApiKeys:
    """Makes, finds, lists and revokes keys."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault
        self._noted: dict[int, datetime] = {}

    def create(self, name: str, scopes: Collection[str], expires_at: datetime | None, now: datetime) -> str:
        """Return a new key, which is known only here and to whom it is given. Raises InvalidInput."""
        if not scopes or not set(scopes) <= set(SCOPES):
            raise InvalidInput("scopes", f"A key has one or more of the scopes {', '.join(SCOPES)}.", "chat")
        if expires_at is not None and expires_at <= now:
            raise InvalidInput("expires", "A key cannot expire before it is made.", "90d")
        token = _new_token()
        key = NewKey(_clean_name(name), token[:PREFIX], hash_token(token), set(scopes), expires_at)
        made = Entry(COMMAND_LINE, Action.KEY_MADE, key.prefix, f"{key.name}: {' '.join(sorted(scopes))}", now)
        with self._database.write() as connection:
            add_key(connection, key, now)
            audit.add(connection, self._vault, made)
        return token

    def find(self, token: str, now: datetime) -> ApiKey | None:
        """Return the key a caller shows; None for one that is unknown, expired or revoked.

        What cannot be a key at all is known by its check sum. All others cost the same one look-up, each time:
        nothing is remembered that a revocation would have to reach.
        """
        if not is_well_formed(token):
            return None
        with self._database.read() as connection:
            key = find_key(connection, token)
        if key is None or key.state(now) != "active":
            return None
        self._note(key, now)
        return key

    def list(self) -> Sequence[ApiKey]:
        """Return every key, oldest first, the expired and revoked ones too."""
        with self._database.read() as connection:
            return list_keys(connection)

    def revoke(self, prefix: str, now: datetime) -> bool:
        """End a key for ever; tell whether there was one of that prefix that was not revoked yet."""
        with self._database.write() as connection:
            revoked = revoke_key(connection, prefix, now)
            if revoked:
                audit.add(connection, self._vault, Entry(COMMAND_LINE, Action.KEY_REVOKED, prefix, "", now))
            return revoked

    def _note(self, key: ApiKey, now: datetime) -> None:
        """Keep when a key was last used, to the minute. A request never fails for it, nor waits for it twice."""
        last = max(filter(None, (key.last_used_at, self._noted.get(key.id))), default=None)
        if last is not None and now - last < _GRAIN:
            return
        self._noted[key.id] = now
        try:
            with self._database.write() as connection:
                note_use(connection, key.id, now)
        except Exception as error:  # whatever it is, the caller's own request may still succeed
            log.warning("api_key.use_not_noted", extra={"error": type(error).__name__})


def is_well_formed(token: str) -> bool:
    """Tell whether a text can be a key: its last six characters are a check sum of the others."""
    match = _FORM.fullmatch(token)
    return match is not None and match[2] == _check_sum(match[1])


def _new_token() -> str:
    body = f"ck_live_{secrets.token_urlsafe(32)}"
    return body + _check_sum(body)


def _check_sum(body: str) -> str:
    """The low 24 bits of the CRC-32, in hex: finds typing mistakes, and lets scanners tell keys from noise."""
    return f"{crc32(body.encode()) & 0xFFFFFF:06x}"


def _clean_name(name: str) -> str:
    if not name.strip() or len(name) > _LONGEST_NAME:
        raise InvalidInput("name", f"A key's name has 1 to {_LONGEST_NAME} characters.", "shop")
    return clean_text(name.strip(), "name", _LONGEST_NAME)
