"""The OpenAPI document is kept, whatever is sent: no status, header or shape but those it names, and no crash.

`make fuzz` does the same for longer.
"""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatterkeep.domain.api_keys import SCOPES
from tests.fuzz.openapi import Guarded, complaints, guarded

pytestmark = [pytest.mark.xdist_group("fuzz"), pytest.mark.slow]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, template: Path) -> Iterator[Guarded]:
    with guarded(Path(shutil.copytree(template, tmp_path_factory.mktemp("fuzz") / "data"))) as site:
        yield site


IN_SMALL = {
    "a key for admin": ("--max-examples", "5"),
    "nobody": ("--max-examples", "3", "--phases", "coverage,fuzzing"),
    "a session": ("--max-examples", "2", "--phases", "examples,fuzzing"),
    "a key for sessions:read": ("--max-examples", "1", "--phases", "examples,fuzzing"),
    "a key in a header of its own": ("--max-examples", "1", "--phases", "examples,fuzzing"),
}


@pytest.mark.parametrize("caller", IN_SMALL)
def test_everybody_is_answered_as_documented(site: Guarded, tmp_path: Path, caller: str) -> None:
    found = complaints(site, tmp_path, *IN_SMALL[caller], "--seed", "1", caller=caller)
    assert found == "", found


def test_the_long_run_tries_every_scope(site: Guarded) -> None:
    assert {f"a key for {scope}" for scope in SCOPES} | set(IN_SMALL) == set(site.callers)


def test_a_document_that_is_not_true_is_found_out(site: Guarded, tmp_path: Path) -> None:
    document = site.server.get("/openapi.json").json
    session, health = (document["paths"][path]["get"] for path in ("/sessions/{session_id}", "/livez"))
    del session["responses"]["404"]
    health["security"] = [{"key": []}]
    document["paths"] = {"/sessions/{session_id}": {"get": session}, "/livez": {"get": health}}
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(document))
    found = complaints(
        site, tmp_path, "--max-examples", "2", "--phases", "fuzzing", document=str(file), caller="a key for admin"
    )
    assert "ST103 Undocumented" in found
    assert "ST401 " in found, found
