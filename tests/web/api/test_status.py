"""GET /api/v1/health: ok, degraded while messages are taken, down when they are not."""

from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from chatterkeep.app import create_app
from chatterkeep.services.breaker import FAILURES
from chatterkeep.services.health import RESTING
from chatterkeep.services.wiring import Services
from tests.llm.server import LLM
from tests.make import make_settings


def test_all_is_well(client: FlaskClient) -> None:
    told = client.get("/api/v1/health")
    assert (told.status_code, told.json["status"]) == (200, "ok")
    assert set(told.json["checks"].values()) == {"ok"}


def test_a_model_that_keeps_failing_degrades_it_and_messages_are_still_taken(
    client: FlaskClient, services: Services, fake: LLM
) -> None:
    fake.fault = "unauthorized"
    key = {"X-API-Key": services.api_keys.create("tests", ("chat",), None, services.clock())}
    for _ in range(FAILURES):
        sender = services.conversations.open(services.clock()).session.session_id
        client.post("/api/v1/chat", json={"session_id": sender, "message": "why"}, headers=key).get_data()
    told = client.get("/api/v1/health")
    assert (told.status_code, told.json["status"], told.json["checks"]["model"]) == (200, "degraded", RESTING)
    sent = client.post("/chat", json={"phone": "+14155550123", "message": "hello"}, headers=key)
    assert sent.status_code == 200
    assert client.get("/readyz").status_code == 200


def test_counters_that_cannot_be_reached_degrade_it(data_dir: Path) -> None:
    app: Flask = create_app(make_settings(data_dir=data_dir, redis_url="redis://127.0.0.1:1/0"))
    told = app.test_client().get("/api/v1/health")
    assert (told.status_code, told.json["status"]) == (200, "degraded")
    assert "cannot be reached" in told.json["checks"]["counters"]


def test_a_database_without_tables_is_down(client: FlaskClient, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE alembic_version"))
    told = client.get("/api/v1/health")
    assert (told.status_code, told.json["status"]) == (503, "down")
