"""A19: whoever steals the database, its journal and a backup of it finds no number and no word there."""

import hashlib
import re
import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select

from chatterkeep.domain.messages import Capability, TokenKind
from chatterkeep.domain.phone import parse_phone
from chatterkeep.services.wiring import Services
from chatterkeep.settings import Settings
from chatterkeep.storage.models import AddressRecord, SessionRecord
from tests import databases, rows
from tests.make import NAME, NOW, SONG, make_address, make_inbound

PEOPLE = 500
NUMBERS = [f"+1212555{n:04d}" for n in range(PEOPLE)]
WORDS = [f"{word}{n:04d}" for n in range(PEOPLE) for word in (NAME, SONG)]


@pytest.fixture
def stolen(services: Services, settings: Settings) -> bytes:
    """All bytes after 500 people talked, half of them by phone and half on pages, and a backup was made."""
    for n, number in enumerate(NUMBERS):
        now = NOW + timedelta(seconds=n)
        sender = make_address(phone=number) if n % 2 else _page(services, number)
        for said in ("hello", *WORDS[2 * n : 2 * n + 2]):
            services.turns.receive(make_inbound(text=said, sender=sender), now)
    if not settings.database_url:
        with rows.foreign(settings) as live, closing(sqlite3.connect(settings.data_dir / "backup.sqlite3")) as copy:
            live.backup(copy)
    return rows.everything(settings)


def _page(services: Services, number: str) -> Capability:
    return Capability(services.threads.open(parse_phone(number, "US"), NOW), TokenKind.PAGE)


@databases.both
def test_a_stolen_database_shows_none_of_a_thousand_canaries(stolen: bytes, engine: Engine) -> None:
    assert len(stolen) > 100_000
    runs = set(re.findall(rb"\d{10,15}", stolen))
    assert runs & {number[skip:].encode() for number in NUMBERS for skip in (1, 2)} == set()
    words = re.compile("|".join((NAME, SONG)).encode(), re.IGNORECASE)
    assert words.search(stolen) is None
    assert words.search(stolen.replace(b"\0", b"")) is None, "as UTF-16"
    assert _found_by_hashing(stolen, engine) == set(), "whoever hashes every number there is finds out whose are here"


def _found_by_hashing(stolen: bytes, engine: Engine) -> set[bytes]:
    """The plain hashes of these numbers that are stored: to make those of all numbers there are takes minutes."""
    spellings = [number[skip:].encode() for number in NUMBERS for skip in (0, 1, 2)]
    digests = {hashlib.new(kind, s).digest() for s in spellings for kind in ("sha256", "sha1", "md5", "blake2s")}
    columns = (AddressRecord.lookup, SessionRecord.claimed_lookup)
    with engine.connect() as connection:
        kept = {bytes(value) for column in columns for value in connection.scalars(select(column)) if value}
    assert len(kept) == PEOPLE
    in_hex = {bytes.fromhex(found.decode()) for found in re.findall(rb"(?:[0-9a-f]{2}){16,32}", stolen)}
    return digests & (kept | in_hex)
