"""Encryption at rest: a data key for each session, wrapped by the key-encryption key; numbers found by keyed hash.

A data key is made of two halves. One is wrapped and stored with the session, the other, its share, lies in a store
that older backups do not hold: whoever destroys the share has destroyed what those backups say.

AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce. The associated data names the row and column a value
belongs to, so that ciphertexts cannot be moved between rows. Texts are padded to steps of 32 bytes, so that their
length tells little.
"""

import hmac
import os
import struct
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection

from chatterkeep.storage.ring import DATA, PEPPER, WRAPPING, KeyRing, Keys
from chatterkeep.storage.shares import SPLIT, Shares

_FORMAT: Final = 1
_SPLIT: Final = SPLIT[0]
_HEADER: Final = struct.Struct(">BH")
_GENERATION: Final = struct.Struct(">H")
_NONCE: Final = 12
_STEP: Final = 32


class CannotDecrypt(Exception):
    """A value was not made with this key, or not for this place."""


class Forgotten(CannotDecrypt):
    """The share of a session's data key is not there: destroyed, or its store was left behind."""


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
    """Makes and opens data keys, and finds numbers without storing them in the clear.

    Without a store of shares, data keys are whole, and wrapped as such.
    """

    def __init__(self, keys: Keys, shares: Shares | None = None) -> None:
        self._keys = keys
        self._shares = shares
        self._opened = lru_cache(maxsize=10_000)(self._open_data_key)
        self._epoch = 0
        self._use(keys.latest())

    @property
    def ring(self) -> KeyRing:
        """The keys as they are at this very moment."""
        return self._now(at_once=True)

    @property
    def pepper_version(self) -> int:
        """The version of the pepper under which `lookup` finds."""
        return self._now().in_use(PEPPER)

    @property
    def wrapping_version(self) -> int:
        """The version of the wrapping key in use."""
        return self._now().in_use(WRAPPING)

    def new_data_key(self, session: str) -> tuple[bytes, DataKey]:
        """Return a new data key for a session (by public id): wrapped for storing, and ready for use.

        This waits for the disk, so it has no place inside a write. Raises StoreBusy.
        """
        return self.new_data_keys([session])[0]

    def new_data_keys(self, sessions: Sequence[str]) -> list[tuple[bytes, DataKey]]:
        """Return a new data key for each of the sessions; all of them cost no more than one."""
        shares = self._shares.add(sessions) if self._shares else {}
        return [self._new_data_key(session, shares.get(session)) for session in sessions]

    def data_key(self, wrapped: bytes, session: str) -> DataKey:
        """Open a session's data key. Raises CannotDecrypt, also when its wrapping key was retired, and Forgotten."""
        epoch = self._shares.epoch() if self._shares else 0
        if epoch != self._epoch:
            self._opened.cache_clear()  # a share was destroyed: what is held here must not outlive it
            self._epoch = epoch
        return self._opened(wrapped, session, epoch)

    def rewrap(self, wrapped: bytes, session: str) -> bytes:
        """Return a data key wrapped by the wrapping key in use; its share stays as it is. Raises CannotDecrypt."""
        if wrapped[:1] != SPLIT:
            return self._resealed(wrapped, _key_place(session))
        generation = wrapped[_HEADER.size : _HEADER.size + _GENERATION.size]
        return self._resealed(wrapped, _half_place(session, generation), _SPLIT, generation)

    def reseal(self, blob: bytes, place: str) -> bytes:
        """Return what was sealed for a place, sealed by the wrapping key in use. Raises CannotDecrypt."""
        return self._resealed(blob, place)

    def forget(self, *sessions: str) -> int:
        """Destroy the shares of sessions (by public id): nobody can read them any more, in no backup of the database.

        Returns how many there were; again does no harm. Other processes notice within a second. Raises StoreBusy.
        """
        gone = self._shares.forget(sessions) if self._shares else 0
        self._opened.cache_clear()
        return gone

    def orphans(self, connection: Connection, before: datetime) -> Iterator[list[str]]:
        """Yield the sessions whose share is there from before a moment, and who are not, a few hundred at a time."""
        return self._shares.orphans(connection, before) if self._shares else iter(())

    def forgotten(self, connection: Connection) -> Iterator[list[str]]:
        """Yield the sessions that nobody can read any more, since their share is not there, a few at a time."""
        return self._shares.missing(connection) if self._shares else iter(())

    def lookup(self, purpose: str, value: str, version: int | None = None) -> bytes:
        """Return the keyed hash (HMAC-SHA-256, 32 bytes) by which a value is found, under the pepper in use."""
        ring = self._now()
        return _keyed(ring.pepper[version or ring.in_use(PEPPER)], purpose, value)

    def lookups(self, purpose: str, value: str) -> tuple[bytes, ...]:
        """Return the keyed hashes of a value under all peppers there are; first that of the one in use."""
        ring = self._now()
        used = ring.in_use(PEPPER)
        others = (key for version, key in ring.pepper.items() if version != used)
        return tuple(_keyed(key, purpose, value) for key in (ring.pepper[used], *others))

    def ledger(self, purpose: str, value: str) -> bytes:
        """Return a keyed hash (HMAC-SHA-256, 32 bytes) that stays the same when the pepper changes."""
        return _keyed(self._ring.ledger, purpose, value)

    def seal(self, text: str, place: str) -> bytes:
        """Encrypt what belongs to the installation, not to a session, for one place such as `staff.totp:7`."""
        version = self._now().in_use(WRAPPING)
        return _seal(self._wrapping[version], version, _pad(text.encode()), place)

    def unseal(self, blob: bytes, place: str) -> str:
        """Return the text that was sealed for this place. Raises CannotDecrypt."""
        return _unpad(_open(self._wrapping_key(blob), blob, place)).decode()

    def _new_data_key(self, session: str, share: bytes | None) -> tuple[bytes, DataKey]:
        ring, half = self._now(), os.urandom(32)
        version = ring.in_use(WRAPPING)
        if share is None:
            return _seal(self._wrapping[version], version, half, _key_place(session)), DataKey(half)
        generation = _GENERATION.pack(ring.in_use(DATA))
        sealed = _seal(self._wrapping[version], version, half, _half_place(session, generation), _SPLIT, generation)
        return sealed, DataKey(_whole(half, share))

    def _open_data_key(self, wrapped: bytes, session: str, epoch: int) -> DataKey:
        wrapping = self._wrapping_key(wrapped)
        if wrapped[0] != _SPLIT:
            return DataKey(_open(wrapping, wrapped, _key_place(session)))
        generation = wrapped[_HEADER.size : _HEADER.size + _GENERATION.size]
        half = _open(wrapping, wrapped, _half_place(session, generation), _SPLIT)
        share = self._shares.get(session) if self._shares else None
        if share is None:
            raise Forgotten(f"There is no share of the data key of session {session}.")
        return DataKey(_whole(half, share))

    def _resealed(self, blob: bytes, place: str, kind: int = _FORMAT, more: bytes = b"") -> bytes:
        version = self._now().in_use(WRAPPING)
        return _seal(
            self._wrapping[version], version, _open(self._wrapping_key(blob), blob, place, kind), place, kind, more
        )

    def _wrapping_key(self, blob: bytes) -> AESGCM:
        version = _HEADER.unpack_from(blob)[1] if len(blob) >= _HEADER.size else 0
        self._now(at_once=version not in self._wrapping)
        if version not in self._wrapping:
            raise CannotDecrypt(f"The key-encryption key of version {version} is not in the key ring.")
        return self._wrapping[version]

    def _now(self, at_once: bool = False) -> KeyRing:
        ring = self._keys.latest(at_once)
        if ring is not self._ring:
            self._use(ring)
        return ring

    def _use(self, ring: KeyRing) -> None:
        self._wrapping = {version: AESGCM(key) for version, key in ring.wrapping.items()}
        self._ring = ring
        self._opened.cache_clear()


