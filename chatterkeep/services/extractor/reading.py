"""How documents are read. Runs in the child process only."""

import io
import json
import logging
from typing import Any, Final, NoReturn

MOST_PAGES: Final = 1000


class Refused(Exception):
    """A document that is not read, with the reason for programs and for people."""

    def __init__(self, reason: str, why: str) -> None:
        super().__init__(why)
        self.reason = reason


def read_pdf(data: bytes, longest: int) -> dict[str, Any]:
    """Return the text of a PDF, page by page until it is long enough. Raises Refused."""
    from pypdf.errors import LimitReachedError  # noqa: PLC0415 - for PDFs alone: it takes a while

    try:
        return _read_pages(data, longest)
    except LimitReachedError as error:
        raise Refused("cannot-extract", "what is packed in it is too large to be read") from error


def _read_pages(data: bytes, longest: int) -> dict[str, Any]:
    from pypdf import PasswordType, PdfReader  # noqa: PLC0415 - as above

    logging.disable(logging.CRITICAL)
    document = PdfReader(io.BytesIO(data), strict=False)
    if document.is_encrypted and document.decrypt("") is PasswordType.NOT_DECRYPTED:
        raise Refused("cannot-extract", "it is locked with a password: send it without one")
    pages = len(document.pages)
    if pages > MOST_PAGES:
        raise Refused("cannot-extract", f"it has {pages} pages; at most {MOST_PAGES} are read")
    if not pages:
        raise Refused("cannot-extract", "it has no pages")
    texts, length = [], 0
    for page in document.pages:
        texts.append(page.extract_text())
        length += len(texts[-1])
        if length > longest:
            break
    whole = length <= longest
    return {"text": "\n\n".join(texts)[: longest + 1], "complete": whole, "pages": pages}


def read_json(data: bytes, longest: int) -> dict[str, Any]:
    """Return nothing but that it is JSON: its text is known already. Raises Refused."""
    try:
        json.loads(data.decode("utf-8-sig"), parse_constant=_no_constant, parse_int=len, object_pairs_hook=len)
    except ValueError as error:
        raise Refused("type-mismatch", "it is not valid JSON") from error
    return {"text": "", "complete": True, "pages": None}


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)
