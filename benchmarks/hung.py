"""How soon a message is acknowledged while the language model says nothing at all."""

import json
import secrets
from pathlib import Path
from typing import ClassVar

from benchmarks.compare import Effort, Finding, say
from benchmarks.crowd import Manner, Person, gather, milliseconds
from benchmarks.people import fresh_phones, post_json
from benchmarks.servers import chatterkeep, language_model
from benchmarks.streams import talking_to

PAUSE_SECONDS = 0.5


class Texting(Person):
    """A phone behind the webhook, which is not to wait for replies."""

    phones: ClassVar = fresh_phones()

    def introduce(self) -> None:
        self._phone = next(self.phones)
        self.on_data = self._acknowledged
        self.ask()

    def put(self, question: str) -> None:
        body = {"phone": self._phone, "message": question, "id": secrets.token_hex(12)}
        self.send(post_json("/chat", json.dumps(body), "Prefer: wait=0\r\n"))

    def _acknowledged(self) -> None:
        if answer := self.answer():
            if answer[0] == 202 and json.loads(answer[1])["status"] == "pending":
                self.note()
            else:
                self.fault(f"status {answer[0]}")
            self.go_on()


def findings(folder: Path, effort: Effort) -> list[Finding]:
    manner = Manner(
        people=50, within=PAUSE_SECONDS, questions=round(effort.seconds / PAUSE_SECONDS), reading=PAUSE_SECONDS
    )
    with language_model(folder, "--fault", "hang") as model, chatterkeep(folder / "hung", talking_to(model)) as app:
        tallies = [gather(Texting, app.address, manner) for _ in range(effort.rounds)]
    times = [seconds for tally in tallies for seconds in tally.complete]
    missing = sum(tally.expected - len(tally.complete) for tally in tallies)
    slowest = milliseconds(times, 99)
    say(f"  hung: {len(times)} acknowledged, {missing} not, p99 {slowest:.0f} ms")
    return [
        Finding(
            "acknowledged while the model hangs, p99",
            f"{slowest:.0f} ms" + (f", {missing} not at all" if missing else ""),
            "at most 250 ms",
            0 < slowest <= 250 and not missing,
            f"p50 {milliseconds(times, 50):.0f} ms; {manner.people} phones, "
            f"each {PAUSE_SECONDS:g} s after its last answer; {len(times):,} messages",
        )
    ]
