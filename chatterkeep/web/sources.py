"""What an answer rests on, as callers are told and as pages show it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated

from markupsafe import Markup
from pydantic import Field
from typing_extensions import TypedDict

from chatterkeep.domain.basis import Basis
from chatterkeep.web.richtext import MARKED


class SourceWire(TypedDict):
    """A passage of a document that an answer cites."""

    number: Annotated[int, Field(description="As the text names it: `[1]`.")]
    passage_id: Annotated[str, Field(description="Read it at `/api/v1/passages/{passage_id}`.")]
    title: Annotated[str, Field(description="The document, and the heading that the passage stands under.")]


@dataclass(frozen=True, slots=True)
class SourceView:
    """A source below a bubble, with the address of its passage."""

    number: int
    title: str
    url: str


def sources_wire(basis: Basis) -> list[SourceWire]:
    """Word the sources of an answer."""
    return [
        {"number": source.number, "passage_id": source.passage_id, "title": source.title} for source in basis.sources
    ]


def source_views(basis: Basis, address: Callable[[str], str]) -> tuple[SourceView, ...]:
    """Word the sources of an answer for a page; `address` is that of a passage by its id."""
    return tuple(SourceView(source.number, source.title, address(source.passage_id)) for source in basis.sources)


def linked(html: Markup, sources: Sequence[SourceView]) -> Markup:
    """Return rendered text in which the numbers that were marked lead to their passages."""
    for source in sources:
        link = Markup('<a href="{}" title="{}">[{}]</a>').format(source.url, source.title, source.number)
        html = html.replace(MARKED.format(source.number), link)
    return html
