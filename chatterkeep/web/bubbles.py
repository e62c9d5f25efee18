"""How the words of a message are shown: the same for the person who talks, and for staff who read along."""

from typing import Final

from markupsafe import Markup

from chatterkeep.domain.messages import Kind
from chatterkeep.domain.transcript import Line
from chatterkeep.web.richtext import render

_MARKDOWN: Final = (Kind.ANSWER, Kind.PARTIAL)


def rich(line: Line) -> Markup | None:
    """Return a generated text as HTML; None for one that is shown as it was written."""
    return formatted(line.text) if line.kind in _MARKDOWN else None


def formatted(markdown: str) -> Markup:
    """Return Markdown as HTML in which everything that scrolls sideways can be reached by keyboard."""
    html = render(markdown)
    for tag in ("pre", "table"):  # text that looks like a tag is escaped, so these are the tags themselves
        html = html.replace(Markup(f"<{tag}>"), Markup(f'<{tag} tabindex="0">'))  # noqa: S704 - constant
    return html
