"""The form in which a document is typed, or a file of one is chosen."""

from dataclasses import dataclass, field

from flask import Request

from chatterkeep.domain.documents import MOST_TITLE, TYPED, Text, make_text, read_file, title_of
from chatterkeep.domain.errors import InvalidInput
from chatterkeep.domain.passages import Markup


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody typed. `anyway` tells that they know of another document of this title."""

    title: str = ""
    text: str = ""
    language: str = ""
    anyway: bool = False
    file: tuple[str, bytes] | None = field(default=None, repr=False)

    def document(self) -> Text:
        """Return the document. Raises InvalidInput."""
        if self.file is None:
            title = self.title or title_of(self.text, "")
            return make_text(title, TYPED, self.text, Markup.MARKDOWN, self.language)
        if self.text.strip():
            raise InvalidInput("text", "Type a text or choose a file, not both.")
        name, content = self.file
        return read_file(name, content, self.title, self.language)


def read_draft(request: Request) -> Draft:
    """Return what was typed."""
    form, file = request.form, request.files.get("file")
    return Draft(
        title=form.get("title", "")[: 2 * MOST_TITLE],
        text=form.get("text", ""),
        language=form.get("language", ""),
        anyway=form.get("anyway") == "yes",
        file=(file.filename, file.read()) if file and file.filename else None,
    )
