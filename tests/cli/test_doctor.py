"""flask doctor: each check, well and ill, with the way to mend it."""

import json
import os
import sqlite3
import time
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from chatterkeep.cli.group import installation
from chatterkeep.domain.audit import COMMAND_LINE, Action
from chatterkeep.domain.staff import Role
from chatterkeep.services import doctor, machine
from chatterkeep.services.findings import Finding
from chatterkeep.services.installation import Installation, ModelServer
from chatterkeep.services.wiring import Services
from chatterkeep.storage import health
from chatterkeep.storage.keyfile import create_key_file
from tests.cli.conftest import PRODUCTION, Run
from tests.databases import both
from tests.llm.server import LLM
from tests.make import NOW, PASSWORD, make_inbound


@pytest.fixture
def place(app: Flask) -> Installation:
    """The installation of `app`, which is a sound one."""
    with app.app_context():
        return installation()


def found(place: Installation) -> dict[str, Finding]:
    return {finding.check: finding for finding in doctor.examine(place)}


def verdicts(place: Installation) -> dict[str, str]:
    return {name: finding.verdict.value for name, finding in found(place).items()}


@both
def test_a_sound_installation_fails_in_nothing(run: Run) -> None:
    result = run("doctor")
    assert result.exit_code == 0
    assert "FAIL" not in result.stdout
    assert result.stderr.endswith("checks, none failed.\n")


@both
def test_every_check_has_a_line_and_what_is_wrong_has_its_fix(run: Run) -> None:
    rows = json.loads(run("doctor", "--json").stdout)
    assert {"settings", "data folder", "keys", "disk", "clock", "flows", "limits", "workers", "api", "proxies"} <= {
        row["check"] for row in rows
    }
    assert {"migrations", "encryption", "message times", "staff", "audit"} <= {row["check"] for row in rows}
    assert all((row["verdict"] == "OK") == (row["fix"] == "") for row in rows)


def test_on_sqlite_it_looks_at_the_file(place: Installation) -> None:
    found_there = found(place)
    assert found_there["journal"].found == "journal_mode wal, synchronous 2."
    assert found_there["integrity"].verdict == "OK"
    assert "/data/chatterkeep.sqlite3 lies on " in found_there["file system"].found


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_on_postgresql_it_looks_at_the_server(place: Installation) -> None:
    found_there = found(place)
    assert found_there["postgresql"].found.startswith("PostgreSQL ")
    assert "time zone" in found_there["postgresql"].found
    assert found_there["server clock"].verdict == "OK"
    assert found_there["workers"].verdict == "WARN"
    assert "integrity" not in found_there


def test_with_a_failure_it_exits_with_1(flask: Run) -> None:
    result = flask("doctor", CHATTERKEEP_FLOW="pizza")
    assert result.exit_code == 1
    assert "FAIL  flows          There is no flow 'pizza'." in result.stdout
    assert "Set CHATTERKEEP_FLOW to one of: assistant, greeting, support." in result.stdout
    assert "OK    migrations" in result.stdout


def test_wrong_settings_are_a_finding(flask: Run) -> None:
    result = flask("doctor", "--json", CHATTERKEEP_COLOUR="red")
    assert result.exit_code == 1
    [row] = json.loads(result.stdout)
    assert (row["check"], row["verdict"]) == ("settings", "FAIL")
    assert "CHATTERKEEP_COLOUR is no setting." in row["found"]


def test_missing_keys_are_a_finding(flask: Run) -> None:
    result = flask("doctor", **PRODUCTION, CHATTERKEEP_KEYS_FILE="/nowhere/keys.json")
    assert result.exit_code == 1
    assert "FAIL  keys           There is no key file at /nowhere/keys.json." in result.stdout
    assert "OK    migrations" in result.stdout


def test_keys_that_others_can_read_are_a_finding(place: Installation) -> None:
    place.keys_file.chmod(0o644)
    assert found(place)["keys"].found == f"{place.keys_file} can be read by others. Run: chmod 600 {place.keys_file}"


