"""A thousand people who talk with a language model at the same time, over every channel."""

import os
from pathlib import Path

from benchmarks.channels import Connected, OnPage, Streamed
from benchmarks.compare import Effort, Finding, say
from benchmarks.crowd import Manner, Person, Tally, gather, milliseconds
from benchmarks.servers import Server, chatterkeep, language_model

KINDS: dict[str, type[Person]] = {"WebSocket": Connected, "SSE": Streamed, "polling pages": OnPage}
CROWD = Manner(people=1000, within=5)
WARM_UP = Manner(people=20, within=0.5, questions=1)
GENERATED = {
    "CHATTERKEEP_FLOW": "assistant",
    "CHATTERKEEP_ANSWER_CACHE": "0",
    "CHATTERKEEP_LIMIT_PHONE": "",
    "CHATTERKEEP_LIMIT_LLM": "",
    "CHATTERKEEP_LOG_LEVEL": "WARNING",
}
"""Every question asks the model, however often somebody asks."""

PACE = ("--first", "0.2", "--between", "0.02", "--tokens", "20")


def findings(folder: Path, effort: Effort) -> list[Finding]:
    found = []
    for name, kind in KINDS.items():
        with language_model(folder, *PACE) as model, chatterkeep(folder / name, talking_to(model)) as app:
            gather(kind, app.address, WARM_UP)
            before = processor_seconds(app)
            tally = gather(kind, app.address, CROWD)
            took = processor_seconds(app) - before
        say(f"  {name}: {tally}; workers {took:.1f} s of processor, the crowd {tally.own_seconds:.1f} s")
        found += _findings(name, tally, took)
    return found


def talking_to(model: Server) -> dict[str, str]:
    """The settings of an app that asks this model."""
    return {**GENERATED, "OPENAI_BASE_URL": f"{model.url}/v1"}


def _findings(name: str, tally: Tally, took: float) -> list[Finding]:
    whose = f"{CROWD.people:,} at once, {name}:"
    first = milliseconds(tally.first, 50)
    half, slowest = milliseconds(tally.complete, 50), milliseconds(tally.complete, 99)
    wrong = ", ".join(f"{count} {what}" for what, count in tally.faults.items()) or "no errors"
    half_open, last_open = milliseconds(tally.opened, 50), milliseconds(tally.opened, 100)
    opened = f"open after {half_open:,.0f} ms (p50), the slowest after {last_open:,.0f} ms"
    detail = f"processor: workers {took:.1f} s, load {tally.own_seconds:.1f} s"
    return [
        Finding(
            f"{whose} answered",
            f"{tally.answered:.1%}",
            "100%",
            tally.answered == 1 and not tally.faults,
            f"{wrong}; {opened}",
        ),
        Finding(f"{whose} first word, p50", f"{first:.0f} ms", "at most 450 ms", 0 < first <= 450, "the model: 200 ms"),
        Finding(
            f"{whose} whole answer, p50", f"{half:.0f} ms", "at most 1,200 ms", 0 < half <= 1200, "the model: 600 ms"
        ),
        Finding(f"{whose} whole answer, p99", f"{slowest:,.0f} ms", "at most 4,000 ms", 0 < slowest <= 4000, detail),
    ]


def processor_seconds(server: Server) -> float:
    """Time of the processor that the workers have taken."""
    return sum(_seconds_of(worker) for worker in server.workers)


def _seconds_of(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
