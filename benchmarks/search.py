"""Staff search among a million encrypted messages: whole pages, over HTTP, on SQLite and on PostgreSQL.

And what the index costs those who talk: turns with it and without, in alternating rounds.
"""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import psycopg

from benchmarks.browser import Browser
from benchmarks.compare import Effort, Finding, alternate, say
from benchmarks.corpus import COMMON, UNINDEXED, Corpus, load
from benchmarks.growth import MESSAGES, logged_in, prepare
from benchmarks.load import Measure
from benchmarks.people import Talker
from benchmarks.servers import Server, chatterkeep, flask
from benchmarks.streams import processor_seconds
from benchmarks.turns import talk

POSTGRES = "CHATTERKEEP_BENCH_POSTGRES_URL"
NEARBY = "postgresql://postgres@127.0.0.1:5432/postgres"
SEARCHES = 100


def findings(folder: Path, effort: Effort, messages: int = MESSAGES) -> list[Finding]:
    found = _turns(folder, effort) + _on("SQLite", folder / "sqlite", "", messages)
    with nearby_postgres() as url:
        return found + (_on("PostgreSQL", folder / "postgres", url, messages) if url else [])


def _turns(folder: Path, effort: Effort) -> list[Finding]:
    with (
        chatterkeep(folder / "on") as on,
        chatterkeep(folder / "off", {"CHATTERKEEP_SEARCH": "off"}) as off,
    ):
        rounds = alternate(
            "turns with the index of words",
            lambda: talk(on, Talker, effort.seconds),
            lambda: talk(off, Talker, effort.seconds),
            effort.rounds,
        )
    return [rounds.rate_finding("turns with the search on, to off", 0.90)]


def _on(name: str, data: Path, url: str, messages: int) -> list[Finding]:
    settings = {"CHATTERKEEP_DATABASE_URL": url} if url else {}
    prepare(data, settings)
    say(f"  loading {messages:,} messages into {name} ...")
    corpus = Corpus(messages)
    size = load(corpus, data, url)
    began = time.perf_counter()
    flask(data, "search", "rebuild", settings=settings)
    pace = (messages - corpus.indexed) / (time.perf_counter() - began)
    with chatterkeep(data, settings) as server:
        pages = Pages(server)
        return [
            pages.finding(f"{name}: a rare word", corpus.rare(SEARCHES), 50),
            pages.finding(f"{name}: a word in every third message", COMMON, 200),
            pages.finding(f"{name}: both of two such words", [" ".join(COMMON)], 200),
            pages.finding(f"{name}: a rare word and a common one", _with_common(corpus), 200),
            pages.finding(f"{name}: a common word, another excluded", [f"{COMMON[0]} -{COMMON[1]}"], 200),
            pages.finding(f"{name}: a phrase of two words", corpus.phrases(SEARCHES), 200),
            pages.finding(f"{name}: a phrase of two common words", ['"alpha bravo"'], 200),
            pages.finding(f"{name}: a phrase that is nowhere, of common words", ['"bravo alpha"'], 400),
            _made(name, size, corpus, pace),
        ]


def _with_common(corpus: Corpus) -> list[str]:
    return [f"{word} {COMMON[0]}" for word in corpus.rare(SEARCHES)]


def _made(name: str, size: int, corpus: Corpus, pace: float) -> Finding:
    each = size / corpus.indexed
    return Finding(
        f"{name}: size of the index for each message",
        f"{each:,.0f} bytes",
        "at most 1,200 bytes",
        each <= 1200,
        f"{size / 1e6:,.0f} MB for {corpus.indexed:,} messages; the last {UNINDEXED:.0%} added by `flask search"
        f" rebuild`: {pace:,.0f} messages a second, the start of the command included",
    )


class Pages:
    """The search page, asked for one after another by somebody who is logged in."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._browser: Browser = logged_in(server)

    def finding(self, what: str, queries: Sequence[str], at_most: float) -> Finding:
        measure, hits = Measure(1.0), []
        before = processor_seconds(self._server)
        for number in range(SEARCHES):
            query = queries[number % len(queries)]
            began = time.perf_counter()
            answer = self._browser.get(f"/admin/search?{urlencode({'q': query})}")
            measure.timings.append(time.perf_counter() - began)
            measure.faults[f"status {answer.status}"] += answer.status != 200
            hits.append(answer.body.count(b'<p class="meta">'))
        each = (processor_seconds(self._server) - before) / SEARCHES * 1000
        slow, half = measure.percentile(95), measure.percentile(50)
        say(f"  {what}: {measure}")
        wrong = +measure.faults
        return Finding(
            f"search among a million messages, {what}, p95",
            f"{slow:.0f} ms" + (f", {dict(wrong)}" if wrong else ""),
            f"at most {at_most:.0f} ms",
            slow <= at_most and not wrong,
            f"p50 {half:.0f} ms; {each:.0f} ms of a processor each; hits shown: {min(hits)} to {max(hits)}",
        )


@contextmanager
def nearby_postgres() -> Iterator[str]:
    """A database of our own on the server that is named or near; nothing where there is none."""
    server = os.environ.get(POSTGRES, NEARBY)
    try:
        connection = psycopg.connect(server, autocommit=True, connect_timeout=3)
    except psycopg.OperationalError:
        say(f"  no PostgreSQL server answers; {POSTGRES} names one")
        yield ""
        return
    name = f"chatterkeep_bench_{os.getpid()}"
    with connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        try:
            yield f"{server.rpartition('/')[0]}/{name}"
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
