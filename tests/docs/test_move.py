"""The script in docs/operations.md that moves the rows of SQLite to PostgreSQL."""

import subprocess
import sys

import pytest
from flask import Flask
from sqlalchemy import make_url

from chatterkeep.app import create_app
from chatterkeep.domain.messages import Address
from chatterkeep.services.wiring import Services
from chatterkeep.settings import Settings
from chatterkeep.storage.db import db
from chatterkeep.storage.models import Base
from tests import databases
from tests.docs.texts import ROOT, blocks
from tests.make import NAME, SONG, Clock, make_address, make_inbound, make_settings


def say(app: Flask, sender: Address, *texts: str) -> list[str | None]:
    services: Services = app.extensions["chatterkeep"]
    return [services.turns.receive(make_inbound(sender=sender, text=text), services.clock()).reply for text in texts]


@pytest.mark.postgres
@pytest.mark.slow
def test_a_talk_that_began_on_sqlite_goes_on_on_postgresql(
    app: Flask, settings: Settings, clock: Clock, postgres_url: str
) -> None:
    databases.empty(postgres_url)
    sender, stranger = make_address(), make_address()
    say(app, sender, "hello", NAME)
    (script,) = [block.text for block in blocks(ROOT / "docs" / "operations.md") if "move.py" in block.marks]
    target = make_url(postgres_url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    command = [sys.executable, "-c", script, settings.database, target]
    moved = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert moved.returncode == 0, moved.stderr
    assert "messages 4\n" in moved.stdout
    assert {line.split()[0] for line in moved.stdout.splitlines()} == set(Base.metadata.tables)
    there = create_app(make_settings(data_dir=settings.data_dir, database_url=postgres_url), clock=clock)
    try:
        assert say(there, sender, SONG) == [f"Playing {SONG}"]
        assert say(there, stranger, "hello") == ["What is your name?"]
    finally:
        with there.app_context():
            db.engine.dispose()
