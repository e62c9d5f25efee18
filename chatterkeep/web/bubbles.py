"""How the words of a message are shown: the same for the person who talks, and for staff who read along."""

from collections.abc import Iterable
from typing import Final

from markupsafe import Markup

from chatterkeep.domain.basis import ToolUse
from chatterkeep.domain.messages import Kind
from chatterkeep.domain.transcript import Line
from chatterkeep.web.richtext import render

_MARKDOWN: Final = (Kind.ANSWER, Kind.PARTIAL)
_DONE: Final = {
    (False, True): "Looked up",
    (False, False): "Could not look up",
    (True, True): "Done",
    (True, False): "Not confirmed",
}
"""What is said of tools, by whether they act and whether they gave something."""


def rich(line: Line) -> Markup | None:
    """Return a generated text as HTML; None for one that is shown as it was written."""
    return formatted(line.text) if line.kind in _MARKDOWN else None


def formatted(markdown: str) -> Markup:
    """Return Markdown as HTML in which everything that scrolls sideways can be reached by keyboard."""
    html = render(markdown)
    for tag in ("pre", "table"):  # text that looks like a tag is escaped, so these are the tags themselves
        html = html.replace(Markup(f"<{tag}>"), Markup(f'<{tag} tabindex="0">'))  # noqa: S704 - constant
    return html


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
