"""Encrypts what is too long for one piece: a file, chunk by chunk, so that 10 MiB never lie in memory.

Each file has a key of its own. A chunk's nonce is its number and whether it is the last one, as in STREAM (Hoang,
Reyhanitabar, Rogaway and Vizár, "Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance", 2015): chunks
that change places, go missing or come twice, and an end that was cut off or added to, do not open. The associated data
names the file, so that one file cannot stand for another.
"""

import os
from collections.abc import Callable, Iterator
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from chatterkeep.storage.crypto import CannotDecrypt

CHUNK: Final = 64 * 1024
TAG: Final = 16
FORMAT: Final = b"\x01"
"""The first byte of every file."""


def new_key() -> bytes:
    """Return a key for one file: 32 random bytes. It must never encrypt another."""
    return os.urandom(32)


class Sealer:
    """Encrypts a file as it comes. What `take` and `end` return is to be written, in this order."""

    def __init__(self, key: bytes, place: str) -> None:
        self._aead = AESGCM(key)
        self._place = place.encode()
        self._rest = bytearray()
        self._count = 0

    def take(self, data: bytes) -> bytes:
        """Take the next bytes; return what can be encrypted so far."""
        out = bytearray() if self._count or self._rest else bytearray(FORMAT)
        self._rest += data
        if not data:
            return b""
        while len(self._rest) > CHUNK:  # the last chunk is known as such only at the end
            out += self._sealed(bytes(self._rest[:CHUNK]), last=False)
            del self._rest[:CHUNK]
        return bytes(out)

    def end(self) -> bytes:
        """Return the last chunk. Of a file without a byte, that is all there is."""
        head = b"" if self._count or self._rest else FORMAT
        return head + self._sealed(bytes(self._rest), last=True)

    def _sealed(self, plain: bytes, *, last: bool) -> bytes:
        sealed = self._aead.encrypt(_nonce(self._count, last), plain, self._place)
        self._count += 1
        return sealed


def opened(read: Callable[[int], bytes], key: bytes, place: str) -> Iterator[bytes]:
    """Yield the bytes of a sealed file, chunk by chunk; `read` returns the next bytes of it.

    Raises CannotDecrypt at the first chunk that is not what was written there. Whoever needs the whole file must
    therefore read to the end.
    """
    if read(1) != FORMAT:
        raise CannotDecrypt(f"The file at {place} has an unknown format.")
    aead, size = AESGCM(key), CHUNK + TAG
    count, chunk = 0, read(size)
    while True:
        following = read(size)
        try:
            yield aead.decrypt(_nonce(count, not following), chunk, place.encode())
        except InvalidTag as error:
            raise CannotDecrypt(f"The file at {place} was changed, cut short or made with another key.") from error
        if not following:
            return
        count, chunk = count + 1, following


def _nonce(count: int, last: bool) -> bytes:
    return count.to_bytes(11, "big") + bytes([last])
