"""The private links of pages and the tokens of API clients: how long they last, and how they are ended."""

import threading
from collections import OrderedDict
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from chatterkeep.domain.audit import VISITOR, Action, Actor, Entry
from chatterkeep.domain.errors import StoreBusy
from chatterkeep.domain.links import Terms
from chatterkeep.domain.messages import Capability
from chatterkeep.storage import audit, links
from chatterkeep.storage.crypto import Vault, hash_token
from chatterkeep.storage.db import Database
from chatterkeep.storage.known import held

GRAIN: Final = timedelta(hours=1)
"""How exactly it is known when a link was used last: each use written down would be a write for each page."""

_MOST: Final = 10_000


class Links:
    """What can be done with tokens, besides opening a session."""

    def __init__(self, database: Database, vault: Vault, terms: Terms) -> None:
        self._database = database
        self._vault = vault
        self._terms = terms
        self._noted: OrderedDict[bytes, datetime] = OrderedDict()
        self._lock = threading.Lock()

    @staticmethod
    def hash_of(token: str) -> bytes:
        """Return the hash by which a token, or a key, is known."""
        return hash_token(token)

    def touch(self, token: Capability, now: datetime) -> None:
        """Note that a token is used, so that it ends later. At most one write in GRAIN; a busy database loses it."""
        if not self._is_due(hash_token(token.token), now):
            return
        with suppress(StoreBusy):
            with self._database.read() as connection:
                made = links.made_at(connection, token, now, GRAIN)
            if made:
                with self._database.write() as connection:
                    links.use(connection, token, made, now, self._terms)

    def sign_out(self, page: Capability, request_id: str, now: datetime) -> None:
        """End one link. Raises NotFound."""
        with self._database.write() as connection:
            known = held(connection, self._vault, page, now)
            links.end(connection, page)
            audit.add(connection, self._vault, _signed_out(known.session_id, "this link", request_id, now))

    def sign_out_everywhere(self, page: Capability, request_id: str, now: datetime) -> int:
        """End all links and tokens of a link's session; return how many there were. Raises NotFound."""
        with self._database.write() as connection:
            known = held(connection, self._vault, page, now)
            count = links.end_all(connection, known.session)
            audit.add(connection, self._vault, _signed_out(known.session_id, f"all links: {count}", request_id, now))
        return count

    def _is_due(self, key: bytes, now: datetime) -> bool:
        """Tell whether this process has not looked after a token lately."""
        with self._lock:
            last = self._noted.get(key)
            if last is not None and now - last < GRAIN:
                return False
            self._noted[key] = now
            self._noted.move_to_end(key)
            if len(self._noted) > _MOST:
                self._noted.popitem(last=False)
        return True


def _signed_out(session_id: str, what: str, request_id: str, now: datetime) -> Entry:
    return Entry(Actor(VISITOR, request_id), Action.SIGNED_OUT, session_id, what, now)
