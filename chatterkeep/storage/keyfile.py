"""The key ring as a file (JSON, mode 0600) outside the database and its backups."""

import base64
import binascii
import fcntl
import json
import logging
import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from chatterkeep.domain.weakness import is_published, is_weak
from chatterkeep.storage.ring import DATA, PEPPER, SECRET, WRAPPING, KeyRing

log = logging.getLogger(__name__)

LOOK: Final = 1.0
"""Seconds between two looks at whether the file has changed."""

_PURPOSES: Final = (WRAPPING, PEPPER, SECRET)
_LENGTH: Final = 32
_VERSIONS: Final = range(1, 2**16)
"""What has room beside each ciphertext."""


_Mark = tuple[int, int, int]


class UnusableKeys(Exception):
    """The key file is missing, readable by others, weak or damaged; the sentence says which and what to do."""


class KeyFile:
    """The keys of a file as they are now: read again when it has changed. A file that became unusable changes nothing.

    Raises UnusableKeys where it cannot be used from the start.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen = _mark(path)
        self._refused: _Mark | None = None
        self._ring = read_key_file(path)
        self._next = time.monotonic() + LOOK

    def latest(self, at_once: bool = False) -> KeyRing:
        """Return the keys, no older than a second."""
        now = time.monotonic()
        if now >= self._next or at_once:
            self._next = now + LOOK
            self._look()
        return self._ring

    def _look(self) -> None:
        mark = _mark(self._path)
        if mark in (self._seen, None):
            return
        try:
            self._ring = read_key_file(self._path)
        except UnusableKeys as error:
            if mark != self._refused:
                log.warning("keys.unusable", extra={"problem": str(error)})
            self._refused = mark
        else:
            log.debug("keys.read")
            self._seen = mark


def create_key_file(path: Path) -> None:
    """Write a new key ring, readable by its owner only. Raises FileExistsError rather than replace one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {purpose: {"1": new_key()} for purpose in _PURPOSES} | {"ledger": new_key()}
    _write(path, content, os.link)  # all of it at once, and never over another


def change_key_file(path: Path, change: Callable[[dict[str, Any]], object]) -> KeyRing:
    """Change what is in a key file, all of it at once; return what it holds then. Raises UnusableKeys and OSError.

    `change` is given the content in its newest form: versions of each purpose, `ledger`,
    `current`, `since` and `rotating`.
    """
    read_key_file(path)
    content = json.loads(path.read_text())
    pepper = content[PEPPER]
    content.setdefault("ledger", pepper[min(pepper, key=int)])
    if not isinstance(content[SECRET], dict):
        content[SECRET] = {"1": content[SECRET]}
    content = {"current": {}, "since": {}, "rotating": {}, **content}
    change(content)
    _check(path, _ring(content))
    _write(path, content, os.replace)
    return read_key_file(path)


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Let no other command change the file meanwhile. Raises UnusableKeys where one does."""
    descriptor = os.open(path.with_name(f".{path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise UnusableKeys(f"Another command is changing {path}. Let it finish first.") from error
    finally:
        os.close(descriptor)


def read_key_file(path: Path) -> KeyRing:
    """Read and check a key ring. Raises UnusableKeys."""
    try:
        if path.stat().st_mode & 0o077:
            raise UnusableKeys(f"{path} can be read by others. Run: chmod 600 {path}")
        ring = _ring(json.loads(path.read_text()))
    except FileNotFoundError as error:
        raise UnusableKeys(f"There is no key file at {path}. Make one: flask keys generate {path}") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnusableKeys(f"{path} is not a usable key file: {type(error).__name__}.") from error
    _check(path, ring)
    return ring


def new_key() -> str:
    """Return 32 new random bytes, as the file writes them."""
    return base64.b64encode(secrets.token_bytes(_LENGTH)).decode()


def _ring(data: dict[str, Any]) -> KeyRing:
    pepper, secret = _versions(data[PEPPER]), data[SECRET]
    return KeyRing(
        wrapping=_versions(data[WRAPPING]),
        pepper=pepper,
        secrets=_versions(secret) if isinstance(secret, dict) else {1: _decoded(secret)},
        ledger=_decoded(data["ledger"]) if "ledger" in data else pepper[min(pepper)],
        current={str(purpose): int(version) for purpose, version in data.get("current", {}).items()},
        since={str(purpose): datetime.fromisoformat(at) for purpose, at in data.get("since", {}).items()},
        rotating={str(purpose): int(version) for purpose, version in data.get("rotating", {}).items()},
    )


def _check(path: Path, ring: KeyRing) -> None:
    purposes = [ring.versions(purpose) for purpose in _PURPOSES]
    keys = [key for versions in purposes for key in versions.values()]
    if ring.ledger != ring.pepper.get(min(ring.pepper, default=0)):  # which it was, before it had its own
        keys.append(ring.ledger)
    if not all(purposes) or any(len(key) != _LENGTH or is_weak(key) for key in keys):
        raise UnusableKeys(f"{path} holds a weak key: each must be {_LENGTH} random bytes, in base64.")
    if any(map(is_published, keys)):
        raise UnusableKeys(f"{path} holds an example of the documentation. Make keys: flask keys generate ANOTHER-FILE")
    if len(set(keys)) < len(keys):
        raise UnusableKeys(f"{path} uses one key twice; each purpose and version needs its own.")
    if not all(number in _VERSIONS for number in (ring.in_use(DATA), *(n for some in purposes for n in some))):
        raise UnusableKeys(f"{path} holds a version that is no number from 1 to {_VERSIONS[-1]}.")
    for purpose in _PURPOSES:
        if ring.in_use(purpose) not in ring.versions(purpose):
            raise UnusableKeys(f"{path} names a version of {purpose} as current that it does not hold.")


def _write(path: Path, content: dict[str, Any], put: Callable[[Path, Path], None]) -> None:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            json.dump(content, file, indent=2)
            file.flush()
            os.fsync(file.fileno())
        put(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _mark(path: Path) -> _Mark | None:
    """What tells a file from what it was before: written, or for others to read. None where it cannot be looked at."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_ctime_ns, found.st_size


def _versions(table: dict[str, Any]) -> dict[int, bytes]:
    return {int(version): _decoded(key) for version, key in table.items()}


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
