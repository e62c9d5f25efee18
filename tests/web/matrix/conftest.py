"""One application for all of the matrix that a process runs, with a language model that says the question again."""

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, create_engine, text

from chatterkeep.domain.staff import Role
from chatterkeep.settings import Settings
from chatterkeep.storage.crypto import hash_token
from tests.apps import running_app
from tests.carrier import attached
from tests.llm.server import LLM
from tests.make import NOW, PASSWORD, Clock, make_settings
from tests.signing import ADDRESS, SECRET, TOKEN
from tests.web.admin.desk import Desk
from tests.web.matrix.people import Identity, Person, World, after, before

_EVERYTHING = text(
    "SELECT (SELECT count(*) FROM sessions), (SELECT count(*) FROM addresses), (SELECT count(*) FROM session_tokens),"
    " (SELECT count(*) FROM messages), (SELECT count(*) FROM replies), (SELECT count(*) FROM deliveries),"
    " (SELECT count(*) FROM proofs), (SELECT count(*) FROM codes),"
    " (SELECT sum(version) FROM conversations), (SELECT sum(length(context)) FROM sessions),"
    " (SELECT sum(length(title)) FROM conversations), (SELECT count(*) FROM feedback WHERE verdict = 'negative')"
)

_UNDER_WAY = text("SELECT count(*) FROM replies WHERE state IN ('pending', 'writing')")


@dataclass(frozen=True, slots=True)
class Stage:
    """The application, the people, and who calls."""

    app: Flask
    world: World
    identities: dict[str, Callable[[], Identity]]
    engine: Engine
    desks: dict[tuple[str, bool], Desk]

    def client_of(self, identity: Identity) -> FlaskClient:
        """A client with the cookie of the identity, if it has one."""
        if not identity.login:
            return self.app.test_client()
        desk = self.desks[identity.login, identity.ended]
        if not identity.ended and desk.client.get("/admin/login").status_code != 303:
            assert desk.log_in(identity.login).status_code == 303
        return desk.client

    def stored(self) -> tuple[int, ...]:
        """A picture of all that requests could change of people's things."""
        with self.engine.connect() as connection:
            return tuple(connection.execute(_EVERYTHING).one())

    def settle(self) -> None:
        """Wait until no reply is being written any more."""
        deadline = time.monotonic() + 60
        with self.engine.connect() as connection:
            while connection.scalar(_UNDER_WAY) and time.monotonic() < deadline:
                time.sleep(0.002)

    def revoke(self, person: Person) -> None:
        """Take back what opens somebody's sessions."""
        with self.engine.begin() as connection:
            for token in (person.page, person.api):
                connection.execute(text("DELETE FROM session_tokens WHERE hash = :hash"), {"hash": hash_token(token)})


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, template: Path) -> Iterator[Stage]:
    """Everything is in place, and whoever's time is over is over."""
    folder = shutil.copytree(template, tmp_path_factory.mktemp("matrix") / "data")
    with LLM(echo=True).running() as model:
        settings = _settings(Path(folder), model)
        clock = Clock()
        with running_app(settings, clock) as app:
            yield _set(app, settings, clock)


def _settings(folder: Path, model: LLM) -> Settings:
    asked = {"openai_base_url": model.url, "openai_api_key": "tests", "answer_cache": "0", "channel_secrets": SECRET}
    asked |= {"twilio_tokens": TOKEN, "public_url": ADDRESS, "trusted_hosts": "localhost"}
    return make_settings(data_dir=folder, api_auth="required", log_level="WARNING", **asked)


def _set(app: Flask, settings: Settings, clock: Clock) -> Stage:
    use = app.extensions["chatterkeep"]
    attached(use)
    for role in Role:
        use.staff.create(role.value, PASSWORD, role, NOW)
    late = Desk(app.test_client())
    assert late.log_in("admin").status_code == 303
    world = World(use, clock)
    ended = before(world)
    clock.forward(days=200)
    world.caller, world.other = world.person(), world.person()
    desks = {(role.value, False): Desk(app.test_client()) for role in Role}
    stage = Stage(app, world, ended, create_engine(settings.database), desks | {("admin", True): late})
    stage.identities.update(after(world, stage.revoke))
    return stage
