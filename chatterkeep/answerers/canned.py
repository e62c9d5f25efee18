"""Answers without a language model, so that everything around an answer can be seen.

It says the same to everybody but for a number, and repeats nothing of what was written.
"""

import re
import time
from collections.abc import Iterator
from typing import Final

from chatterkeep.domain.answers import Usage
from chatterkeep.domain.prompt import Prompt
from chatterkeep.services.ports import SLICE, Call

_ANSWER: Final = (
    "Your message of {count} is saved. I am a **stand-in**: no language model is connected, "
    "so these are the only words I have.\n\n- With a model, its answer would stand here.\n"
    "- To connect one, set `OPENAI_API_KEY`."
)
_WORD: Final = re.compile(r"\s*\S+")


class Canned:
    """An Answerer. `pause` is the time between two words, in seconds."""

    model = "canned"

    def __init__(self, pause: float = 0.05) -> None:
        self._pause = pause

    def prepare(self) -> None:
        """Nothing is needed."""

    def close(self) -> None:
        """Nothing is held."""

    def answer(self, prompt: Prompt, call: Call) -> Iterator[str]:
        """Yield the answer word by word. Raises NoAnswer and Unwanted where the call does."""
        asked = sum(len(line.text.split()) for line in prompt.lines)
        count = len(prompt.question.split())
        answer = _ANSWER.format(count="one word" if count == 1 else f"{count} words")
        for said, word in enumerate(_WORD.findall(answer), start=1):
            self._wait(call)
            call.usage = Usage(self.model, asked, said)
            call.heard()
            yield word

    def _wait(self, call: Call) -> None:
        end = time.monotonic() + self._pause
        call.check()
        while (rest := end - time.monotonic()) > 0:
            time.sleep(min(rest, SLICE))
            call.check()
