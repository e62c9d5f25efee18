"""Questions to a hundred thousand passages: whether the right one is found, and how long that takes, on both databases.

The library holds texts of invented places in nine languages, and `questions.toml` what people ask of them, each with
words that only the passage has which answers it. `distractors.py` makes the rest.
"""

import shutil
import time
import tomllib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, Final

import flask_migrate
from sqlalchemy import create_engine

from benchmarks.compare import Effort, Finding, say
from benchmarks.distractors import Distractors
from benchmarks.load import Measure
from benchmarks.search import nearby_postgres
from chatterkeep.app import create_app
from chatterkeep.domain.audit import Actor
from chatterkeep.domain.documents import Found, make_text, title_of
from chatterkeep.domain.passages import Markup
from chatterkeep.services.wiring import Services
from chatterkeep.settings import Settings
from chatterkeep.storage import documents
from chatterkeep.storage.db import Database, db, engine_options

PASSAGES: Final = 100_000
LIBRARY: Final = Path(__file__).parent / "library"
_BENCH: Final = Actor("benchmark")
_TOGETHER: Final = 2_000
_ROUNDS: Final = 3


def findings(folder: Path, effort: Effort, passages: int = PASSAGES) -> list[Finding]:
    found = _on("SQLite", folder / "sqlite", "", passages)
    with nearby_postgres() as url:
        return found + (_on("PostgreSQL", folder / "postgres", url, passages) if url else [])


def _on(name: str, data: Path, url: str, passages: int) -> list[Finding]:
    shutil.rmtree(data, ignore_errors=True)
    settings = Settings(data_dir=data, database_url=url, api_auth="open", log_level="ERROR")
    app = create_app(settings)
    with app.app_context():
        flask_migrate.upgrade()
        services: Services = app.extensions["chatterkeep"]
        texts = add_library(services)
        say(f"  {name}: adding {passages:,} passages in which nothing is to be found ...")
        engine = create_engine(settings.database, **engine_options(settings.database))
        add_distractors(Database(engine), Distractors(texts), passages)
        engine.dispose()
        relevance = settings.knowledge_relevance
        found = [*_answered(name, services, relevance), _unanswered(name, services, relevance)]
        db.engine.dispose()
    return found


def add_library(services: Services) -> list[str]:
    texts = []
    for path in sorted(LIBRARY.glob("*.md")):
        texts.append(path.read_text())
        document = make_text(title_of(texts[-1], path.name), path.name, texts[-1], Markup.MARKDOWN)
        services.knowledge.add(document, _BENCH, datetime.now(UTC))
    return texts


def add_distractors(database: Database, distractors: Distractors, passages: int) -> None:
    frame = make_text("Distractors", "distractors", "Nothing.", Markup.PLAIN)
    pieces = distractors.pieces(passages)
    with database.write() as connection:
        row, _ = documents.begin(connection, frame, "en", passages, _BENCH.name, datetime.now(UTC))
    while part := list(islice(pieces, _TOGETHER)):
        with database.write() as connection:
            documents.add_pieces(connection, row, part)
    with database.write() as connection:
        documents.finish(connection, row)


def _answered(name: str, services: Services, relevance: float) -> list[Finding]:
    asked: Mapping[str, str] = questions()["answered"]
    ranks: list[int] = []
    quoted = 0
    measure = Measure(1.0)
    for _ in range(_ROUNDS):
        ranks, quoted = [], 0
        for question, mark in asked.items():
            began = time.perf_counter()
            found = services.knowledge.ask(question)
            measure.timings.append(time.perf_counter() - began)
            ranks.append(rank_of(found, mark))
            quoted += ranks[-1] == 1 and found[0].cover >= relevance
    hits, reciprocal = sum(0 < rank <= 3 for rank in ranks), sum(1 / rank for rank in ranks if rank)
    slow, half = measure.percentile(95), measure.percentile(50)
    say(f"  {name}: {hits} of {len(ranks)} in the first three; missed: {_missed(asked, ranks)}")
    return [
        Finding(
            f"{name}: questions whose passage is among the first three of {PASSAGES:,}",
            f"{hits / len(ranks):.0%}",
            "at least 90%",
            hits / len(ranks) >= 0.9,
            f"mean reciprocal rank {reciprocal / len(ranks):.2f}; {len(ranks)} questions in nine languages",
        ),
        Finding(
            f"{name}: questions that are answered by quoting their passage, without a model",
            f"{quoted / len(ranks):.0%}",
            "at least 80%",
            quoted / len(ranks) >= 0.8,
            f"the best of {PASSAGES:,}, at the default relevance of {relevance}",
        ),
        Finding(
            f"{name}: finding passages among {PASSAGES:,}, p95",
            f"{slow:.0f} ms",
            "at most 30 ms",
            slow <= 30,
            f"p50 {half:.0f} ms; {len(measure.timings)} questions, one after another",
        ),
    ]


def _unanswered(name: str, services: Services, relevance: float) -> Finding:
    asked: Sequence[str] = questions()["unanswered"]["questions"]
    wrong = [one for one in asked if any(found.cover >= relevance for found in services.knowledge.ask(one, 1))]
    return Finding(
        f"{name}: questions that no passage answers, and that get one all the same",
        f"{len(wrong)} of {len(asked)}",
        "none",
        not wrong,
        f"at the default relevance of {relevance}" + (f": {'; '.join(wrong)}" if wrong else ""),
    )


def rank_of(found: Sequence[Found], mark: str) -> int:
    return next((rank for rank, one in enumerate(found, start=1) if mark in one.place.text), 0)


def _missed(questions: Mapping[str, str], ranks: Sequence[int]) -> str:
    return "; ".join(question for question, rank in zip(questions, ranks, strict=True) if not 0 < rank <= 3) or "none"


def questions() -> Any:
    return tomllib.loads((LIBRARY / "questions.toml").read_text())
