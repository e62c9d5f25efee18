"""The folder of the files that people sent: each under a random name, encrypted, for us alone to read.

A file comes as a part first, and is a blob once it is whole. What a killed process left of either is found by its age,
since no row names it; without its row nobody has its key.
"""

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final, Self

from chatterkeep.domain.errors import StoreBusy
from chatterkeep.storage.sealing import Sealer, new_key, opened

_PART: Final = ".part"
_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
_OLD: Final = os.O_RDONLY | os.O_NOFOLLOW
_NAME: Final = 16


class BlobLost(Exception):
    """A blob is not there, or cannot be read."""


class Part:
    """A file that is coming in. Leaving the block without `keep` removes it."""

    def __init__(self, folder: Path, place: str) -> None:
        self.key = new_key()
        self.blob = secrets.token_hex(_NAME)
        self._folder = folder
        self._place = place
        self._path = folder / f"{self.blob}{_PART}"
        self._sealer = Sealer(self.key, place)
        self._file = os.open(self._path, _NEW, 0o600)
        self._whole = self._kept = False

    def write(self, data: bytes) -> None:
        """Add the next bytes. Raises StoreBusy where the disk is full."""
        self._put(self._sealer.take(data))

    def end(self) -> None:
        """Add the end, and see to it that all of it is on the disk. Raises StoreBusy."""
        self._put(self._sealer.end())
        os.fsync(self._file)
        self._whole = True

    def read(self) -> "Reading":
        """Return what was written, once it is whole."""
        return Reading(self._path, self.key, self._place)

    def keep(self) -> None:
        """Make it a blob; the block then leaves it there."""
        assert self._whole  # noqa: S101 - a part without its end would be one that was cut short
        self._path.rename(self._folder / self.blob)
        self._kept = True
        _flush(self._folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        os.close(self._file)
        if not self._kept:
            self._path.unlink(missing_ok=True)

    def _put(self, data: bytes) -> None:
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self._file, view) :]
        except OSError as error:
            raise StoreBusy("The disk is full, or cannot be written.") from error


class Reading:
    """The bytes of a file, piece by piece. It is open from the beginning: close what is not read to its end."""

    def __init__(self, path: Path, key: bytes, place: str) -> None:
        try:
            self._file = os.fdopen(os.open(path, _OLD), "rb")
        except OSError as error:
            raise BlobLost(f"The blob {path.name} cannot be read: {error.strerror}.") from error
        self._pieces = opened(self._file.read, key, place)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._pieces)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Read no more. Once more does no harm."""
        self._file.close()


class Blobs:
    """The folder. It is made when the first file comes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def begin(self, place: str) -> Part:
        """Begin with a file for one place, such as `files.blob:<id>`. Raises StoreBusy."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            return Part(self.folder, place)
        except OSError as error:
            raise StoreBusy("The folder of files cannot be written.") from error

    def read(self, blob: str, key: bytes, place: str) -> "Reading":
        """Return the bytes of a blob. Raises BlobLost at once; the pieces, CannotDecrypt where they were changed."""
        return Reading(self.folder / blob, key, place)

    def is_missing(self, blob: str) -> bool:
        """Tell whether a blob is not there."""
        return not (self.folder / blob).is_file()

    def remove(self, blob: str) -> bool:
        """Remove a blob; tell whether it was there. Once more does no harm. Raises OSError where that is forbidden."""
        try:
            (self.folder / blob).unlink()
        except FileNotFoundError:
            return False
        return True

    def older_than(self, seconds: float) -> Iterator[str]:
        """Yield the names of all blobs and parts that were last written so long ago."""
        before = time.time() - seconds
        with suppress(FileNotFoundError), os.scandir(self.folder) as entries:
            for entry in entries:
                with suppress(FileNotFoundError):
                    if entry.is_file(follow_symlinks=False) and entry.stat(follow_symlinks=False).st_mtime <= before:
                        yield entry.name


def _flush(folder: Path) -> None:
    """See to it that the folder knows the new name, whatever happens to the power."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
