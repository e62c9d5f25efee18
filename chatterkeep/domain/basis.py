"""What an answer rests on: passages of documents that were given to its author, and tools that were called for it."""

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Source:
    """A passage that was given to the author as number `number`; `passage_id` opens it."""

    number: int
    passage_id: str
    title: str


@dataclass(frozen=True, slots=True)
class ToolUse:
    """A call of a tool; `failure` says in a word why it gave nothing, if it did.

    `title` is what people call it, empty where there is no such tool. One that `acts` does more than look.
    """

    name: str
    failure: str | None = None
    title: str = ""
    acts: bool = False


@dataclass(frozen=True, slots=True)
class Basis:
    """All that one answer rests on besides the conversation; mostly nothing."""

    sources: tuple[Source, ...] = ()
    tools: tuple[ToolUse, ...] = ()

    def __bool__(self) -> bool:
        """Tell whether there is anything."""
        return bool(self.sources or self.tools)


NOTHING = Basis()


def written(basis: Basis) -> str:
    """Return a basis as text that `read` understands."""
    return json.dumps(asdict(basis), ensure_ascii=False)


def read(text: str) -> Basis:
    """Return what `written` wrote."""
    told = json.loads(text)
    return Basis(
        tuple(Source(**source) for source in told["sources"]),
        tuple(ToolUse(**use) for use in told["tools"]),
    )