def test_old_keys_are_a_warning(place: Installation) -> None:
    long_ago = time.time() - timedelta(days=400).total_seconds()
    os.utime(place.keys_file, (long_ago, long_ago))
    assert found(place)["keys"].verdict == "WARN"
    assert "400 days old" in found(place)["keys"].found


def test_the_keys_of_another_database_are_a_finding(place: Installation, services: Services) -> None:
    assert verdicts(place)["encryption"] == "OK"
    services.turns.receive(make_inbound(), NOW)
    place.keys_file.unlink()
    create_key_file(place.keys_file)
    assert verdicts(place)["encryption"] == "FAIL"


def test_a_data_folder_open_to_others_is_a_warning(place: Installation) -> None:
    place.data_dir.chmod(0o755)
    finding = found(place)["data folder"]
    assert (finding.verdict, finding.fix) == ("WARN", f"Run: chmod 700 {place.data_dir}")


def test_a_missing_data_folder_is_a_finding_everywhere_it_matters(place: Installation, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    moved = replace(place, data_dir=gone, database_url=f"sqlite:///{gone}/chatterkeep.sqlite3")
    assert {name for name, verdict in verdicts(moved).items() if verdict == "FAIL"} == {
        *("data folder", "disk", "clock", "database"),
    }


@pytest.mark.parametrize(("free", "verdict"), [(50, "FAIL"), (500, "WARN"), (5000, "OK")])
def test_room_on_the_disk(place: Installation, monkeypatch: pytest.MonkeyPatch, free: int, verdict: str) -> None:
    usage = type("Usage", (), {"free": free * 1024 * 1024})
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda _: usage)
    assert verdicts(place)["disk"] == verdict


@pytest.mark.parametrize(("behind", "verdict"), [(0, "OK"), (60, "WARN"), (10**9, "FAIL")])
def test_the_clock(place: Installation, monkeypatch: pytest.MonkeyPatch, behind: int, verdict: str) -> None:
    real = time.time
    monkeypatch.setattr(machine.time, "time", lambda: real() - behind)
    assert verdicts(place)["clock"] == verdict


@pytest.mark.parametrize(("ahead", "verdict"), [(-60, "OK"), (3600, "WARN")])
def test_messages_from_the_future_are_a_warning(
    place: Installation, services: Services, monkeypatch: pytest.MonkeyPatch, ahead: int, verdict: str
) -> None:
    services.turns.receive(make_inbound(), NOW + timedelta(seconds=ahead))
    monkeypatch.setattr(doctor.time, "time", NOW.timestamp)
    assert verdicts(place)["message times"] == verdict


@pytest.mark.parametrize(
    ("version", "verdict"), [((3, 34, 1), "FAIL"), ((3, 40, 1), "WARN"), ((3, 51, 2), "WARN"), ((3, 51, 3), "OK")]
)
def test_the_version_of_sqlite(
    place: Installation, monkeypatch: pytest.MonkeyPatch, version: tuple[int, ...], verdict: str
) -> None:
    monkeypatch.setattr(health.sqlite3, "sqlite_version_info", version)
    assert verdicts(place)["sqlite"] == verdict


@pytest.mark.parametrize(
    ("mode", "synchronous", "verdict"), [("wal", 2, "OK"), ("wal", 1, "FAIL"), ("delete", 2, "FAIL")]
)
def test_a_journal_that_could_lose_a_message_is_a_finding(
    place: Installation, monkeypatch: pytest.MonkeyPatch, mode: str, synchronous: int, verdict: str
) -> None:
    monkeypatch.setattr(health, "read_engine", lambda _: health.SqliteFacts((3, 51, 3), mode, synchronous))
    assert verdicts(place)["journal"] == verdict


