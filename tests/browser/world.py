"""What surrounds a visit: other devices, programs and staff that use the same server."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from chatterkeep.app import create_app
from chatterkeep.domain.staff import Role
from chatterkeep.services.wiring import Services
from chatterkeep.storage.db import db
from tests.make import NOW, PASSWORD, Clock, make_phone, make_settings
from tests.servers import Answer, Server

STAFF_NAME = "ada"
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@contextmanager
def use_cases(data: Path, clock: Clock) -> Iterator[Services]:
    """The use cases on a data folder that no server has open yet, at a time of one's choice."""
    app = create_app(make_settings(data_dir=data, log_level="WARNING"), clock=clock)
    with app.app_context():
        yield app.extensions["chatterkeep"]
        db.engine.dispose()


def with_staff(data: Path) -> None:
    """Make an account for staff."""
    with use_cases(data, Clock()) as use:
        use.staff.create(STAFF_NAME, PASSWORD, Role.ADMIN, NOW)


def post_form(server: Server, path: str, **fields: str) -> Answer:
    """Post a form, as another device does."""
    return server.ask("POST", path, urlencode(fields).encode(), _FORM)


def new_page(server: Server, phone: str | None = None) -> str:
    """Type a number on another device; return the address of the page it leads to."""
    return post_form(server, "/", phone=phone or make_phone()).headers["Location"]


def say(server: Server, address: str, *texts: str) -> None:
    """Send messages to a page from another device."""
    for text in texts:
        assert post_form(server, f"{address}/messages", text=text).status == 303


def newest_session(server: Server) -> str:
    """Return the id of the session in which something was said last."""
    return str(server.get("/sessions?limit=1").json["sessions"][0]["id"])


def answer_as_person(server: Server, session_id: str, text: str) -> None:
    """Let a person write, who owns the conversation from then on."""
    said = server.post(f"/sessions/{session_id}/messages", {"content": text, "author_type": "service_agent"})
    assert said.status == 201, said.body


def select(server: Server, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    """Look into the server's database."""
    with closing(_database(server)) as database:
        return database.execute(sql, values).fetchall()


def change(server: Server, sql: str, *values: Any) -> None:
    """Change the server's database behind its back."""
    with closing(_database(server)) as database:
        database.execute(sql, values)


def _database(server: Server) -> sqlite3.Connection:
    return sqlite3.connect(server.data / "chatterkeep.sqlite3", timeout=10, isolation_level=None)