def hash_token(token: str) -> bytes:
    """Return the hash (SHA-256, 32 bytes) that is stored for a random token of at least 128 bits."""
    return sha256(token.encode()).digest()


def _keyed(key: bytes, purpose: str, value: str) -> bytes:
    return hmac.digest(key, f"{purpose}\0{value}".encode(), sha256)


def _whole(half: bytes, share: bytes) -> bytes:
    """A data key is derived from both its halves, so that a session's share stays when its data key changes."""
    return hmac.digest(share, half, sha256)


def _key_place(session: str) -> str:
    return f"sessions.data_key:{session}"


def _half_place(session: str, generation: bytes) -> str:
    return f"sessions.data_key/{generation.hex()}:{session}"


def _seal(aead: AESGCM, version: int, plain: bytes, place: str, kind: int = _FORMAT, more: bytes = b"") -> bytes:
    nonce = os.urandom(_NONCE)
    return _HEADER.pack(kind, version) + more + nonce + aead.encrypt(nonce, plain, place.encode())


def _open(aead: AESGCM, blob: bytes, place: str, kind: int = _FORMAT) -> bytes:
    head = _HEADER.size + (_GENERATION.size if kind == _SPLIT else 0)
    start = head + _NONCE
    if len(blob) < start or blob[0] != kind:
        raise CannotDecrypt(f"The value at {place} has an unknown format.")
    try:
        return aead.decrypt(blob[head:start], blob[start:], place.encode())
    except InvalidTag as error:
        raise CannotDecrypt(f"The value at {place} was changed, moved or made with another key.") from error


def _pad(plain: bytes) -> bytes:
    return plain + b"\x80" + bytes(-(len(plain) + 1) % _STEP)


def _unpad(padded: bytes) -> bytes:
    return padded.rstrip(b"\0")[:-1]
