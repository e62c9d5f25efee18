"""How a passage of a document is shown: the same for whoever reads what an answer cites, and for staff."""

from dataclasses import dataclass

from markupsafe import Markup

from chatterkeep.domain import passages
from chatterkeep.domain.documents import Place
from chatterkeep.web.bubbles import formatted


@dataclass(frozen=True, slots=True)
class PassageView:
    """A passage. `html` is there instead of `text` where its document is Markdown; neither says its headings again."""

    number: int
    label: str
    section: str
    text: str
    html: Markup | None


def passage_view(place: Place) -> PassageView:
    """Word a passage."""
    is_markdown = place.markup is passages.Markup.MARKDOWN
    html = formatted(place.body) if is_markdown else None
    return PassageView(place.number, place.label, place.section, place.body, html)
