"""Embeddings from the command line: made with a document, made up for later, and looked at by flask doctor."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.databases import both
from tests.documents import HOURS
from tests.llm.server import LLM

QUESTION = "What is the shipment price of a sofa?"


@pytest.fixture
def fake() -> Iterator[LLM]:
    with LLM().running() as server:
        yield server


@pytest.fixture
def embedding(flask: Run, fake: LLM) -> Run:
    """Run `flask` with a model of embeddings."""
    named = {"CHATTERKEEP_EMBEDDING_MODEL": "fake-embed-1", "CHATTERKEEP_EMBEDDING_BASE_URL": fake.url}
    return lambda *arguments, **settings: flask(*arguments, **(named | settings))


@pytest.fixture
def hours(tmp_path: Path) -> Path:
    (tmp_path / "hours.md").write_text(HOURS)
    return tmp_path / "hours.md"


@both
def test_adding_makes_the_embeddings_at_once(embedding: Run, hours: Path) -> None:
    assert embedding("knowledge", "add", hours).stderr.endswith("Embedding: 100 %\n")
    best = json.loads(embedding("knowledge", "search", QUESTION, "--json").stdout)[0]
    assert (best["source"], best["cover"]) == ("Opening hours > Deliveries", 0.0)
    assert best["similarity"] > 0.2


def test_a_document_is_added_though_the_server_fails(embedding: Run, hours: Path, fake: LLM) -> None:
    fake.embedding_fault = "server-error"
    added = embedding("knowledge", "add", hours)
    assert added.exit_code == 0
    assert "There are no embeddings of it yet (server_error: HTTP 500)" in added.stderr
    refused = embedding("knowledge", "embed")
    assert (refused.exit_code, "Run: flask doctor" in refused.stderr) == (1, True)
    fake.embedding_fault = "none"
    assert embedding("knowledge", "embed").stderr.endswith("all passages have their embeddings.\n")


def test_embeddings_are_made_once_or_anew(embedding: Run, hours: Path, fake: LLM) -> None:
    embedding("knowledge", "add", hours)
    embedding("knowledge", "embed")
    assert len(fake.embedded) == 1
    assert embedding("knowledge", "embed", "--anew").exit_code == 0
    assert len(fake.embedded) == 2


def test_without_a_model_the_command_names_the_setting(run: Run) -> None:
    assert "CHATTERKEEP_EMBEDDING_MODEL" in run("knowledge", "embed").stderr


@both
@pytest.mark.parametrize(
    ("settings", "verdict", "said"),
    [
        ({}, "OK", "fake-embed-1 at http://127.0.0.1"),
        ({"CHATTERKEEP_EMBEDDING_MODEL": ""}, "OK", "found by their words alone"),
        ({"CHATTERKEEP_EMBEDDING_MODEL": "unheard-of"}, "WARN", "does not list unheard-of"),
        ({"CHATTERKEEP_EMBEDDING_BASE_URL": "http://127.0.0.1:1/v1"}, "FAIL", "cannot be reached"),
    ],
)
def test_doctor_looks_at_the_server(embedding: Run, settings: dict[str, str], verdict: str, said: str) -> None:
    rows = json.loads(embedding("doctor", "--json", **settings).stdout)
    finding = next(row for row in rows if row["check"] == "embeddings")
    assert finding["verdict"] == verdict
    assert said in finding["found"]


def test_doctor_counts_what_is_still_to_be_made(embedding: Run, hours: Path, fake: LLM) -> None:
    fake.embedding_fault = "server-error"
    embedding("knowledge", "add", hours)
    rows = json.loads(embedding("doctor", "--json").stdout)
    assert "2 passages have no vector yet" in next(row["found"] for row in rows if row["check"] == "embeddings")


def test_the_key_of_the_language_model_goes_to_its_own_server_alone(flask: Run, hours: Path, fake: LLM) -> None:
    settings = {"CHATTERKEEP_EMBEDDING_MODEL": "fake-embed-1", "OPENAI_API_KEY": "sk-of-the-model"}
    flask("knowledge", "add", hours, **settings, CHATTERKEEP_EMBEDDING_BASE_URL=fake.url)
    flask("knowledge", "embed", "--anew", **settings, OPENAI_BASE_URL=fake.url)
    assert [headers["authorization"] for headers, _ in fake.embedded] == ["Bearer none", "Bearer sk-of-the-model"]
