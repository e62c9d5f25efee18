"""The worked example of the page about tools does what the page says."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatterkeep.domain.tools import ToolFailure
from chatterkeep.toolbox.loader import KEYS
from tests.docs.test_gateway import answers
from tests.docs.texts import ROOT, blocks
from tests.llm.server import LLM
from tests.llm.toolcalls import Round, Wanted
from tests.servers import free_port, plain_environment, running
from tests.waiting import until
from tests.web.api import clients

PAGE = blocks(ROOT / "docs" / "tools.md")
KEY = {"FLIGHTS_KEY": "let-me-in", "CHATTERKEEP_PRIVATE_TARGETS": "allowed"}


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """The files of the page, and its service running on a port of the test's own."""
    port = free_port()
    for name in ("flights.py", "tools.toml"):
        (block,) = (one for one in PAGE if name in one.marks)
        (tmp_path / name).write_text(block.text.replace("8090", str(port)))
    with subprocess.Popen([sys.executable, "flights.py"], cwd=tmp_path, stderr=subprocess.DEVNULL) as process:
        until(lambda: answers(port), within=60)
        yield tmp_path
        process.terminate()


def test_the_tool_is_checked_and_called_as_the_page_shows(folder: Path, data_dir: Path) -> None:
    (script,) = (one.text for one in PAGE if "flask tools call" in one.text)
    typed = "\n".join(line for line in script.splitlines() if "flask" in line).replace(".venv/bin/flask", "flask")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    own = {"PATH": path, "FLASK_APP": str(ROOT / "wsgi.py"), "PYTHONPATH": str(ROOT), "CHATTERKEEP_TOOLS": "tools.toml"}
    done = subprocess.run(
        ["bash", "-euc", typed],
        cwd=folder,
        env=plain_environment() | KEY | own | {"CHATTERKEEP_DATA_DIR": str(data_dir)},
        capture_output=True,
        text=True,
        timeout=240,
        check=True,
    )
    shown = next(one.text for one in PAGE if one.text.startswith("tools.toml:"))
    service = (folder / "tools.toml").read_text().partition("127.0.0.1:")[2].partition("/")[0]
    assert done.stdout == shown.replace("8090", service)


@pytest.mark.slow
def test_the_whole_way_is_as_the_page_shows(folder: Path, data_dir: Path) -> None:
    with LLM(retells=True).running() as fake:
        fake.wants = [Round([Wanted("flight_status", {"date": "2025-01-17"})])]
        environment = {"OPENAI_BASE_URL": fake.url, "CHATTERKEEP_TOOLS": str(folder / "tools.toml"), **KEY}
        with running(data_dir, **environment) as server:
            *tokens, end = clients.ask(server, clients.start(server, flight_no="NZ123"), "Is my flight on time?")
    assert '{"status":"delayed","departure.gate":"7","departure.time":"14:40"}' in clients.text_of(tokens)
    (shown,) = (one.text for one in PAGE if '"finished": true' in one.text)
    tool = {"name": "flight_status", "failure": None, "title": "flight status"}
    assert end.data["tools"] == [tool]
    assert '"tools": [{"name": "flight_status", "failure": null, "title": "flight status"}]' in shown


def test_the_page_names_every_failure_and_every_key() -> None:
    text = (ROOT / "docs" / "tools.md").read_text()
    assert [failure for failure in ToolFailure if f"`{failure.value}`" not in text] == []
    assert [key for key in sorted(KEYS) if f"| `{key}` |" not in text] == []
