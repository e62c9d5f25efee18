"""Three real workers on each kind of database, and a look at what they stored."""

import http.client
import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine

from chatterkeep.domain.messages import Channel
from chatterkeep.domain.transcript import Line, Position
from chatterkeep.settings import Settings
from chatterkeep.storage.db import Database
from chatterkeep.storage.known import find
from chatterkeep.storage.threads import lines_after
from tests import databases
from tests.make import NOW, make_address, make_settings
from tests.servers import Answer, Server, running

EVERYTHING = 1_000_000
ATTEMPTS = 400


@dataclass(frozen=True, slots=True)
class Busy:
    """A server under load, and its database seen from outside."""

    server: Server
    settings: Settings

    def post(self, fields: dict[str, Any]) -> Answer:
        return self.server.post("/chat", fields)

    def insist(self, fields: dict[str, Any]) -> Answer:
        """Post it as a good client does: the same delivery again until it is taken."""
        for _ in range(ATTEMPTS):
            try:
                answer = self.post(fields)
            except (OSError, http.client.HTTPException):
                time.sleep(0.1)
            else:
                if answer.status != 503:
                    return answer
        raise AssertionError("never taken")

    def at_once(self, work: Callable[[int], Any], times: int) -> list[Any]:
        """Do it so many times at the same moment."""
        with ThreadPoolExecutor(times) as pool:
            return list(pool.map(work, range(times)))

    def history(self, phone: str) -> list[Line]:
        """All that is stored of a person."""
        engine = create_engine(self.settings.database)
        database = Database(engine)
        vault = databases.vault(self.settings, database)
        with database.read() as connection:
            known = find(connection, vault, make_address(phone=phone, channel=Channel.SMS), NOW)
            lines = lines_after(connection, known.session, known.data_key, Position(), EVERYTHING) if known else []
        engine.dispose()
        return lines


@pytest.fixture(scope="session", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def busy(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, template: Path, worker: str
) -> Iterator[Busy]:
    """A server of three workers, on SQLite and then on PostgreSQL."""
    data = Path(shutil.copytree(template, tmp_path_factory.mktemp(request.param) / "data"))
    with ExitStack() as stack:
        url = ""
        if request.param == "postgresql":
            where = request.getfixturevalue("postgres_server")
            url = stack.enter_context(databases.on_postgres(where, f"chatterkeep_busy_{worker}", data))
        server = stack.enter_context(running(data, workers=3, CHATTERKEEP_DATABASE_URL=url))
        yield Busy(server, make_settings(data_dir=data, database_url=url))
