"""Work that one process at a time does, of all that use a database; the others leave it to that one."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import func, select

from chatterkeep.storage.db import Database

_WORK: Final = {"words": 20260301, "vectors": 20261101}
"""Numbers of PostgreSQL's advisory locks."""


@contextmanager
def alone(database: Database, work: str) -> Iterator[bool]:
    """Tell whether this process is the one to do the work, and see to it that no other begins inside the block.

    Nobody waits: the answer is no while another is at it. Raises StoreBusy.
    """
    if not database.is_sqlite:
        with database.read() as connection:
            yield bool(connection.scalar(select(func.pg_try_advisory_xact_lock(_WORK[work]))))
    elif path := database.engine.url.database:
        with _locked(Path(f"{path}.{work}.lock")) as is_mine:
            yield is_mine
    else:
        yield True


@contextmanager
def _locked(path: Path) -> Iterator[bool]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)
