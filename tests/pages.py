"""Reads a page as its visitor does: headings, messages, forms, links."""

from html.parser import HTMLParser
from typing import Any

Attributes = dict[str, str]


class Page(HTMLParser):
    """A parsed page. Checks as it reads that there is no inline script or style."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.tags: list[tuple[str, Attributes]] = []
        self._texts: dict[str, list[str]] = {"title": [], "h1": [], "text": [], "alert": [], "textarea": []}
        self._open: list[str] = []
        self.feed(html)
        self.close()

    @property
    def title(self) -> str:
        return self._one("title")

    @property
    def heading(self) -> str:
        return self._one("h1")

    @property
    def messages(self) -> list[str]:
        """What was said, as shown."""
        return [text for text in self._texts["text"] if text]

    @property
    def alert(self) -> str:
        return " ".join(" ".join(self._texts["alert"]).split())

    @property
    def draft(self) -> str:
        """What stands in the box."""
        return self._texts["textarea"][0].removeprefix("\n").removeprefix("\n")

    def all(self, tag: str, **wanted: str) -> list[Attributes]:
        """The tags of a kind with these attributes."""
        return [a for name, a in self.tags if name == tag and all(a.get(k) == v for k, v in wanted.items())]

    def value(self, name: str) -> str:
        """What stands in a field."""
        return self.all("input", name=name)[0].get("value", "")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        assert "style" not in found, f"inline style on <{tag}>"
        assert not any(name.startswith(("on", "hx-on")) for name in found), f"inline script on <{tag}>"
        assert tag != "style", "inline style sheet"
        assert tag != "script" or found.get("src"), "inline script"
        self.tags.append((tag, found))
        if (kind := _kind(tag, found)) and kind in self._texts:
            self._open.append(f"{kind}/{tag}")
            self._texts[kind].append("")

    def handle_endtag(self, tag: str) -> None:
        if self._open and self._open[-1].endswith(f"/{tag}"):
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._open:
            self._texts[self._open[-1].partition("/")[0]][-1] += data

    def _one(self, kind: str) -> str:
        texts = self._texts[kind]
        assert len(texts) == 1, f"{len(texts)} of {kind}"
        return texts[0].strip()


def _kind(tag: str, attributes: dict[str, Any]) -> str:
    if attributes.get("role") == "alert":
        return "alert"
    if tag == "p" and attributes.get("class") == "text":
        return "text"
    return tag if tag in ("title", "h1", "textarea") else ""
