"""Looks at the folder of files: whether it can be written, is ours alone, and holds what the rows say."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from chatterkeep.services.findings import Finding, fail, ok, warn
from chatterkeep.services.installation import Installation
from chatterkeep.services.scanning import PATH
from chatterkeep.storage.blobs import Blobs
from chatterkeep.storage.db import Database
from chatterkeep.storage.files import newest_blobs

_MIB: Final = 1024 * 1024
_LOOKED_AT: Final = 1000


def examine_files(place: Installation, database: Database) -> Iterator[Finding]:
    """Yield what is found of the folder, and of the scanner."""
    with database.read() as connection:
        blobs = newest_blobs(connection, _LOOKED_AT)
    if not place.files_on and not blobs:
        yield ok("files", "Files are off (CHATTERKEEP_FILES), and there are none.")
        return
    yield _folder(place.files_folder, blobs)
    yield _scanner(place.files_scan)


def _folder(folder: Path, blobs: list[str]) -> Finding:
    name = "files"
    if not folder.exists():
        if blobs:
            found = f"{folder} is not there, and the database knows files."
            return fail(name, found, "Bring the folder back from your backup, or correct CHATTERKEEP_FILES_DIR.")
        return ok(name, f"There are none yet; {folder} is made with the first.")
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return fail(name, f"{folder} cannot be written.", f"Give it to the user that runs this: chown -R USER {folder}")
    mode = folder.stat().st_mode & 0o777
    if mode & 0o077:
        return warn(name, f"{folder} is open to others (mode {mode:o}).", f"Run: chmod 700 {folder}")
    if missing := sum(map(Blobs(folder).is_missing, blobs)):
        found = f"{missing} of the newest {len(blobs)} files are not in {folder}."
        return fail(name, found, "Bring the folder back from your backup: it is kept beside the database.")
    free = shutil.disk_usage(folder).free // _MIB
    return ok(name, f"{folder}, for its owner only, {free:,} MiB free.")


def _scanner(command: tuple[str, ...]) -> Finding:
    name = "virus scan"
    if not command:
        return ok(name, "Nothing looks at files (CHATTERKEEP_FILES_SCAN is empty).")
    if shutil.which(command[0], path=PATH) is None:
        found = f"There is no program {command[0]}, so every file is refused."
        return fail(name, found, "Install it, or name it with its whole path in CHATTERKEEP_FILES_SCAN.")
    return ok(name, f"{command[0]} looks at every file first.")
