"""How the tools that were called for an answer are told: to programs, to the person who asked, and to staff."""

from collections.abc import Iterable
from typing import Annotated, Final

from pydantic import Field
from typing_extensions import TypedDict

from chatterkeep.domain.basis import Basis, ToolUse

_DONE: Final = {
    (False, True): "Looked up",
    (False, False): "Could not look up",
    (True, True): "Done",
    (True, False): "Not confirmed",
}
"""What is said of tools, by whether they act and whether they gave something."""


class ToolUseWire(TypedDict):
    """A tool that was called for an answer."""

    name: str
    failure: Annotated[str | None, Field(description="Why it gave nothing; null: it gave something.")]
    title: Annotated[str, Field(description="What people call it, such as `flight status`.")]


def tools_wire(basis: Basis) -> list[ToolUseWire]:
    """Word the tools that an answer rests on."""
    return [{"name": use.name, "failure": use.failure, "title": use.title} for use in basis.tools]


def looked_up(uses: Iterable[ToolUse]) -> str | None:
    """Say in a line what was looked up or done for an answer, each thing once; None where nothing was."""
    said: dict[str, dict[str, None]] = {}
    for use in sorted(uses, key=lambda use: use.failure is not None):
        words = _DONE[use.acts, use.failure is None]
        told_already = use.failure and not use.acts and use.title in said.get(_DONE[False, True], ())
        if use.title and not told_already:
            said.setdefault(words, {})[use.title] = None
    return ". ".join(f"{words}: {', '.join(titles)}" for words, titles in said.items()) or None


def tools_used(uses: Iterable[ToolUse]) -> str | None:
    """Say in a line which tools were called for an answer, and why some gave nothing, for staff."""
    named = (f"{use.name} ({use.failure})" if use.failure else use.name for use in uses)
    return ", ".join(named) or None
