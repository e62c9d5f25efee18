"""Who turns a question into text: builds the prompt, asks the answerer, and knows when not to."""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol

from chatterkeep.domain.answers import Failure, NoAnswer, Patience, Usage
from chatterkeep.domain.keywords import normalise
from chatterkeep.domain.papers import NOTE, fenced
from chatterkeep.domain.prompt import Prompt, PromptLine, build_prompt, known_of
from chatterkeep.domain.scrub import Scrubber
from chatterkeep.domain.tools import GROUND
from chatterkeep.services.breaker import Breaker
from chatterkeep.services.matters import Matter
from chatterkeep.services.measures import CACHE, FAILURES, TOKENS
from chatterkeep.services.ports import Answerer, Call
from chatterkeep.services.tooling import Tooling

CUT_SHORT: Final = "\n\n*(The answer was ended at its longest.)*"

HEALTHY: Final = frozenset({Failure.REFUSED, Failure.TOO_LONG, Failure.EMPTY, Failure.BAD_REQUEST})
"""Failures that come from what was asked: the provider itself is well."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How answers are written: the system's words, tokens of history, and how long anything may take (seconds).

    `tools` are what a model may look things up with, `papers` tokens of the files it is shown.
    """

    system: str
    history: int
    patience: Patience
    region: str
    tools: Tooling | None = None
    papers: int = 0


class Cache(Protocol):
    """Keeps answers to questions that hold nothing personal."""

    def get(self, key: str) -> str | None:
        """Return an answer that is kept."""
        ...

    def put(self, key: str, answer: str) -> None:
        """Keep an answer."""
        ...


class Authors:
    """Writes answers. `spend` is told what each cost: the session's id and the number of tokens."""

    def __init__(
        self,
        answerer: Answerer,
        manner: Manner,
        breaker: Breaker,
        cache: Cache | None,
        spend: Callable[[str, int], None],
    ) -> None:
        self._answerer = answerer
        self._manner = manner
        self._breaker = breaker
        self._cache = cache
        self._spend = spend

    @property
    def patience(self) -> Patience:
        """How long an answer may take."""
        return self._manner.patience

    @property
    def are_resting(self) -> bool:
        """Tell whether the circuit is open: nobody is asked but now and then, to see whether that helps."""
        return self._breaker.is_open

    @property
    def papers(self) -> int:
        """How many characters of files a prompt may hold: four of them are taken for a token, as in English."""
        return 4 * self._manner.papers

    def prepare(self) -> None:
        """Make ready, so that the first question need not wait."""
        self._answerer.prepare()

    def close(self) -> None:
        """Give back what is held between answers."""
        self._answerer.close()

    def write(self, matter: Matter, call: Call) -> Iterator[str]:
        """Yield the answer, piece by piece. Raises NoAnswer and Unwanted."""
        scrubber = Scrubber(self._manner.region)
        papers = fenced(matter.papers, self.papers)
        grounds = (
            *known_of(matter.context),
            *matter.grounds,
            *([GROUND] if self._manner.tools else ()),
            *([NOTE] if papers else ()),
        )
        plain = build_prompt(self._manner.system, matter.lines, self._manner.history, grounds, papers)
        prompt = _scrubbed(plain, scrubber)
        if tools := self._manner.tools:
            call.tools = tools.at_hand(matter.context, scrubber, matter.reply_id)
        key = self._key(matter.flow, plain) if plain.question == prompt.question and not matter.papers else None
        known = self._known(key)
        if known is not None:
            call.usage = Usage(self._answerer.model, 0, 0)
            yield known
            return
        pieces: list[str] = []
        for piece in scrubber.restoring(self._asked(matter.session_id, prompt, call)):
            pieces.append(piece)
            yield piece
        if self._cache and key and not (call.cut_short or call.basis):
            self._cache.put(key, "".join(pieces))
        if call.cut_short:
            yield CUT_SHORT

    def _known(self, key: str | None) -> str | None:
        if self._cache is None or key is None:
            return None
        known = self._cache.get(key)
        CACHE.labels("miss" if known is None else "hit").inc()
        return known

    def _asked(self, session_id: str, prompt: Prompt, call: Call) -> Iterator[str]:
        if not self._breaker.allows():
            raise NoAnswer(Failure.OPEN_CIRCUIT)
        try:
            yield from self._answerer.answer(prompt, call)
        except NoAnswer as error:
            FAILURES.labels(error.failure.value).inc()
            if error.failure in HEALTHY:
                self._breaker.worked()
            else:
                self._breaker.failed()
            raise
        finally:
            if call.usage:
                self._count(session_id, call.usage)
        self._breaker.worked()

    def _count(self, session_id: str, usage: Usage) -> None:
        self._spend(session_id, usage.prompt_tokens + usage.completion_tokens)
        TOKENS.labels("prompt").inc(usage.prompt_tokens)
        TOKENS.labels("completion").inc(usage.completion_tokens)

    def _key(self, flow: str, prompt: Prompt) -> str | None:
        """What an answer is kept under; None where the prompt holds history."""
        if len(prompt.lines) != 2:
            return None
        parts = [flow, self._answerer.model, prompt.lines[0].text, normalise(prompt.question)]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _scrubbed(prompt: Prompt, scrubber: Scrubber) -> Prompt:
    return Prompt(tuple(PromptLine(line.role, scrubber.scrub(line.text)) for line in prompt.lines))
