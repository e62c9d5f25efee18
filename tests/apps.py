"""Applications in this process, and their orderly end: none of their threads may meddle with the next test."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask

from chatterkeep.app import create_app
from chatterkeep.services.wiring import Clock, Services
from chatterkeep.settings import Settings
from chatterkeep.storage.db import db

_ENDS_WITHIN = 60


@contextmanager
def running_app(settings: Settings, clock: Clock) -> Iterator[Flask]:
    """An application until the block ends; another one with the same settings is like another process."""
    app = create_app(settings, clock=clock)
    yield app
    services: Services = app.extensions["chatterkeep"]
    services.feed.close()
    services.indexing.close()
    services.writers.close()
    services.outgoing.close()
    services.housekeeping.close()
    services.embeddings.close()
    deadline = time.monotonic() + _ENDS_WITHIN
    ending = (
        *(services.writers, services.outgoing, services.feed),
        *(services.housekeeping, services.indexing, services.embeddings),
    )
    while not all(one.at_rest for one in ending) and time.monotonic() < deadline:
        time.sleep(0.01)
    with app.app_context():
        db.engine.dispose()
