"""Reads one file from its input, and writes what it found to its output, as JSON; it lives in limits of its own making.

`python -m chatterkeep.services.extractor pdf 190 5 500000`: the kind, MiB of memory, seconds of the processor, longest
text in characters. It answers `{"text", "complete", "pages"}` or `{"refused", "why"}`; if it is killed, nothing.
"""

import json
import resource
import sys
from typing import Any

from chatterkeep.services.extractor.reading import Refused, read_json, read_pdf

_MIB = 1024 * 1024
_READERS = {"pdf": read_pdf, "json": read_json}


def _limit(memory: int, seconds: int) -> None:
    """Take away what a document could misuse: memory, time, files, further processes."""
    for what, most in (
        (resource.RLIMIT_AS, memory * _MIB),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def _read(kind: str, data: bytes, longest: int) -> dict[str, Any]:
    try:
        return _READERS[kind](data, longest)
    except Refused as error:
        return {"refused": error.reason, "why": str(error)}
    except MemoryError:
        return {"refused": "cannot-extract", "why": "it takes too much memory to be read"}
    except RecursionError:
        return {"refused": "cannot-extract", "why": "it is nested too deeply"}
    except Exception:  # whatever a library makes of a broken document
        return {"refused": "cannot-extract", "why": "it is damaged"}


def main() -> None:
    """Read, and answer."""
    kind, memory, seconds, longest = sys.argv[1], *map(int, sys.argv[2:5])
    _limit(memory, seconds)
    found = _read(kind, sys.stdin.buffer.read(), longest)
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
