"""SQLite's file is for its owner alone, from the moment it is made."""

import os
from contextlib import suppress

from sqlalchemy import Engine, event


def keep_private(engine: Engine) -> None:
    """Make the file before SQLite does, which would let others read it; what SQLite puts beside it takes its mode.

    A file that is there is not even opened: closing it again would let go of the locks that this process has on it.
    """

    @event.listens_for(engine, "do_connect")
    def _connecting(*_: object) -> None:
        if path := engine.url.database:
            with suppress(OSError):  # it is there; or it cannot be, which SQLite will tell
                os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
