"""Every key is exchanged while people talk: nobody notices, nothing is lost, and the old key opens nothing."""

import os
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import create_engine, select

from chatterkeep.domain.audit import Action
from chatterkeep.settings import Settings
from chatterkeep.storage import rotating
from chatterkeep.storage.crypto import CannotDecrypt, Vault
from chatterkeep.storage.db import Database
from chatterkeep.storage.keyfile import read_key_file
from chatterkeep.storage.models import SessionRecord
from chatterkeep.storage.models_ledger import AuditRecord
from chatterkeep.storage.shares import Shares
from tests import databases
from tests.concurrency.rotating import Crowd, command, copy_of_keys, process, stored
from tests.make import make_settings
from tests.servers import Server, running

pytestmark = [pytest.mark.xdist_group("concurrency"), pytest.mark.slow]


@dataclass(frozen=True, slots=True)
class Place:
    """A server of two workers, with its settings."""

    server: Server
    settings: Settings


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def place(request: pytest.FixtureRequest, tmp_path: Path, template: Path, worker: str) -> Iterator[Place]:
    data = Path(shutil.copytree(template, tmp_path / "data"))
    with ExitStack() as stack:
        url = ""
        if request.param == "postgresql":
            where = request.getfixturevalue("postgres_server")
            url = stack.enter_context(databases.on_postgres(where, f"chatterkeep_rotating_{worker}", data))
        server = stack.enter_context(running(data, workers=2, CHATTERKEEP_DATABASE_URL=url))
        yield Place(server, make_settings(data_dir=data, database_url=url))


def test_nobody_notices_that_all_keys_are_exchanged_and_the_old_ones_retired(place: Place, tmp_path: Path) -> None:
    before = copy_of_keys(place.settings, tmp_path / "before.json")
    crowd = Crowd(place.server)
    with crowd.talking():
        crowd.go_on(20)
        for purpose in ("wrapping", "data", "pepper", "secret"):
            command(place.settings, "keys", "rotate", purpose)
        for purpose in ("wrapping", "pepper"):
            command(place.settings, "keys", "retire", purpose, "1", "--yes")
        command(place.settings, "keys", "retire", "secret", "1", "--anyway", "--yes")
        crowd.go_on(60)
    assert crowd.failures == []
    found = stored(place.settings)
    assert found.opened == found.messages
    assert found.addresses == len(crowd.phones)
    rotated = [Action.KEY_INTRODUCED.value, Action.KEY_USED.value, Action.KEY_ROTATED.value]
    assert audited(place.settings) == rotated * 4 + [Action.KEY_RETIRED.value] * 3
    engine = create_engine(place.settings.database)
    old = Vault(read_key_file(before), Shares(Database(engine)))
    with engine.connect() as connection:
        wrapped = connection.execute(select(SessionRecord.data_key, SessionRecord.public_id)).all()
    for key, session_id in wrapped:
        with pytest.raises(CannotDecrypt):
            old.data_key(key, session_id)
    engine.dispose()


@pytest.mark.parametrize(("purpose", "messages"), [("wrapping", 16_000), ("data", 1_600), ("pepper", 16_000)])
def test_a_rotation_that_was_killed_goes_on_where_it_was(place: Place, purpose: str, messages: int) -> None:
    """There is so much to do that it cannot have ended before it is killed."""
    command(place.settings, "demo", "seed", "--messages", str(messages))
    before = stored(place.settings)
    crowd = Crowd(place.server, pause=0.3)
    with crowd.talking():
        first = process(place.settings, "keys", "rotate", purpose)
        wait_until_some_changed(place.settings, purpose)
        os.kill(first.pid, signal.SIGKILL)
        first.communicate()
        assert "rotating" in command(place.settings, "keys", "status")
        assert "to version 2" in command(place.settings, "keys", "rotate", purpose, "--dry-run")
        command(place.settings, "keys", "rotate", purpose)
    assert crowd.failures == []
    found = stored(place.settings)
    assert found.opened == found.messages > before.messages
    assert "rotating" not in command(place.settings, "keys", "status")
    if purpose != "data":
        assert "is retired" in command(place.settings, "keys", "retire", purpose, "1", "--yes")


def audited(settings: Settings) -> list[str]:
    engine = create_engine(settings.database)
    with engine.connect() as connection:
        found = list(connection.scalars(select(AuditRecord.action).order_by(AuditRecord.number)))
    engine.dispose()
    return found


def wait_until_some_changed(settings: Settings, purpose: str) -> None:
    """Wait until some of the old values are of the new version."""
    count = {
        "wrapping": rotating.count_wrapped,
        "data": rotating.count_generations,
        "pepper": rotating.count_addresses,
    }[purpose]
    engine = create_engine(settings.database)
    deadline = time.monotonic() + 60
    with engine.connect() as connection:
        old = count(connection).get(1, 0)
        while time.monotonic() < deadline and count(connection).get(1, 0) >= old - 5:
            connection.rollback()
            time.sleep(0.01)
    engine.dispose()
