"""The application, broken on purpose in the way that CHAOS_BREAKS names: a checker that finds nothing here is blind.

`fence`: any writer may write, whoever writes by now. `ack`: messages are acknowledged before they are durable.
"""

import os
import queue
import threading
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from flask import Flask
from sqlalchemy import Connection

from chatterkeep.app import load_app
from chatterkeep.storage import claims, endings
from chatterkeep.storage.db import Database
from chatterkeep.storage.statements import Statement

_DELAY = 0.3


class Hasty:
    """A database that says a write is done, and then does it."""

    def __init__(self, database: Database) -> None:
        self.read = database.read
        self._together = database.together

    def together(self, work: Callable[[Connection], Any]) -> Any:
        """Return or raise what `work` does, a moment before it is committed."""
        told: queue.SimpleQueue[tuple[Any, BaseException | None]] = queue.SimpleQueue()

        def tell_and_linger(connection: Connection) -> None:
            told.put((work(connection), None))
            time.sleep(_DELAY)

        def commit_later() -> None:
            try:
                self._together(tell_and_linger)
            except Exception as error:
                told.put((None, error))

        threading.Thread(target=commit_later, daemon=True).start()
        value, error = told.get()
        if error:
            raise error
        return value


def break_fence(app: Flask) -> None:
    """Let claims, flushes and endings look at nothing but the row."""
    for module, name in ((claims, "_CLAIM"), (claims, "_FLUSH"), (claims, "_RENEW"), (endings, "_END")):
        clause: Any = getattr(module, name)._clause._generate()
        clause._where_criteria = clause._where_criteria[:1]
        setattr(module, name, Statement(clause))


def break_ack(app: Flask) -> None:
    """Acknowledge before the commit. Replies are left to the sweep, as there is no row yet that one could write."""
    turns = app.extensions["chatterkeep"].turns
    turns._database = Hasty(turns._database)
    turns._writers = SimpleNamespace(name=None)


BREAKS = {"fence": break_fence, "ack": break_ack}

app = load_app()
BREAKS[os.environ["CHAOS_BREAKS"]](app)
