"""What is wrong with the installation is told in sentences: by a command, by a server, never by a traceback."""

import json
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import PRODUCTION, Process, Run
from tests.servers import ROOT, plain_environment

MISTAKES = [
    ({"CHATTERKEEP_COLOUR": "red"}, "CHATTERKEEP_COLOUR is no setting."),
    ({"PORT": "http"}, "PORT: "),
    ({"CHATTERKEEP_FLOW": "pizza"}, "CHATTERKEEP_FLOW: there is no flow 'pizza'"),
    ({"CHATTERKEEP_API_AUTH": "open", "HOST": "0.0.0.0"}, "is only for a loopback address"),
    ({**PRODUCTION, "CHATTERKEEP_API_AUTH": "open"}, "not for CHATTERKEEP_ENV=production"),
    ({"CHATTERKEEP_API_AUTH": "open", "CHATTERKEEP_TRUSTED_PROXIES": "1"}, "not for CHATTERKEEP_TRUSTED_PROXIES=1"),
    ({"CHATTERKEEP_ENV": "production"}, "CHATTERKEEP_PUBLIC_URL: production needs the address"),
    ({"CHATTERKEEP_FLOWS_DIR": "/nowhere"}, "the folder of flows does not exist"),
    ({**PRODUCTION, "CHATTERKEEP_KEYS_FILE": "/nowhere/keys.json"}, "There is no key file at"),
    ({"CHATTERKEEP_DATA_DIR": "/proc/none"}, "See CHATTERKEEP_DATA_DIR."),
    ({"CHATTERKEEP_CONFIG": "/nowhere.toml"}, "CHATTERKEEP_CONFIG: there is no file /nowhere.toml."),
    ({"CHATTERKEEP_DATABASE_URL": "mysql://me:secret@host/x"}, "CHATTERKEEP_DATABASE_URL: must begin with"),
    ({"CHATTERKEEP_DATABASE_URL": "postgresql://me:secret@host:x/y"}, "CHATTERKEEP_DATABASE_URL: names a port"),
    ({"CHATTERKEEP_REDIS_URL": "localhost"}, "CHATTERKEEP_REDIS_URL: must begin with redis://"),
]


@pytest.mark.parametrize(("settings", "sentence"), MISTAKES)
def test_a_command_tells_it_and_fails(flask: Run, settings: dict[str, str], sentence: str) -> None:
    result = flask("sessions", "list", **settings)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: ")
    assert sentence in result.stderr
    assert "Traceback" not in result.stderr
    assert "secret" not in result.stderr


def test_the_same_goes_for_the_real_command(process: Process) -> None:
    result = process("sessions", "list", CHATTERKEEP_FLOW="pizza")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == "Error: CHATTERKEEP_FLOW: there is no flow 'pizza'; known: assistant, greeting, support.\n"


@pytest.mark.parametrize("arguments", ["serve", "db upgrade", "routes", "shell"])
def test_every_way_to_the_application_tells_it(flask: Run, arguments: str) -> None:
    result = flask(*arguments.split(), CHATTERKEEP_FLOW="pizza")
    assert result.exit_code == 1
    assert result.stderr == "Error: CHATTERKEEP_FLOW: there is no flow 'pizza'; known: assistant, greeting, support.\n"


def test_help_needs_no_sound_settings(flask: Run) -> None:
    result = flask("--help", CHATTERKEEP_FLOW="pizza")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "doctor" in result.stdout


def test_several_mistakes_are_several_sentences(flask: Run) -> None:
    result = flask("sessions", "list", CHATTERKEEP_LOG_LEVEL="LOUD", CHATTERKEEP_DEFAULT_REGION="XX")
    assert "CHATTERKEEP_LOG_LEVEL: " in result.stderr
    assert "CHATTERKEEP_DEFAULT_REGION: is not a country code" in result.stderr


def test_the_server_refuses_to_start_and_says_why(data_dir: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    done = subprocess.run(
        [sys.executable, "-m", "gunicorn"],
        cwd=ROOT,
        env=plain_environment()
        | {"CHATTERKEEP_DATA_DIR": str(data_dir), "CHATTERKEEP_FLOW": "pizza", "PORT": port}
        | {"WEB_CONCURRENCY": "6"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    lines = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
    errors = [line["error"] for line in lines if "error" in line]
    assert done.returncode == 3
    assert any("CHATTERKEEP_FLOW: there is no flow 'pizza'" in error for error in errors)
    assert "Traceback" not in done.stderr


def test_keys_can_be_made_where_they_are_missing(flask: Run, tmp_path: Path) -> None:
    """Production refuses to start without a key file and an address, but not to make one before there is the other."""
    file = tmp_path / "production-keys.json"
    production = {"CHATTERKEEP_ENV": "production", "CHATTERKEEP_KEYS_FILE": str(file)}
    assert flask("keys", "generate", str(file), **production).exit_code == 0
    result = flask("flows", "list", **production, CHATTERKEEP_PUBLIC_URL="https://chat.example.org")
    assert result.exit_code == 0, result.stderr


def test_without_tables_a_command_says_how_to_make_them(flask: Run, tmp_path: Path) -> None:
    result = flask("sessions", "list", CHATTERKEEP_DATA_DIR=str(tmp_path / "new"))
    assert result.exit_code == 1
    assert result.stderr == "Error: The database has no tables yet. Run: flask db upgrade\n"


def test_a_database_that_does_not_answer_is_told(flask: Run) -> None:
    result = flask("sessions", "list", CHATTERKEEP_DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    assert result.exit_code == 1
    assert result.stderr == "Error: The database does not answer. Run: flask doctor\n"


def test_the_keys_of_another_database_are_told(run: Run, flask: Run, data_dir: Path, tmp_path: Path) -> None:
    run("demo", "seed", "--messages", "8")
    other = tmp_path / "other.json"
    flask("keys", "generate", str(other))
    shutil.copy(other, data_dir / "keys.json")
    result = flask("chat", "send", "+14155550123", "hello")
    assert result.exit_code == 1
    assert result.stderr == "Error: The keys do not open what is stored.\n"
