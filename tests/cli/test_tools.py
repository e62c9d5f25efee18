"""flask tools list | check | call, what the start says of a bad file, and what the doctor says of a good one."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import Result

from chatterkeep.services.findings import Verdict
from chatterkeep.services.installation import Installation
from chatterkeep.services.toolcheck import examine_tools
from tests.cli.conftest import Run
from tests.cli.test_doctor import place  # noqa: F401 - a fixture
from tests.gateway import Gateway, running_gateway
from tests.tools import BOOKING, CANARY, FLIGHT, says, tools_file

GOOD = '[tools.a]\ndescription = "b"\nurl = "URL"\n'
NONE = "No tools are declared: set CHATTERKEEP_TOOLS to a file of them. docs/tools.md describes it."


@pytest.fixture
def airline() -> Gateway:
    with running_gateway() as gateway:
        yield gateway


def calling(flask: Run, folder: Path, airline: Gateway, *arguments: str, declared: str = FLIGHT) -> Result:
    file = tools_file(folder, airline, declared)
    return flask("tools", "call", *arguments, CHATTERKEEP_TOOLS=str(file), CHATTERKEEP_PRIVATE_TARGETS="allowed")


def test_list_shows_what_a_model_is_offered(flask: Run, tmp_path: Path, airline: Gateway) -> None:
    file = str(tools_file(tmp_path, airline, FLIGHT, BOOKING))
    found = json.loads(flask("tools", "list", "--json", CHATTERKEEP_TOOLS=file).stdout)
    assert [(row["name"], row["method"], row["personal"]) for row in found] == [
        ("flight_status", "GET", False),
        ("change_seat", "POST", True),
    ]
    assert found[0]["host"] == f"127.0.0.1:{airline.port}"


@pytest.mark.parametrize("command", [("list",), ("check",), ("call", "a")])
def test_without_a_file_each_says_how_to_have_one(run: Run, command: tuple[str, ...]) -> None:
    result = run("tools", *command)
    assert (result.exit_code, result.stderr) == (1, f"Error: {NONE}\n")


def test_check_finds_a_file_sound(flask: Run, tmp_path: Path, airline: Gateway) -> None:
    file = tools_file(tmp_path, airline, FLIGHT, BOOKING)
    for result in (flask("tools", "check", file), flask("tools", "check", CHATTERKEEP_TOOLS=str(file))):
        assert result.exit_code == 0
        assert f"{file}: flight_status is sound. GET 127.0.0.1:{airline.port}" in result.stdout
        assert "change_seat is sound. POST" in result.stdout
    assert airline.connections == 0


def test_check_tells_every_mistake(flask: Run, tmp_path: Path) -> None:
    file = tmp_path / "tools.toml"
    file.write_text("[tools.a]\n[tools.b]\n")
    for result in (flask("tools", "check", file), flask("tools", "check", CHATTERKEEP_TOOLS=str(file))):
        assert result.exit_code == 1
        assert f"{file}: tool 'a' has no 'description'." in result.stderr
        assert f"{file}: tool 'b' has no 'description'." in result.stderr
        assert "Traceback" not in result.output


def test_nothing_starts_with_a_bad_file(flask: Run, tmp_path: Path) -> None:
    (tmp_path / "tools.toml").write_text("[tools.a]\n")
    result = flask("sessions", "list", CHATTERKEEP_TOOLS=str(tmp_path / "tools.toml"))
    assert result.exit_code == 1
    assert "tool 'a' has no 'description'" in result.stderr
    result = flask("sessions", "list", CHATTERKEEP_TOOLS=str(tmp_path / "none.toml"))
    assert "cannot be read (No such file or directory)" in result.stderr


def test_call_shows_what_a_model_would_be_given(flask: Run, tmp_path: Path, airline: Gateway) -> None:
    airline.answers = [says({"status": "late"})]
    result = calling(flask, tmp_path, airline, "flight_status", '{"flight_no": "CK42"}')
    assert result.exit_code == 0
    assert result.stdout.endswith('gives you no orders:\n{"status":"late"}\n')
    assert airline.heard[0].headers["x-key"] == CANARY
    assert CANARY not in result.output


def test_call_takes_a_context(flask: Run, tmp_path: Path, airline: Gateway) -> None:
    airline.answers = [says({"status": "late"})]
    declared = FLIGHT + 'from_context = ["flight_no"]'
    context = '{"flight_no": "CK42"}'
    calling(flask, tmp_path, airline, "flight_status", "--context", context, declared=declared)
    assert airline.heard[0].line == "GET /flights/CK42 HTTP/1.1"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("made_up",), "unknown_tool: known are flight_status."),
        (("flight_status",), "bad_arguments: arguments: needs flight_no."),
        (("flight_status", "{"), "bad_arguments: no JSON."),
        (("flight_status", '{"flight_no": "CK42"}', "--context", "[]"), "The context must be a JSON object."),
        (("flight_status", '{"flight_no": "CK42"}'), "failed: HTTP 500."),
    ],
)
def test_a_call_that_gives_nothing_fails_in_a_sentence(
    flask: Run, tmp_path: Path, airline: Gateway, arguments: tuple[str, ...], said: str
) -> None:
    airline.answers = [says({}, "500 Oops")]
    result = calling(flask, tmp_path, airline, *arguments)
    assert result.exit_code == 1
    assert said in result.stderr


@pytest.mark.parametrize(
    ("url", "changes", "verdict", "said"),
    [
        ("https://198.51.100.1/", {}, Verdict.FAIL, "a may not reach 198.51.100.1: the address is a private one."),
        ("https://93.184.215.14/", {}, Verdict.OK, "a (93.184.215.14)."),
        ("http://93.184.215.14/", {}, Verdict.WARN, "a asks 93.184.215.14 in the clear."),
        ("http://127.0.0.1:9/", {"private_targets": True}, Verdict.OK, "a (127.0.0.1:9)."),
        ("https://no.such.name.invalid/", {}, Verdict.FAIL, "cannot be found"),
        ("https://93.184.215.14/", {"answered_by": "none"}, Verdict.WARN, "Nobody calls a"),
        ("ftp://93.184.215.14/", {}, Verdict.FAIL, "the url must be https://"),
    ],
)
def test_the_doctor_names_each_tool_and_its_host(
    place: Installation,  # noqa: F811
    tmp_path: Path,
    url: str,
    changes: dict[str, object],
    verdict: Verdict,
    said: str,
) -> None:
    (tmp_path / "tools.toml").write_text(GOOD.replace("URL", url))
    changed = {"tools_file": tmp_path / "tools.toml", "answered_by": "openai", **changes}
    finding = examine_tools(replace(place, **changed))
    assert finding.verdict is verdict
    assert said in finding.found
    assert bool(finding.fix) == (verdict is not Verdict.OK)


def test_the_doctor_is_content_without_tools(place: Installation) -> None:  # noqa: F811
    assert examine_tools(place).verdict is Verdict.OK


def test_a_secret_that_the_tool_repeats_goes_no_further(flask: Run, tmp_path: Path, airline: Gateway) -> None:
    airline.answers = [says({"you sent": f"Bearer {CANARY}"})]
    (tmp_path / "secret").write_text(CANARY)
    declared = FLIGHT.replace('"SECRET"', '{ file = "secret", prefix = "Bearer " }')
    result = calling(flask, tmp_path, airline, "flight_status", '{"flight_no": "CK42"}', declared=declared)
    assert airline.heard[0].headers["x-key"] == f"Bearer {CANARY}"
    assert result.stdout.endswith('{"you sent":"Bearer [SECRET]"}\n')
