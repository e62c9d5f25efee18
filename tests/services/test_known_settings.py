"""A changed setting leaves its name in the audit, once, and its value nowhere."""

import threading
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import create_engine, make_url

from chatterkeep.services.known_settings import KnownSettings
from chatterkeep.services.wiring import Services
from chatterkeep.settings import Settings
from chatterkeep.storage.crypto import Vault
from chatterkeep.storage.db import Database
from tests import databases
from tests.make import NOW, make_settings
from tests.rows import everything
from tests.rules.test_settings_documented import KNOWN

FIRST = {"PORT": "8000", "CHATTERKEEP_FLOW": "greeting", "OPENAI_API_KEY": "sk-canary-4711"}
OTHER = FIRST | {"OPENAI_API_KEY": "sk-canary-4712", "PORT": "8001"}


def start(database: Database, vault: Vault, values: dict[str, str]) -> None:
    KnownSettings(database, vault, values).note(NOW)


def told(services: Services) -> list[tuple[str, str, str, str]]:
    entries = services.audit.newest(100)
    return sorted((entry.actor.name, entry.action, entry.subject, entry.detail) for entry in entries)


@databases.both
def test_the_first_start_leaves_none_and_each_change_one(database: Database, vault: Vault, services: Services) -> None:
    for _ in range(2):
        start(database, vault, FIRST)
    assert told(services) == []
    for _ in range(2):
        start(database, vault, OTHER)
    assert told(services) == [
        ("server", "setting.changed", "OPENAI_API_KEY", ""),
        ("server", "setting.changed", "PORT", ""),
    ]
    start(database, vault, FIRST)
    assert len(told(services)) == 4


def test_a_setting_that_comes_or_goes_with_a_version_is_no_change(
    database: Database, vault: Vault, services: Services
) -> None:
    start(database, vault, FIRST)
    start(database, vault, FIRST | {"NEW": "1"})
    start(database, vault, FIRST)
    assert told(services) == []


@databases.both
def test_workers_that_start_at_once_leave_one_entry(database: Database, vault: Vault, services: Services) -> None:
    start(database, vault, FIRST)
    together = threading.Barrier(6)

    def worker() -> None:
        together.wait()
        start(database, vault, OTHER)

    threads = [threading.Thread(target=worker) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [entry[2] for entry in told(services)] == ["OPENAI_API_KEY", "PORT"]


@databases.both
def test_no_value_is_stored(database: Database, vault: Vault, services: Services, settings: Settings) -> None:
    start(database, vault, FIRST)
    start(database, vault, OTHER)
    assert b"canary-471" not in everything(settings)


def test_a_start_is_not_stopped_by_it(vault: Vault, tmp_path: Path) -> None:
    """Not even where there are no tables yet."""
    with closing(Database(create_engine(f"sqlite:///{tmp_path / 'empty.sqlite3'}"))) as empty:
        start(empty, vault, FIRST)


@pytest.mark.postgres
def test_nor_on_postgresql(vault: Vault, postgres_server: str) -> None:
    url = make_url(postgres_server).set(drivername="postgresql+psycopg")
    with closing(Database(create_engine(url))) as empty:
        start(empty, vault, FIRST)


def test_every_setting_is_compared(app: Flask, data_dir: Path) -> None:
    values = make_settings(data_dir=data_dir, openai_api_key="sk-x").by_variable
    assert set(values) == {name for name in KNOWN if name != "CHATTERKEEP_CONFIG"}
    assert values["OPENAI_API_KEY"] == "sk-x"
