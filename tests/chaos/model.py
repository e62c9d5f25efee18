"""The language model of these runs: it says the question again, so that everybody knows which answer is whose."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.llm.connection import Request
from tests.llm.faults import Step
from tests.llm.server import LLM


@dataclass
class Echo(LLM):
    """Takes 0.2 to `slowest` seconds for an answer, never the same time, and counts its calls."""

    echo: bool = True
    slowest: float = 2.0
    dice: random.Random = field(default_factory=random.Random)
    calls: int = 0

    def script(self, request: Request) -> Iterator[Step]:
        """Choose a pace for this answer."""
        self.calls += 1
        seconds = self.dice.uniform(0.2, self.slowest)
        self.first_token = seconds / 3
        self.between = seconds * 2 / 3 / max(1, len(request.question.split()))
        return super().script(request)
