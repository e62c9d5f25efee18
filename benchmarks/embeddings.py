"""Questions in other words than the passages that answer them: found by words alone, and with embeddings.

Whether they are found needs a real model, so that part is measured where CHATTERKEEP_EMBEDDING_BASE_URL names a server,
such as `embedder.py`; how long it takes among 100,000 passages does not, and uses vectors drawn by chance.
"""

import math
import os
import random
import resource
import shutil
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import flask_migrate
from sqlalchemy import create_engine, select

from benchmarks.compare import Effort, Finding, say
from benchmarks.distractors import Distractors
from benchmarks.knowledge import PASSAGES, add_distractors, add_library, questions, rank_of
from benchmarks.load import Measure
from benchmarks.search import nearby_postgres
from chatterkeep.app import create_app
from chatterkeep.domain.documents import Found
from chatterkeep.domain.embeddings import Vector, unit
from chatterkeep.services.wiring import Services
from chatterkeep.settings import Settings
from chatterkeep.storage.db import Database, db, engine_options
from chatterkeep.storage.models_knowledge import PassageRecord
from chatterkeep.storage.passage_search import find_passages
from chatterkeep.storage.vector_index import VectorIndex
from chatterkeep.storage.vectors import store_vectors

SERVER: Final = "CHATTERKEEP_EMBEDDING_BASE_URL"
SIMILARITIES: Final = (0.3, 0.35, 0.4, 0.45, 0.5, 0.55)
LENGTH: Final = 1536
"""Numbers of a vector of `text-embedding-3-small`."""

_MODEL: Final = "by-chance"
_CROWD: Final = 2_000
_TOGETHER: Final = 1_000
_ROUNDS: Final = 3


def findings(folder: Path, effort: Effort, passages: int = PASSAGES) -> list[Finding]:
    server = os.environ.get(SERVER)
    found = _quality(folder / "real", server) if server else []
    found += _speed("SQLite", folder / "sqlite", "", passages)
    with nearby_postgres() as url:
        return found + (_speed("PostgreSQL", folder / "postgres", url, passages) if url else [])


def _quality(data: Path, server: str) -> list[Finding]:
    model = os.environ.get("CHATTERKEEP_EMBEDDING_MODEL", "all-minilm-l6-v2")
    settings = Settings(
        data_dir=data, log_level="ERROR", embedding_model=model, embedding_base_url=server, embedding_timeout=30
    )
    app = create_app(settings)
    with app.app_context():
        flask_migrate.upgrade()
        services: Services = app.extensions["chatterkeep"]
        texts = add_library(services)
        engine = create_engine(settings.database, **engine_options(settings.database))
        add_distractors(Database(engine), Distractors(texts), _CROWD)
        engine.dispose()
        asked: dict[str, str] = questions()["in_other_words"]
        before = [rank_of(services.knowledge.ask(question), mark) for question, mark in asked.items()]
        say(f"  {model}: making the embeddings of all passages ...")
        for _ in services.embeddings.fill():
            pass
        after = [rank_of(services.knowledge.ask(question), mark) for question, mark in asked.items()]
        told = [one for one in questions()["unanswered"]["questions"] if one.isascii()]
        off_topic = {one: services.knowledge.ask(one, 20) for one in told}
        on_topic = {one: services.knowledge.ask(one, 20) for one in asked}
        services.embeddings.close()
        db.engine.dispose()
    plain, helped = _in_three(before), _in_three(after)
    missed = "; ".join(one for one, rank in zip(asked, after, strict=True) if not 0 < rank <= 3) or "none"
    say(f"  missed with embeddings: {missed}")
    for least in SIMILARITIES:
        say(f"  at {least}: {_reached(on_topic, least)} answered, {_reached(off_topic, least)} wrongly")
    return [
        Finding(
            "questions in other words whose passage is among the first three, with embeddings",
            f"{helped / len(after):.0%}",
            f"more than by words alone ({plain / len(before):.0%})",
            helped > plain,
            f"mean reciprocal rank {_reciprocal(after):.2f}, by words alone {_reciprocal(before):.2f}; {len(asked)} "
            f"questions in English, {model}, {_CROWD:,} other passages",
        )
    ]


def _speed(name: str, data: Path, url: str, passages: int) -> list[Finding]:
    shutil.rmtree(data, ignore_errors=True)
    settings = Settings(data_dir=data, database_url=url, api_auth="open", log_level="ERROR")
    app = create_app(settings)
    with app.app_context():
        flask_migrate.upgrade()
        texts = add_library(app.extensions["chatterkeep"])
        say(f"  {name}: adding {passages:,} passages and their vectors ...")
        engine = create_engine(settings.database, **engine_options(settings.database))
        database = Database(engine)
        add_distractors(database, Distractors(texts), passages)
        draw = random.Random(20260314)
        _embed(database, draw)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        index, measure = VectorIndex(_MODEL), Measure(1.0)
        first = _timed(database, index, "Where?", draw)
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        for question in list(questions()["answered"]) * _ROUNDS:
            measure.timings.append(_timed(database, index, question, draw))
        engine.dispose()
        db.engine.dispose()
    slow, half = measure.percentile(95), measure.percentile(50)
    return [
        Finding(
            f"{name}: finding passages among {passages:,} with vectors of {LENGTH:,} numbers, p95",
            f"{slow:.0f} ms",
            "at most 30 ms",
            slow <= 30,
            f"p50 {half:.0f} ms, without the server's time; the first question of a process {first * 1000:.0f} ms, "
            f"its memory grew by up to {grown:.0f} MB",
        )
    ]


def _embed(database: Database, draw: random.Random) -> None:
    with database.read() as connection:
        rows = list(connection.scalars(select(PassageRecord.id).order_by(PassageRecord.id)))
    for start in range(0, len(rows), _TOGETHER):
        with database.write() as connection:
            store_vectors(connection, _MODEL, {row: _by_chance(draw) for row in rows[start : start + _TOGETHER]})


def _by_chance(draw: random.Random) -> Vector:
    return unit(draw.random() - 0.5 for _ in range(LENGTH))


def _timed(database: Database, index: VectorIndex, question: str, draw: random.Random) -> float:
    vector = _by_chance(draw)
    began = time.perf_counter()
    with database.read() as connection:
        find_passages(connection, question, 20, index, vector)
    return time.perf_counter() - began


def _in_three(ranks: Sequence[int]) -> int:
    return sum(0 < rank <= 3 for rank in ranks)


def _reciprocal(ranks: Sequence[int]) -> float:
    return math.fsum(1 / rank for rank in ranks if rank) / len(ranks)


def _reached(found: Mapping[str, Sequence[Found]], least: float) -> int:
    return sum(any(one.similarity >= least for one in passages) for passages in found.values())
