"""Ada, an administrator, and what she looks at."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine

from chatterkeep.domain.staff import Role
from chatterkeep.services.wiring import Services
from chatterkeep.storage.db import db
from tests.make import PASSWORD, Clock, make_address, make_inbound
from tests.web.admin.desk import Desk


@pytest.fixture
def ada(services: Services, clock: Clock) -> str:
    """An account that may do everything."""
    return services.staff.create("ada", PASSWORD, Role.ADMIN, clock())


@pytest.fixture
def stranger(client: FlaskClient) -> Desk:
    """Somebody who has not logged in."""
    return Desk(client)


@pytest.fixture
def desk(client: FlaskClient, ada: str) -> Desk:
    """Ada, logged in."""
    desk = Desk(client)
    assert desk.log_in().status_code == 303
    return desk


@pytest.fixture
def engine_of_app(app: Flask) -> Engine:
    """The engine that the pages themselves use."""
    with app.app_context():
        return db.engine


@pytest.fixture
def talk(services: Services, clock: Clock) -> "Talk":
    return Talk(services, clock)


class Talk:
    """People write, one second after another."""

    def __init__(self, services: Services, clock: Clock) -> None:
        self._services = services
        self._clock = clock

    def __call__(self, *texts: str, phone: str | None = None) -> str:
        """Say these on one number; return the conversation's id."""
        sender = make_address(phone=phone)
        for text in texts:
            self._clock.forward(seconds=1)
            outcome = self._services.turns.receive(make_inbound(text=text, sender=sender), self._clock())
        return outcome.conversation_id
