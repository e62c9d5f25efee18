"""Lets a program of the operator's look at a file before it is kept. Whatever is not a clear yes is a no."""

import logging
from collections.abc import Callable, Sequence
from typing import Final

from chatterkeep.domain.errors import InvalidFile, Overloaded
from chatterkeep.services.children import Children, run
from chatterkeep.storage.blobs import Reading

log = logging.getLogger(__name__)

CLEAN: Final = 0
INFECTED: Final = 1
_LONGEST: Final = 64 * 1024
PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Infected(InvalidFile):
    """A file in which the scanner found something."""

    def __init__(self) -> None:
        super().__init__("infected", "This file was refused: the virus scanner found something in it.")


class Scanning:
    """Runs the scanner: `command` gets the file on its input and ends with 0 (clean) or 1 (infected), within `seconds`.

    Without a command nothing looks, and every file passes.
    """

    def __init__(self, children: Children, command: Sequence[str], seconds: float) -> None:
        self._children = children
        self._command = list(command)
        self._seconds = seconds

    def check(self, pieces: Callable[[], Reading], whose: str) -> None:
        """Let somebody's file pass, or raise Infected, or Overloaded where it could not be checked."""
        if not self._command:
            return
        try:
            with self._children.place(whose):
                code = run(self._command, pieces(), self._seconds, _LONGEST, path=PATH).code
        except OSError:
            log.exception("file.scanner_missing")
            code = None
        if code == INFECTED:
            raise Infected
        if code != CLEAN:
            log.error("file.not_scanned", extra={"code": str(code)})
            raise Overloaded("This file could not be checked for viruses, so it was not taken. Nothing was stored.")
