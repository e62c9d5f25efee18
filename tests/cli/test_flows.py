"""flask flows list | check | draw."""

import json
from pathlib import Path

from chatterkeep.flows.loader import BUILT_IN
from tests.cli.conftest import Run

BROKEN = """
name = "pizza"
start = "SIZE"
help = "Say restart."
restart = "Again."

[[states.SIZE.transitions]]
reply = "And what on it?"
to = "TOPPING"
"""


def test_list_names_the_built_in_flows(run: Run) -> None:
    result = run("flows", "list")
    assert [line.split()[0] for line in result.stdout.splitlines()] == ["assistant", "greeting", "support"]


def test_list_in_json_says_who_answers(run: Run) -> None:
    found = {row["name"]: row["answers"] for row in json.loads(run("flows", "list", "--json").stdout)}
    assert found == {"assistant": "the bot", "greeting": "the bot", "support": "a person"}


def test_list_shows_ones_own_flows(flask: Run, tmp_path: Path) -> None:
    own = (BUILT_IN / "greeting.toml").read_text().replace('name = "greeting"', 'name = "mine"')
    (tmp_path / "mine.toml").write_text(own)
    found = json.loads(flask("flows", "list", "--json", CHATTERKEEP_FLOWS_DIR=str(tmp_path)).stdout)
    assert [row["name"] for row in found] == ["assistant", "greeting", "support", "mine"]


def test_check_finds_the_built_in_flows_sound(run: Run) -> None:
    result = run("flows", "check")
    assert result.exit_code == 0
    assert "greeting is sound, with 4 states." in result.stdout


def test_check_tells_every_mistake_of_every_file(run: Run, tmp_path: Path) -> None:
    (tmp_path / "pizza.toml").write_text(BROKEN)
    (tmp_path / "half.toml").write_text("name = ")
    (tmp_path / "sound.toml").write_text((BUILT_IN / "greeting.toml").read_text())
    result = run("flows", "check", tmp_path)
    assert result.exit_code == 1
    assert f"{tmp_path}/pizza.toml: state 'SIZE' leads to the unknown state 'TOPPING'." in result.stderr
    assert f"{tmp_path}/half.toml: is not valid TOML" in result.stderr
    assert f"{tmp_path}/sound.toml: greeting is sound" in result.stdout
    assert "Traceback" not in result.stderr


def test_check_of_a_folder_without_flows_fails(run: Run, tmp_path: Path) -> None:
    result = run("flows", "check", tmp_path)
    assert (result.exit_code, result.stderr) == (1, f"Error: {tmp_path} holds no .toml files.\n")


def test_check_of_a_file_that_does_not_exist_is_a_mistake_in_use(run: Run, tmp_path: Path) -> None:
    assert run("flows", "check", tmp_path / "none.toml").exit_code == 2


def test_check_works_while_the_application_cannot_start(flask: Run) -> None:
    result = flask("flows", "check", CHATTERKEEP_FLOW="nonsense")
    assert (result.exit_code, result.stderr) == (0, "")


def test_draw_prints_a_mermaid_diagram(run: Run) -> None:
    lines = run("flows", "draw", "greeting").stdout.splitlines()
    assert lines[:2] == ["stateDiagram-v2", "    [*] --> INITIAL"]
    assert "    AWAITING_NAME --> AWAITING_SONG: anything (kept as name)" in lines


def test_draw_takes_a_file(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "copy.toml"
    path.write_text((BUILT_IN / "greeting.toml").read_text())
    assert run("flows", "draw", path).stdout == run("flows", "draw", "greeting").stdout


def test_draw_of_an_unknown_flow_names_the_known_ones(run: Run) -> None:
    result = run("flows", "draw", "pizza")
    assert result.exit_code == 1
    assert result.stderr == "Error: There is no flow 'pizza'; known: assistant, greeting, support.\n"
