"""The text of a file: what is text already is read here, what must be taken apart in a child process with limits."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import chatterkeep
from chatterkeep.domain.errors import InvalidFile, UnsupportedFile
from chatterkeep.domain.files import ACCEPTED, MAX_EXTRACT, Content, Extract, FileType, extract
from chatterkeep.services.children import Children, Ran, run
from chatterkeep.storage.blobs import Reading

MEMORY: Final = 190
"""MiB of addresses that the child may have, so that no more than 200 are ever in memory."""

SECONDS: Final = 5
"""Seconds of the processor that the child may use."""

PATIENCE: Final = 30
"""Seconds by the clock: a busy machine may give the processor late."""

_TAKEN_APART: Final = (FileType.PDF, FileType.JSON)
_ROOT: Final = Path(chatterkeep.__file__).parent.parent
_LONGEST_ANSWER: Final = 6 * MAX_EXTRACT + 1024


class Extracting:
    """Reads files."""

    def __init__(self, children: Children) -> None:
        self._children = children

    def read(self, kind: FileType, content: Content, pieces: Callable[[], Reading], whose: str) -> Extract:
        """Return the text of somebody's file. Raises InvalidFile, UnsupportedFile; Overloaded where too many wait."""
        if kind not in _TAKEN_APART:
            return content.text
        with self._children.place(whose):
            found = _told(run(command_for(kind), pieces(), PATIENCE, _LONGEST_ANSWER, cwd=_ROOT))
        if "refused" in found:
            _refuse(kind, found)
        if kind is FileType.JSON:
            return content.text
        return extract(found["text"], complete=found["complete"], pages=found["pages"])


def command_for(kind: FileType) -> list[str]:
    """Return the command that reads a file of this kind."""
    limits = (str(number) for number in (MEMORY, SECONDS, MAX_EXTRACT))
    return [sys.executable, "-E", "-s", "-m", "chatterkeep.services.extractor", kind.value, *limits]


def _told(ran: Ran) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(ran.output) if ran.code == 0 else {}
    except ValueError:
        found = {}
    return found or {"refused": "cannot-extract", "why": "it takes too long, or too much memory, to be read"}


def _refuse(kind: FileType, found: dict[str, Any]) -> None:
    if found["refused"] == "type-mismatch":
        raise UnsupportedFile(f"The name ends in .{kind}, but {found['why']}.", ACCEPTED)
    raise InvalidFile("cannot-extract", f"This file cannot be read: {found['why']}.")
