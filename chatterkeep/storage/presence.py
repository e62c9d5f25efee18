"""How the processes of one machine know whether another one still lives."""

import fcntl
import os
import threading
import uuid
from pathlib import Path


class Presence:
    """A locked file for each process. The kernel unlocks it when the process dies, however it dies."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._process = 0
        self._name = ""
        self._descriptor = -1

    @property
    def name(self) -> str:
        """This process's name, by which others can ask for it."""
        with self._lock:
            if self._process != os.getpid():
                self._begin()
            return self._name

    def is_gone(self, name: str) -> bool:
        """Tell whether a process of this machine is dead. Of one on another machine, nobody here can tell."""
        path = self._folder / name
        if name == self._name or not name.isalnum() or not path.exists():
            return False
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        else:
            path.unlink(missing_ok=True)
            return True
        finally:
            os.close(descriptor)

    def end(self) -> None:
        """Take the name back: nothing is held under it any more."""
        with self._lock:
            if self._process == os.getpid():
                (self._folder / self._name).unlink(missing_ok=True)
                os.close(self._descriptor)
                self._process = 0

    def _begin(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        name = uuid.uuid4().hex
        self._descriptor = os.open(self._folder / name, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        self._name, self._process = name, os.getpid()
