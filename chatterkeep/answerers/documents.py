"""Answers without a language model: the passage that fits best, in its own words, and where it stands."""

from collections.abc import Iterator
from typing import Final

from chatterkeep.domain.answers import Patience, Usage
from chatterkeep.domain.basis import Basis, Source
from chatterkeep.domain.documents import Found
from chatterkeep.domain.markdown import literal
from chatterkeep.domain.quotes import quote
from chatterkeep.services.author import QUOTED, Quoted
from chatterkeep.services.matters import Matter
from chatterkeep.services.measures import QUOTES
from chatterkeep.services.passages import Passages
from chatterkeep.services.ports import Call

_NAMED: Final = 3
"""How many documents are named where none says anything to a question."""

UNKNOWN: Final = "I found nothing about that in what I know. Please ask in other words, or say which thing you mean."


class Documents:
    """Writes answers that quote. It asks nobody outside, so nothing needs to be hidden from it, and nothing rests."""

    are_resting = False

    def __init__(self, passages: Passages, patience: Patience) -> None:
        self._passages = passages
        self.patience = patience

    def prepare(self) -> None:
        """Nothing is needed."""

    def close(self) -> None:
        """Nothing is held."""

    def write(self, matter: Matter, call: Call) -> Iterator[str]:
        """Yield the answer, whole. Raises Unwanted, NoAnswer and StoreBusy."""
        call.check()
        quoted = self.quote(matter.lines[-1].text)
        QUOTES.labels("found" if quoted else "nothing").inc()
        call.usage = Usage(QUOTED, 0, 0)
        call.heard()
        if quoted:
            call.basis = quoted.basis
        yield quoted.text if quoted else self._unknown()

    def _unknown(self) -> str:
        titles = self._passages.titles(_NAMED)
        return f"{UNKNOWN}\n\nI can tell you about: {literal(', '.join(titles))}." if titles else UNKNOWN

    def quote(self, question: str) -> Quoted | None:
        """Return what documents say to a question; None where that is nothing. Raises StoreBusy."""
        best = next(iter(self._passages.answering(question)), None)
        if best is None:
            return None
        return Quoted(_answer(best, question), Basis((Source(1, best.place.id, best.place.label),)))


def _answer(found: Found, question: str) -> str:
    """Return the quotation, with the number of its source where a paragraph ends with it."""
    said = quote(found.place.body, question, found.place.markup)
    last = said.rpartition("\n")[2]
    said += "\n\n[1]" if "|" in last or last.lstrip().startswith(("```", "~~~")) else " [1]"
    return "\n".join(f"> {line}".rstrip() for line in said.split("\n"))