@pytest.mark.parametrize(("kind", "verdict"), [("ext4", "OK"), ("nfs4", "FAIL"), ("cifs", "FAIL")])
def test_a_database_on_a_network_is_a_finding(
    place: Installation, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: str, verdict: str
) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"none / tmpfs rw 0 0\nserver:/x {place.data_dir.resolve()} {kind} rw 0 0\n")
    monkeypatch.setattr(doctor, "_MOUNTS", mounts)
    assert verdicts(place)["file system"] == verdict


def test_tables_that_are_behind_are_a_finding(place: Installation) -> None:
    change(place, "UPDATE alembic_version SET version_num = 'older'")
    assert verdicts(place)["migrations"] == "FAIL"
    change(place, "DROP TABLE alembic_version")
    assert found(place)["migrations"].fix == "Run: flask db upgrade"


def test_a_row_without_its_owner_is_a_finding(place: Installation) -> None:
    columns = "conversation_id, seq, author, kind, state, body, created_at"
    change(place, f"INSERT INTO messages ({columns}) VALUES (404, 1, 'bot', 'text', 'X', x'00', 0)")
    assert found(place)["integrity"].found == (
        "The file is damaged: a row of messages belongs to a row of conversations that does not exist."
    )


def test_staff(place: Installation, services: Services) -> None:
    assert verdicts(place)["staff"] == "WARN"
    services.staff.create("ada", PASSWORD, Role.ADMIN, NOW)
    assert verdicts(place)["staff"] == "OK"


def test_a_redis_that_does_not_answer_is_a_finding(place: Installation) -> None:
    url = "redis://127.0.0.1:1/0"
    finding = found(replace(place, redis_url=url, counters_url=url))["redis"]
    assert (finding.verdict, finding.fix) == ("FAIL", "Start Redis, or correct CHATTERKEEP_REDIS_URL.")


@pytest.mark.parametrize(
    ("changes", "verdict", "said"),
    [
        ({"answered_by": "none"}, "OK", "flows say their own texts"),
        ({"answered_by": "canned"}, "WARN", "fixed words"),
        ({}, "OK", "fake-1 at http://127.0.0.1"),
        ({"language_model": ModelServer("unheard-of", "", "x")}, "WARN", "does not list unheard-of"),
        ({"language_model": ModelServer("fake-1", "http://127.0.0.1:1/v1", "x")}, "FAIL", "cannot be reached"),
        ({"language_model": ModelServer("fake-1", "ftp://127.0.0.1/v1", "x")}, "FAIL", "is no address of the web"),
    ],
)
def test_the_language_model(place: Installation, changes: dict[str, Any], verdict: str, said: str) -> None:
    with LLM().running() as fake:
        asked = {"answered_by": "openai", "language_model": ModelServer("fake-1", "", "x"), **changes}
        if not asked["language_model"].base_url:
            asked["language_model"] = replace(asked["language_model"], base_url=fake.url)
        finding = found(replace(place, **asked))["model"]
    assert finding.verdict == verdict
    assert said in finding.found


def test_an_open_api_is_a_warning(place: Installation) -> None:
    assert verdicts(replace(place, api_open=True))["api"] == "WARN"
    assert verdicts(replace(place, api_open=False))["api"] == "OK"


@pytest.mark.parametrize(
    ("address", "proxies", "verdict"),
    [
        ("", 0, "OK"),
        ("http://localhost:8000", 0, "OK"),
        ("https://chat.example.org", 1, "OK"),
        ("https://chat.example.org", 0, "WARN"),
    ],
)
def test_proxies(place: Installation, address: str, proxies: int, verdict: str) -> None:
    assert verdicts(replace(place, public_url=address, trusted_proxies=proxies))["proxies"] == verdict


@pytest.mark.parametrize(
    ("hosts", "verdict"),
    [((), "WARN"), (("127.0.0.1",), "OK"), (("chat.example.org", "127.0.0.1"), "OK")],
)
def test_the_names_it_answers_to(place: Installation, hosts: tuple[str, ...], verdict: str) -> None:
    assert verdicts(replace(place, hosts=hosts))["hosts"] == verdict


