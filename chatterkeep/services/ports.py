"""What the use cases ask of the world outside, as protocols."""

import time
from collections.abc import Iterator, Sequence
from typing import Final, Protocol

from chatterkeep.domain.answers import Failure, NoAnswer, Patience, Unwanted, Usage
from chatterkeep.domain.basis import NOTHING
from chatterkeep.domain.embeddings import Vector
from chatterkeep.domain.phone import PhoneNumber
from chatterkeep.domain.prompt import Prompt
from chatterkeep.domain.tools import Tool, ToolCall

SLICE: Final = 0.25
"""Longest time in seconds that an answerer waits for anything without asking whether it is still wanted."""


class ToolsAtHand(Protocol):
    """Tools that may be called for one answer."""

    @property
    def offered(self) -> Sequence[Tool]:
        """What a model may call; at least one."""
        ...

    def use(self, wanted: Sequence[ToolCall], call: "Call") -> list[str]:
        """Make these calls and return what the model is given for each, in order; a failure is a text as well.

        Notes each in `call.basis`. Raises Unwanted, and NoAnswer for a reply that takes too long, within SLICE.
        """
        ...


class Call:
    """One request to an answerer: whether it is still wanted, and how long it may still wait. Any thread may cancel."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._begun = self._asked = self._heard = time.monotonic()
        self._spoke = False
        self._cancelled = False
        self.usage: Usage | None = None
        self.tools: ToolsAtHand | None = None
        """What may be looked up for this answer."""
        self.acted = False
        """Set where something was done that must not be done twice, so that nobody begins this answer anew."""
        self.basis = NOTHING
        """What the answer rests on; set before its first piece, or as tools are called."""
        self.cut_short = False
        """Set by the answerer where a complete answer was ended by the limit of its length."""

    def cancel(self) -> None:
        """Say that nobody waits any more."""
        self._cancelled = True

    def heard(self) -> None:
        """Note that a piece of the answer came."""
        self._spoke = True
        self._heard = time.monotonic()

    def asking(self) -> None:
        """Note that the model is asked again: it may take its time to the first token anew."""
        self._asked, self._spoke = time.monotonic(), False

    @property
    def cancelled(self) -> bool:
        """Whether nobody waits any more."""
        return self._cancelled

    def check_total(self) -> None:
        """Raise Unwanted once cancelled, NoAnswer once the time for the whole answer has passed."""
        if self._cancelled:
            raise Unwanted
        if time.monotonic() - self._begun > self._patience.total:
            raise NoAnswer(Failure.TOO_SLOW)

    def check(self) -> None:
        """Raise Unwanted once cancelled, NoAnswer once any deadline has passed."""
        self.check_total()
        now = time.monotonic()
        if not self._spoke and now - self._asked > self._patience.first:
            raise NoAnswer(Failure.NO_FIRST_TOKEN)
        if self._spoke and now - self._heard > self._patience.between:
            raise NoAnswer(Failure.STALLED)


class Answerer(Protocol):
    """Who writes generated replies."""

    @property
    def model(self) -> str:
        """The model that is asked."""
        ...

    def prepare(self) -> None:
        """Load what the first answer would have to wait for."""
        ...

    def close(self) -> None:
        """Give back what is held between answers."""
        ...

    def answer(self, prompt: Prompt, call: Call) -> Iterator[str]:
        """Yield the answer piece by piece; it is complete only when this ends by itself.

        Calls `call.check()` at least every SLICE seconds, `call.heard()` at every piece, and sets `call.usage`.
        Raises NoAnswer and Unwanted; whichever way it ends, the connection to the provider is closed or free by then.
        """
        ...


class Embedder(Protocol):
    """Who turns texts into vectors, which lie close together where the texts mean the same."""

    @property
    def model(self) -> str:
        """The model that is asked: vectors of different models cannot be compared."""
        ...

    def close(self) -> None:
        """Give back what is held between requests."""
        ...

    def embed(self, texts: Sequence[str], call: Call) -> list[Vector]:
        """Return one vector for each text, all of one length and of length 1 in space; sets `call.usage`.

        Calls `call.check()` at least every SLICE seconds. Raises NoAnswer and Unwanted, nothing else.
        """
        ...


class CarrierFailed(Exception):
    """A text that was not carried, or perhaps was. Its words are for a log: no number, no text, no address.

    `permanent`: the same again will fail too. `ambiguous`: it was handed over, and nobody said what became of it.
    `gone`: whoever should carry it wants nothing more, ever. `retry_after`: seconds that were asked for, or None.
    """

    def __init__(
        self,
        reason: str,
        *,
        permanent: bool = False,
        ambiguous: bool = False,
        gone: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(reason)
        self.permanent = permanent or gone
        self.ambiguous = ambiguous
        self.gone = gone
        self.retry_after = retry_after


class Carrier(Protocol):
    """Who carries text to phones."""

    @property
    def name(self) -> str:
        """The word for it in logs and measures."""
        ...

    @property
    def knows_keys(self) -> bool:
        """Whether the same key twice reaches the phone once, so that an ambiguous try may be repeated."""
        ...

    def send(self, phone: PhoneNumber, text: str, key: str) -> None:
        """Hand a text over within a few seconds. Raises CarrierFailed.

        `key` names the text for ever: 1 to 255 visible ASCII characters, without a full stop.
        """
        ...
