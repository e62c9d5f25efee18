"""Keeps answers to first questions in Redis, encrypted, for all processes of all machines."""

import logging
from datetime import timedelta
from typing import Final

from redis import Redis, RedisError

from chatterkeep.storage.crypto import CannotDecrypt, DataKey, Vault

log = logging.getLogger(__name__)

_PREFIX: Final = "chatterkeep/answer/"
_SECONDS: Final = 0.5
"""Longest wait for Redis: asking the model again is better than waiting."""


class RedisCache:
    """Answers by key, each for a time. Without Redis, nothing is kept and nothing fails."""

    def __init__(self, url: str, vault: Vault, lifetime: timedelta) -> None:
        self._redis: Redis = Redis.from_url(url, socket_timeout=_SECONDS, socket_connect_timeout=_SECONDS)
        self._key = DataKey(vault.lookup("answer-cache", "key"))
        self._lifetime = lifetime

    def get(self, key: str) -> str | None:
        """Return an answer that is kept."""
        try:
            blob = self._redis.get(_PREFIX + key)
            return self._key.decrypt(bytes(blob), key) if isinstance(blob, bytes) else None
        except (RedisError, CannotDecrypt):
            log.warning("answer_cache.unread")
            return None

    def put(self, key: str, answer: str) -> None:
        """Keep an answer."""
        try:
            self._redis.set(_PREFIX + key, self._key.encrypt(answer, key), px=self._lifetime)
        except RedisError:
            log.warning("answer_cache.unwritten")
