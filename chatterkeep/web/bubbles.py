"""How the words of a message are shown: the same for the person who talks, and for staff who read along."""

from collections.abc import Sequence

from markupsafe import Markup

from chatterkeep.domain.transcript import Line
from chatterkeep.web.richtext import render
from chatterkeep.web.sources import SourceView, linked


def rich(line: Line, sources: Sequence[SourceView] = ()) -> Markup | None:
    """Return a generated text as HTML; None for one that is shown as it was written."""
    return formatted(line.text, sources) if line.kind.is_generated else None


def formatted(markdown: str, sources: Sequence[SourceView] = ()) -> Markup:
    """Return Markdown as HTML in which everything that scrolls sideways can be reached by keyboard.

    The numbers of its sources lead to their passages.
    """
    html = linked(render(markdown, {source.number for source in sources}), sources)
    for tag in ("pre", "table"):  # text that looks like a tag is escaped, so these are the tags themselves
        html = html.replace(Markup(f"<{tag}>"), Markup(f'<{tag} tabindex="0">'))  # noqa: S704 - constant
    return html
