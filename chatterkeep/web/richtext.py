"""What a model writes, as HTML that can do no harm.

Model text is Markdown that anybody may have steered: the customer, or a document that was read. So it is treated as
hostile input. Raw HTML is never passed on, and what the Markdown parser writes goes once more through an allow-list, as
the OWASP Cross Site Scripting Prevention Cheat Sheet asks for HTML that is not escaped whole.

Four rules beyond the parser's: every link shows the host it leads to; an address that is written out is a link, too; an
image is a link to it, since a picture that loads by itself can carry a secret out in its address; a heading is a bold
paragraph, since the headings of a page are its outline for those who listen to it, and a chat message is no chapter
there.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Final

import nh3
from markdown_it.token import Token
from markupsafe import Markup, escape

from chatterkeep.domain.grounds import CITED
from chatterkeep.domain.markdown import PARSER, parse

TAGS: Final = frozenset(
    "p br hr strong em del code pre blockquote ul ol li a table thead tbody tr th td".split()  # noqa: SIM905
)
"""Every tag that can be in rendered text."""

_LINE_END: Final = re.compile(r"\r\n?+|\n")
_BLANK_LINE: Final = re.compile(r"(?:(?:\r\n?+|\n)[ \t]*+){2,}")
_HOST: Final = r"(\[[0-9a-f:.]+\]|[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?)(?::[0-9]{1,5})?"
_WEB: Final = re.compile(rf"https?://(?:[^/?#\\@]*@)*{_HOST}(?:[/?#].*)?", re.IGNORECASE | re.ASCII)
_MAIL: Final = re.compile(r"mailto:([^?#\s@%/\\]+@[a-z0-9.-]+)(?:\?.*)?", re.IGNORECASE | re.ASCII)
_SHOWN: Final = re.compile(rf"(?:https?://)?{_HOST}(?:[/?#]\S*)?", re.IGNORECASE | re.ASCII)
_BARE: Final = re.compile(
    r"(?<![a-z0-9@/._%+-])"
    r"(?:https?://[a-z0-9._~:/?#@!$&'()*+,;=%-]{1,2000}|([a-z0-9._%+-]{1,64}@[a-z0-9-]+(?:\.[a-z0-9-]+)+))",
    re.IGNORECASE | re.ASCII,
)
"""An address that is written out."""

_AFTER: Final = ".,;:!?'*_~"
"""What ends a sentence, or marks it, behind an address."""

_TURNING: Final = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xE000, 0xE001])
"""Characters that turn the direction of what follows: they could make a host read as another one. And our marks."""

MARKED: Final = "\ue000{}\ue001"
"""The number of a source, between two characters that nobody writes: they are for private use (Unicode, 23.5)."""

_CLEANER: Final = nh3.Cleaner(
    tags=set(TAGS),
    attributes={"a": {"href"}, "ol": {"start"}},
    url_schemes={"http", "https", "mailto"},
    url_relative="deny",
    link_rel="noopener noreferrer nofollow",
)


def render(markdown: str, cited: Collection[int] = ()) -> Markup:
    """Return Markdown as safe, balanced HTML: no tag but TAGS, no attribute but `href`, `rel` and `start`.

    Links lead to http, https and mailto only; others are shown as their words. Numbers of sources that are `cited`,
    such as [1], are MARKED where they stand in plain words. Never raises, whatever the text.
    """
    text = markdown.encode("utf-8", "replace").decode().translate(_TURNING)
    tokens = parse(text)
    if tokens is None:
        return _plain(text)
    html = PARSER.renderer.render(list(_shown(tokens, cited)), PARSER.options, {})
    return Markup(_CLEANER.clean(html))  # noqa: S704 - cleaned just here


def _plain(text: str) -> Markup:
    """Return the text as it was written, but for paragraphs and line breaks."""
    html = str(escape(text.replace("\0", "\ufffd")))
    paragraphs = (part.strip("\r\n") for part in _BLANK_LINE.split(html))
    shown = "\n".join(f"<p>{_LINE_END.sub('<br>', part)}</p>" for part in paragraphs if part)
    return Markup(shown)  # noqa: S704 - escaped just here


def _shown(tokens: Sequence[Token], cited: Collection[int]) -> Iterator[Token]:
    """Yield the blocks as they are shown: headings as bold paragraphs, links with their hosts."""
    bold = False
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            bold = token.nesting == 1
            token.tag = "p"
        elif token.type == "inline":
            token.children = _with_marks(_inline(token.children or []), cited)
            if bold:
                token.children = [
                    Token("strong_open", "strong", 1),
                    *token.children,
                    Token("strong_close", "strong", -1),
                ]
        yield token


def _inline(tokens: Sequence[Token]) -> list[Token]:
    shown: list[Token] = []
    opened: int | None = None
    for token in tokens:
        if token.type == "link_close" and opened is not None:
            shown[opened:] = _link(str(shown[opened].attrs["href"]), shown[opened + 1 :])
            opened = None
        elif token.type == "image":
            alt = [_text(_words(token.children or []))]
            shown += _link(str(token.attrs["src"]), alt) if opened is None else alt
        elif token.type == "text" and opened is None:
            shown += _bare(token.content)
        else:
            opened = len(shown) if token.type == "link_open" else opened
            token.tag = "del" if token.tag == "s" else token.tag
            shown.append(token)
    return shown


def _bare(text: str) -> Iterator[Token]:
    """Yield a text with the addresses in it as links. One that goes on in letters of other scripts is none: its host
    would be another than the one that is read.
    """
    done = 0
    for found in _BARE.finditer(text):
        address = found[0].rstrip(_AFTER)
        if address.endswith(")") and address.count("(") < address.count(")"):
            address = address[:-1].rstrip(_AFTER)
        end = found.start() + len(address)
        href = f"mailto:{address}" if found[1] else address
        if text[end : end + 1].isalnum() or _place(href) is None:
            continue
        yield _text(text[done : found.start()])
        yield from _link(href, [_text(address)])
        done = end
    yield _text(text[done:])


def _with_marks(tokens: list[Token], cited: Collection[int]) -> list[Token]:
    """Mark the numbers of sources, outside of links: one link cannot stand in another."""
    inside = 0
    for token in tokens if cited else ():
        inside += token.nesting if token.tag == "a" else 0
        if token.type == "text" and not inside:
            token.content = CITED.sub(lambda found: _marks(found[1], cited) or found[0], token.content)
    return tokens


def _marks(numbers: str, cited: Collection[int]) -> str:
    named = [int(number) for number in numbers.split(",")]
    return "".join(MARKED.format(number) for number in named) if all(one in cited for one in named) else ""


def _link(href: str, words: list[Token]) -> list[Token]:
    """Return a link that shows where it leads, or its words alone where it leads nowhere allowed."""
    place = _place(href)
    if place is None:
        return words
    label = _words(words).strip()
    if not label:
        words = [_text(place)]
    elif not _says(label, place):
        # inside of the link, so that the last thing in it is always ours
        words = [*words, _text(f" ({place})")]
    return [Token("link_open", "a", 1, attrs={"href": href}), *words, Token("link_close", "a", -1)]


def _place(href: str) -> str | None:
    """Return the host, or the address, that a link leads to; None where it is not allowed or could be read two ways.

    Whatever stands before the last @ is not the host (RFC 3986, 3.2.1), and browsers end it at a backslash as well.
    """
    match = _WEB.fullmatch(href) or _MAIL.fullmatch(href)
    return match[1].lower() if match else None


def _says(label: str, place: str) -> bool:
    """Whether the words of a link are its host or its address, so that saying it again tells nothing."""
    if "@" in place:
        return label.lower().removeprefix("mailto:") == place
    match = _SHOWN.fullmatch(label)
    return match is not None and match[1].lower() == place


def _words(tokens: Sequence[Token]) -> str:
    return "".join(token.content or (" " if token.type.endswith("break") else "") for token in tokens)


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)
