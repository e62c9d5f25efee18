"""What the child that reads documents takes of the machine, and that one person's documents leave room for others'."""

import subprocess
import sys
import threading
import zlib
from pathlib import Path

import pytest

from chatterkeep.domain.errors import Overloaded
from chatterkeep.domain.files import FileType
from chatterkeep.services.children import Children
from chatterkeep.services.extracting import command_for
from tests.files import written

MOST = 200 * 1024
"""KiB in memory: reliability 4.3."""

# The one who measures is small: what a process takes counts from before it becomes another program.
MEASURED = """
import resource, subprocess, sys
told = subprocess.run(sys.argv[1:], stdin=sys.stdin, stdout=subprocess.PIPE).stdout
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, told.decode()[:200])
"""


def many_operators() -> bytes:
    """A small PDF whose one page is three million operators."""
    packed = zlib.compress(b"BT /F1 12 Tf\n" + b"(a) Tj\n" * 3_000_000 + b"ET", 9)
    font = b"/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>"
    return written(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] %b /Contents 4 0 R >>" % font,
            b"<< /Length %d /Filter /FlateDecode >>\nstream\n%b\nendstream" % (len(packed), packed),
        ]
    )


def many_lists() -> bytes:
    """A JSON of 9.9 MB that would be 3.3 million objects."""
    return b"[" + b"[]," * 3_300_000 + b"[]]"


@pytest.mark.parametrize(("kind", "make"), [(FileType.PDF, many_operators), (FileType.JSON, many_lists)])
def test_what_grows_when_it_is_read_takes_no_more_than_200_mib(kind: FileType, make: object, tmp_path: Path) -> None:
    assert callable(make)
    document = tmp_path / "document"
    document.write_bytes(make())
    with document.open("rb") as content:
        command = [sys.executable, "-c", MEASURED, *command_for(kind)]
        told = subprocess.run(command, stdin=content, capture_output=True, text=True, check=True).stdout
    peak, _, answer = told.partition(" ")
    assert int(peak) <= MOST
    assert "too much memory" in answer


def test_one_person_holds_one_place_and_the_other_is_free() -> None:
    children = Children(2, 0.01)
    with children.place("ada"):
        with pytest.raises(Overloaded), children.place("ada"):
            pass
        with children.place("grace"), pytest.raises(Overloaded), children.place("edsger"):
            pass
    with children.place("ada"):
        pass


def test_who_waits_gets_the_place_that_comes_free() -> None:
    children, inside = Children(2, 60), threading.Event()

    def wait() -> None:
        with children.place("ada"):
            inside.set()

    with children.place("ada"):
        waiter = threading.Thread(target=wait)
        waiter.start()
    waiter.join()
    assert inside.is_set()
