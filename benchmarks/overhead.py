"""What the application adds to the model's own time to the first word."""

import json
from pathlib import Path
from statistics import median

from benchmarks.channels import Connected, Streamed
from benchmarks.compare import Effort, Finding, say
from benchmarks.crowd import Manner, gather, milliseconds
from benchmarks.people import post_json
from benchmarks.servers import chatterkeep, language_model
from benchmarks.streams import PACE, WARM_UP, talking_to

ANSWER_SECONDS = 0.6
READING_SECONDS = 0.2


class Direct(Streamed):
    """Asks the model itself, without the application."""

    def introduce(self) -> None:
        self.ask()

    def put(self, question: str) -> None:
        self.on_data = self.head_first
        body = {"model": "any", "stream": True, "messages": [{"role": "user", "content": question}]}
        self.send(post_json("/v1/chat/completions", json.dumps(body)))

    def take(self, data: bytes) -> None:
        if data == b"[DONE]":
            self.finish(self.text)
        else:
            self.hear(self.text + json.loads(data)["choices"][0]["delta"].get("content", ""))


def findings(folder: Path, effort: Effort) -> list[Finding]:
    questions = max(2, round(effort.seconds / (ANSWER_SECONDS + READING_SECONDS)))
    manner = Manner(people=10, within=0.5, questions=questions, reading=READING_SECONDS)
    with language_model(folder, *PACE) as model, chatterkeep(folder / "overhead", talking_to(model)) as app:
        sides = {
            "WebSocket": (Connected, app.address),
            "SSE": (Streamed, app.address),
            "": (Direct, model.address),
        }
        for kind, address in sides.values():
            gather(kind, address, WARM_UP)
        firsts: dict[str, list[float]] = {name: [] for name in sides}
        for number in range(1, effort.rounds + 1):
            for name, (kind, address) in sides.items():
                tally = gather(kind, address, manner)
                firsts[name].append(milliseconds(tally.first, 50))
                say(f"  overhead, round {number}, {name or 'model':>9}: {tally}")
    return [_finding(name, firsts[name], firsts[""]) for name in ("WebSocket", "SSE")]


def _finding(name: str, ours: list[float], models: list[float]) -> Finding:
    added = [mine - its for mine, its in zip(ours, models, strict=True)]
    typical = median(added)
    return Finding(
        f"first word over {name}, after the model's own, p50 of 10 people",
        f"{typical:.1f} ms",
        "at most 15 ms",
        typical <= 15,
        f"{median(ours):.1f} to {median(models):.1f} ms; rounds: {', '.join(f'{ms:.1f}' for ms in added)}",
    )