@pytest.mark.parametrize(
    ("kind", "address", "private", "verdict"),
    [
        ("none", "", False, "OK"),
        ("console", "", False, "OK"),
        ("webhook", "https://127.0.0.1:9/sms", False, "FAIL"),
        ("webhook", "http://127.0.0.1:9/sms", False, "WARN"),
        ("webhook", "http://127.0.0.1:9/sms", True, "OK"),
        ("webhook", "https://nowhere.invalid/sms", False, "FAIL"),
        ("webhook", "https://[2606:4700::1111]/sms", False, "OK"),
    ],
)
def test_the_channel(place: Installation, kind: str, address: str, private: bool, verdict: str) -> None:
    changed = replace(place, carried_by=kind, channel_url=address, private_targets=private)
    assert verdicts(changed)["channel"] == verdict


@pytest.mark.parametrize(("shared", "verdict"), [(0, "OK"), (1, "OK"), (2, "OK"), (3, "WARN")])
def test_the_gateway(place: Installation, shared: int, verdict: str) -> None:
    assert verdicts(replace(place, shared_keys=shared))["gateway"] == verdict


TWILIO = {
    "unused": ({"twilio_tokens": 0}, "OK"),
    "whole": ({"twilio_tokens": 2}, "OK"),
    "with too many tokens": ({"twilio_tokens": 3}, "WARN"),
    "without an address": ({"twilio_tokens": 1, "public_url": ""}, "WARN"),
    "without a number": ({"twilio_tokens": 1, "channel_number": ""}, "WARN"),
}


@pytest.mark.parametrize(("changes", "verdict"), TWILIO.values(), ids=TWILIO)
def test_twilio(place: Installation, changes: dict[str, Any], verdict: str) -> None:
    whole = replace(place, public_url="https://chat.example.org", channel_number="+14155550100")
    assert verdicts(replace(whole, **changes))["twilio"] == verdict


def test_a_database_that_does_not_answer_is_a_finding(place: Installation) -> None:
    away = replace(place, database_url="postgresql://nobody:secret@127.0.0.1:1/none")
    finding = found(away)["database"]
    assert finding.verdict == "FAIL"
    assert "secret" not in finding.found


def test_what_it_prints_shows_no_password(place: Installation) -> None:
    assert "secret" not in repr(replace(place, database_url="postgresql://me:secret@host/x"))


def change(place: Installation, sql: str) -> None:
    path = place.database_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(sql)


def test_it_follows_the_end_of_the_audit(place: Installation, services: Services, engine: Engine) -> None:
    for _ in range(1005):
        services.audit.record(COMMAND_LINE, Action.LISTED, "", "", NOW)
    assert found(place)["audit"].found == "The last 1000 entries are as they were written, and none is cut off."
    with engine.begin() as connection:
        connection.execute(text("DROP TRIGGER audit_refuses_update"))
        connection.execute(text("UPDATE audit SET actor = 'bob' WHERE number = 1004"))
    assert found(place)["audit"].verdict == "FAIL"
    assert found(place)["audit"].found == "Entry 1004 was changed, or put in the place of another."


@both
def test_shares_that_were_left_behind_are_a_finding(place: Installation, services: Services) -> None:
    assert verdicts(place)["shares"] == "OK"
    first, second = (services.turns.receive(make_inbound(), NOW).session_id for _ in range(2))
    assert verdicts(place)["shares"] == "OK"
    services.vault.forget(first)
    assert (verdicts(place)["shares"], verdicts(place)["encryption"]) == ("WARN", "OK")
    services.vault.forget(second)
    assert (verdicts(place)["shares"], verdicts(place)["encryption"]) == ("FAIL", "FAIL")


def test_a_rotation_that_has_not_ended_is_a_warning(place: Installation, services: Services) -> None:
    services.rotation.introduce(place.keys_file, "pepper", NOW)
    assert found(place)["keys"].fix == "Run: flask keys rotate pepper"
