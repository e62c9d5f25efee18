"""flask knowledge: add, list, search, remove, rebuild."""

import json
from pathlib import Path

from sqlalchemy import Engine, select, update

from chatterkeep.services.wiring import Services
from chatterkeep.storage.models_knowledge import KnowledgeRecord, PassageTermRecord
from tests.cli.conftest import Run
from tests.databases import both
from tests.documents import HOURS, add_document


@both
def test_a_file_is_added_listed_found_and_removed(run: Run, tmp_path: Path) -> None:
    (tmp_path / "hours.md").write_text(HOURS)
    added = run("knowledge", "add", tmp_path / "hours.md")
    assert (added.exit_code, added.stderr) == (0, "Added: Opening hours, 2 passages.\n")
    document_id = added.stdout.strip()
    assert run("knowledge", "add", tmp_path / "hours.md").stderr.startswith("Unchanged")
    [row] = json.loads(run("knowledge", "list", "--json").stdout)
    assert (row["id"], row["language"], row["origin"]) == (document_id, "en", "hours.md")
    found = json.loads(run("knowledge", "search", "Are you open on Sunday?", "--json").stdout)
    assert found[0]["source"] == "Opening hours"
    assert run("knowledge", "remove", document_id, "--yes").exit_code == 0
    assert run("knowledge", "list").stderr.startswith("No documents yet.")


def test_a_folder_is_added_file_by_file(run: Run, tmp_path: Path, services: Services) -> None:
    (tmp_path / "docs" / "sub").mkdir(parents=True)
    (tmp_path / "docs" / "a.md").write_text("# Fish\n\nWe sell cod.")
    (tmp_path / "docs" / "sub" / "b.txt").write_text("We sell herring.")
    (tmp_path / "docs" / "c.png").write_bytes(b"\x89PNG")
    added = run("knowledge", "add", tmp_path / "docs")
    assert added.exit_code == 0, added.output
    assert {one.origin for one in services.knowledge.browse()} == {"a.md", "sub/b.txt"}


def test_what_cannot_be_read_is_said(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x.md").write_bytes(b"\xff\xfe")
    (tmp_path / "x.pdf").write_text("Text, but who knows.")
    for name in ("x.md", "x.pdf"):
        assert f"{name}: Only text (.md, " in run("knowledge", "add", tmp_path / name).stderr
    (tmp_path / "empty").mkdir()
    assert "holds none of" in run("knowledge", "add", tmp_path / "empty").stderr
    assert run("knowledge", "remove", "nothing", "--yes").exit_code == 1


@both
def test_rebuild_makes_the_index_anew_and_can_be_repeated(run: Run, services: Services, engine: Engine) -> None:
    add_document(services)
    count = select(PassageTermRecord.passages).where(PassageTermRecord.term == "open")
    with engine.begin() as connection:
        before = connection.scalar(count)
        connection.execute(update(KnowledgeRecord).values(version="old"))
    for _ in range(2):
        assert run("knowledge", "rebuild").exit_code == 0
    with engine.connect() as connection:
        assert connection.scalar(count) == before
        assert connection.scalar(select(KnowledgeRecord.version)) != "old"
    assert services.knowledge.ask("sunday")[0].place.title == "Opening hours"
