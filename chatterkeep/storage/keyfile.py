"""The key ring as a file (JSON, mode 0600) outside the database and its backups."""

import base64
import binascii
import json
import os
import secrets
from pathlib import Path
from typing import Any

from chatterkeep.storage.crypto import KeyRing


class UnusableKeys(Exception):
    """The key file is missing, readable by others, weak or damaged; the sentence says which and what to do."""


def create_key_file(path: Path) -> None:
    """Write a new key ring, readable by its owner only. Raises FileExistsError rather than replace one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {
        "wrapping": {"1": _encoded(secrets.token_bytes(32))},
        "pepper": {"1": _encoded(secrets.token_bytes(32))},
        "secret": _encoded(secrets.token_bytes(32)),
        "ledger": _encoded(secrets.token_bytes(32)),
    }
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            json.dump(content, file, indent=2)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)  # all of it at once, and never over another
    finally:
        draft.unlink()


def read_key_file(path: Path) -> KeyRing:
    """Read and check a key ring. Raises UnusableKeys."""
    try:
        if path.stat().st_mode & 0o077:
            raise UnusableKeys(f"{path} can be read by others. Run: chmod 600 {path}")
        data = json.loads(path.read_text())
        pepper = _versions(data["pepper"])
        ring = KeyRing(
            wrapping=_versions(data["wrapping"]),
            pepper=pepper,
            secret=_decoded(data["secret"]),
            ledger=_decoded(data["ledger"]) if "ledger" in data else pepper[min(pepper)],
        )
    except FileNotFoundError as error:
        raise UnusableKeys(f"There is no key file at {path}. Make one: flask keys generate {path}") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnusableKeys(f"{path} is not a usable key file: {type(error).__name__}.") from error
    _check(path, ring)
    return ring


def _check(path: Path, ring: KeyRing) -> None:
    keys = [*ring.wrapping.values(), *ring.pepper.values(), ring.secret]
    if not ring.wrapping or not ring.pepper or any(len(key) < 32 or len(set(key)) < 8 for key in keys):
        raise UnusableKeys(f"{path} holds a weak key: each must be 32 random bytes, in base64.")
    if len(set(keys)) < len(keys):
        raise UnusableKeys(f"{path} uses one key twice; each purpose and version needs its own.")


def _versions(table: dict[str, Any]) -> dict[int, bytes]:
    return {int(version): _decoded(key) for version, key in table.items()}


def _encoded(key: bytes) -> str:
    return base64.b64encode(key).decode()


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
