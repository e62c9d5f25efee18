"""The encryption keys, as whoever runs the application handles them."""

from pathlib import Path

from chatterkeep.storage.keyfile import create_key_file


def generate_key_file(path: Path) -> None:
    """Write new encryption keys to a file of their own, readable by its owner only.

    Raises FileExistsError rather than replace one, since what was encrypted with the old keys would be lost.
    """
    create_key_file(path)
