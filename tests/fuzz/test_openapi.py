"""The OpenAPI document is kept, whatever is sent: no status, header or shape but those it names, and no crash.

`make fuzz` does the same for longer.
"""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fuzz.openapi import Guarded, complaints, guarded

pytestmark = [pytest.mark.xdist_group("fuzz"), pytest.mark.slow]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, template: Path) -> Iterator[Guarded]:
    with guarded(Path(shutil.copytree(template, tmp_path_factory.mktemp("fuzz") / "data"))) as site:
        yield site


def test_whoever_has_a_key_is_answered_as_documented(site: Guarded, tmp_path: Path) -> None:
    found = complaints(site, tmp_path, "--max-examples", "5", "--seed", "1", key=site.key)
    assert found == "", found


def test_whoever_has_none_is_answered_as_documented(site: Guarded, tmp_path: Path) -> None:
    found = complaints(site, tmp_path, "--max-examples", "3", "--seed", "1", "--phases", "coverage,fuzzing")
    assert found == "", found


def test_a_document_that_is_not_true_is_found_out(site: Guarded, tmp_path: Path) -> None:
    document = site.server.get("/openapi.json").json
    session, health = (document["paths"][path]["get"] for path in ("/sessions/{session_id}", "/livez"))
    del session["responses"]["404"]
    health["security"] = [{"key": []}]
    document["paths"] = {"/sessions/{session_id}": {"get": session}, "/livez": {"get": health}}
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(document))
    found = complaints(site, tmp_path, "--max-examples", "2", "--phases", "fuzzing", document=str(file), key=site.key)
    assert "ST103 Undocumented" in found
    assert "ST401 " in found, found
