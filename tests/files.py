"""Files for tests: bytes of each kind, sent past the web."""

from datetime import datetime
from io import BytesIO

from chatterkeep.domain.audit import COMMAND_LINE
from chatterkeep.services.files import Sender
from chatterkeep.services.wiring import Services


def admit(session_id: str, size: int) -> None:
    """Let every file in."""


def sent_file(use: Services, session_id: str, name: str, content: bytes, now: datetime) -> str:
    """Send a file into a session; return its id."""
    with use.files.begin() as incoming:
        incoming.named(name, "")
        incoming.write(content)
        return use.files.keep(incoming, Sender(session_id, COMMAND_LINE, admit), now).attached.file_id


def upload(content: bytes, name: str = "notes.txt", **fields: str) -> dict[str, object]:
    """A form with a file, for a test client: `data=upload(b"...", session_id=...)`."""
    return {**fields, "file": (BytesIO(content), name)}


def encoded(content: bytes, name: str, **fields: str) -> tuple[bytes, str]:
    """The same as bytes, with its content type: a test client would write a large one to a file, and forget that."""
    parts = [f'--x\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n' for key, value in fields.items()]
    head = f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    return "".join([*parts, head]).encode() + content + b"\r\n--x--\r\n", "multipart/form-data; boundary=x"


def make_pdf(*pages: str, more: bytes = b"") -> bytes:
    """A PDF with a line of ASCII text on each page; `more` stands among its objects."""
    count = len(pages)
    kids = " ".join(f"{4 + 2 * place} 0 R" for place in range(count))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {count} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for place, text in enumerate(pages):
        stream = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET".encode()
        font = "/Resources << /Font << /F1 3 0 R >> >>"
        page = f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] {font} /Contents {5 + 2 * place} 0 R >>"
        objects += [page.encode(), b"<< /Length %d >>\nstream\n%b\nendstream" % (len(stream), stream)]
    return written(objects, more)


def written(objects: list[bytes], more: bytes = b"", trailer: bytes = b"") -> bytes:
    """A PDF of these objects, the first of which is its catalogue."""
    body, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    body += more
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer << /Size %d /Root 1 0 R %b >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, trailer, len(body))
    return body + b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + table + end
