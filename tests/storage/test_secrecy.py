"""Who reads the database learns neither a number, nor a word that was said, nor a way in."""

import re

import pytest
from flask.testing import FlaskClient

from chatterkeep.settings import Settings
from tests import databases, rows
from tests.make import NAME, SONG, make_settings

PHONE = "+14155550188"
DELIVERY = "SMcanary0123456789"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """With limits, so that their file has something to hide as well."""
    values = {"database_url": settings.database_url, "limit_phone": "100/minute", "limit_address": "100/minute"}
    return make_settings(data_dir=settings.data_dir, **values)


@pytest.fixture
def token(client: FlaskClient) -> str:
    """Talk by webhook and on a page; return the page's token."""
    for text in ("hello", NAME, SONG):
        sent = client.post(
            "/chat", json={"phone": PHONE, "message": text}, headers={"Idempotency-Key": DELIVERY + text[0]}
        )
        assert sent.status_code == 200
    page = client.post("/", data={"phone": PHONE}).location
    for text in ("hello", NAME):
        client.post(f"{page}/messages", data={"text": text, "key": DELIVERY})
    return page.rpartition("/")[2]


@databases.both
def test_the_database_shows_nothing(token: str, settings: Settings) -> None:
    stored = rows.everything(settings)
    secrets = [PHONE, PHONE[1:], PHONE[2:], NAME, SONG, "hello", "What is your", "Playing", DELIVERY, token]
    assert [word for word in secrets if word.encode() in stored or word.encode("utf-16-le") in stored] == []
    assert len(stored) > 1000


@databases.both
def test_nothing_of_it_is_left_in_hex_or_base64_either(token: str, settings: Settings) -> None:
    stored = rows.everything(settings)
    assert PHONE.encode().hex().encode() not in stored
    assert not re.search(rb"KzE0MTU1NTUwMTg4|MTQxNTU1NTAxODg", stored)


def test_the_files_are_for_their_owner_only(token: str, settings: Settings) -> None:
    assert settings.data_dir.stat().st_mode & 0o077 == 0
    assert settings.keys.stat().st_mode & 0o077 == 0
