"""Encryption at rest: a data key for each session, wrapped by the key-encryption key; numbers found by keyed hash.

AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce. The associated data names the row and column a value
belongs to, so that ciphertexts cannot be moved between rows. Texts are padded to steps of 32 bytes, so that their
length tells little.
"""

import hmac
import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_FORMAT: Final = 1
_HEADER: Final = struct.Struct(">BH")
_NONCE: Final = 12
_STEP: Final = 32


class CannotDecrypt(Exception):
    """A value was not made with this key, or not for this place."""


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The keys that live outside the database, each by version; the highest version is the one in use.

    `wrapping` are key-encryption keys, `pepper` keys the look-up of numbers: 32 bytes each. `secret` signs the staff
    cookie. `ledger` keys what can never be computed anew, so it never changes: deliveries, the audit's seals, the
    index of words. A ring from before it existed has its first pepper there.
    """

    wrapping: Mapping[int, bytes]
    pepper: Mapping[int, bytes]
    secret: bytes
    ledger: bytes

    def __repr__(self) -> str:
        return f"KeyRing(wrapping={sorted(self.wrapping)}, pepper={sorted(self.pepper)})"


class DataKey:
    """Encrypts and decrypts what belongs to one session."""

    __slots__ = ("_aead",)

    def __init__(self, key: bytes) -> None:
        self._aead = AESGCM(key)

    def encrypt(self, text: str, place: str) -> bytes:
        """Encrypt a text for one place, such as `messages.body:<conversation>:<seq>`."""
        return _seal(self._aead, 0, _pad(text.encode()), place)

    def decrypt(self, blob: bytes, place: str) -> str:
        """Return the text that was encrypted for this place. Raises CannotDecrypt."""
        return _unpad(_open(self._aead, blob, place)).decode()


class Vault:
    """Makes and opens data keys, and finds numbers without storing them in the clear."""

    def __init__(self, keys: KeyRing) -> None:
        self._wrapping = {version: AESGCM(key) for version, key in keys.wrapping.items()}
        self._current = max(keys.wrapping)
        self._peppers = dict(keys.pepper)
        self._ledger = keys.ledger
        self.pepper_version = max(keys.pepper)
        self._opened = lru_cache(maxsize=10_000)(self._open_data_key)

    def new_data_key(self, session: str) -> tuple[bytes, DataKey]:
        """Return a new data key for a session (by public id): wrapped for storing, and ready for use."""
        key = os.urandom(32)
        wrapped = _seal(self._wrapping[self._current], self._current, key, _key_place(session))
        return wrapped, DataKey(key)

    def data_key(self, wrapped: bytes, session: str) -> DataKey:
        """Open a session's data key. Raises CannotDecrypt, also when its wrapping key was retired."""
        return self._opened(wrapped, session)

    def lookup(self, purpose: str, value: str) -> bytes:
        """Return the keyed hash (HMAC-SHA-256, 32 bytes) by which a value is found."""
        return hmac.digest(self._peppers[self.pepper_version], f"{purpose}\0{value}".encode(), sha256)

    def ledger(self, purpose: str, value: str) -> bytes:
        """Return a keyed hash (HMAC-SHA-256, 32 bytes) that stays the same when the pepper changes."""
        return hmac.digest(self._ledger, f"{purpose}\0{value}".encode(), sha256)

    def seal(self, text: str, place: str) -> bytes:
        """Encrypt what belongs to the installation, not to a session, for one place such as `staff.totp:7`."""
        return _seal(self._wrapping[self._current], self._current, _pad(text.encode()), place)

    def unseal(self, blob: bytes, place: str) -> str:
        """Return the text that was sealed for this place. Raises CannotDecrypt."""
        return _unpad(_open(self._wrapping_key(blob), blob, place)).decode()

    def _open_data_key(self, wrapped: bytes, session: str) -> DataKey:
        return DataKey(_open(self._wrapping_key(wrapped), wrapped, _key_place(session)))

    def _wrapping_key(self, blob: bytes) -> AESGCM:
        version = _HEADER.unpack_from(blob)[1] if len(blob) >= _HEADER.size else 0
        if version not in self._wrapping:
            raise CannotDecrypt(f"The key-encryption key of version {version} is not in the key ring.")
        return self._wrapping[version]


def hash_token(token: str) -> bytes:
    """Return the hash (SHA-256, 32 bytes) that is stored for a random token of at least 128 bits."""
    return sha256(token.encode()).digest()


def _key_place(session: str) -> str:
    return f"sessions.data_key:{session}"


def _seal(aead: AESGCM, version: int, plain: bytes, place: str) -> bytes:
    nonce = os.urandom(_NONCE)
    return _HEADER.pack(_FORMAT, version) + nonce + aead.encrypt(nonce, plain, place.encode())


def _open(aead: AESGCM, blob: bytes, place: str) -> bytes:
    start = _HEADER.size + _NONCE
    if len(blob) < start or blob[0] != _FORMAT:
        raise CannotDecrypt(f"The value at {place} has an unknown format.")
    try:
        return aead.decrypt(blob[_HEADER.size : start], blob[start:], place.encode())
    except InvalidTag as error:
        raise CannotDecrypt(f"The value at {place} was changed, moved or made with another key.") from error


def _pad(plain: bytes) -> bytes:
    return plain + b"\x80" + bytes(-(len(plain) + 1) % _STEP)


def _unpad(padded: bytes) -> bytes:
    return padded.rstrip(b"\0")[:-1]
