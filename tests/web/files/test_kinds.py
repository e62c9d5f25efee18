"""What kinds of files are taken: by name, declared type and content together; and which documents can be read."""

from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient

from chatterkeep.settings import Settings
from tests.errors import error_of
from tests.files import make_pdf, written
from tests.make import SONG
from tests.web.files.test_upload import GIF, UPLOAD, send, session_id, stored, typed

__all__ = ["session_id"]


@pytest.fixture(autouse=True)
def _what_is_refused_leaves_nothing(request: pytest.FixtureRequest, settings: Settings) -> Any:
    yield
    if "refused" in request.node.name:
        assert stored(settings) == []


class TestKind:
    """Reliability 4.3: name, declared type and content differ; foreign kinds; bombs and pictures are none of ours."""

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("program.exe", b"MZ\x90\x00"),
            ("program.txt", b"MZ\x90\x00"),
            ("picture.gif", GIF),
            ("picture.txt", GIF),
            ("gif.js", b"GIF89a/*;*/=1;alert(1)"),
            ("picture.svg", b"<svg onload=alert(1)>"),
            ("picture.txt", b" \n<SVG onload=alert(1)>"),
            ("page.html", b"<!doctype html>"),
            ("page.md", b"\xef\xbb\xbf<!DOCTYPE html><script>alert(1)</script>"),
            ("page.txt", b"<?xml version='1.0'?>"),
            ("page.txt", b"<!-- x --><html>hello"),
            ("page.md", b"\xef\xbb\xbf<!-->\n<!-- > -- -->\n <script>alert(1)</script>"),
            ("page.js", b"<!--" + b"x" * 100_000 + b"--><svg onload=alert(1)>"),
            ("notes.pdf", b"no PDF at all"),
            ("notes.pdf", b"%PD"),
            ("notes.pdf", b"\n%PDF-1.4"),
            ("notes.txt", make_pdf(SONG)),
            ("notes.txt", "Grüße".encode("latin-1")),
            ("notes.txt", "Grüße".encode("utf-16")),
            ("notes.txt", b"cut in a character \xe2\x82"),
            ("notes.txt", b"surrogate \xed\xa0\x80"),
            ("notes.py", b"print('\0')"),
            ("data.json", b"{'single': 1}"),
            ("data.json", b'{"a": NaN}'),
            ("data.json", b'{"a": 1} trailing'),
            ("bomb.zip", b"PK\x03\x04" + b"\0" * 26),
            ("bomb.docx", b"PK\x03\x04" + b"\0" * 26),
            ("bomb.txt", b"PK\x03\x04" + b"\0" * 26),
            ("wide.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 20),
            ("photo.jpg", b"\xff\xd8\xff\xe1Exif\0\0GPS"),
            ("notes", b"no end"),
            (".htaccess", b"Options +ExecCGI"),
            (".txt", b"all end"),
            ("notes.txt.exe", b"two ends"),
            ("notes.txt\u202egpj.exe", b"a trick"),
        ],
    )
    def test_what_is_not_what_it_says_is_refused(
        self, client: FlaskClient, session_id: str, name: str, content: bytes
    ) -> None:
        error = error_of(send(client, session_id, content, name), 415, "UNSUPPORTED_FILE_TYPE")
        assert error["details"]["reason"] == "type-mismatch"
        assert error["details"]["accepted"] == ".txt, .md, .pdf, .py, .js, .json"

    @pytest.mark.parametrize(
        ("name", "declared", "taken"),
        [
            ("a.txt", "text/plain; charset=utf-8", True),
            ("a.md", "application/octet-stream", True),
            ("a.py", "text/x-python", True),
            ("a.js", "application/x-javascript", True),
            ("a.js", "text/javascript", True),
            ("a.json", "application/json", True),
            ("a.txt", "text/html", False),
            ("a.txt", "application/pdf", False),
            ("a.txt", "image/gif", False),
            ("a.json", "application/zip", False),
        ],
    )
    def test_what_is_declared_must_fit_the_name(
        self, client: FlaskClient, session_id: str, name: str, declared: str, taken: bool
    ) -> None:
        answer = typed(client, session_id, b"1", name, declared)
        assert answer.status_code == (201 if taken else 415)

    def test_a_comment_before_text_is_text(self, client: FlaskClient, session_id: str) -> None:
        content = b"<!-- markdownlint-disable -->\n# <html> explained\n"
        assert send(client, session_id, content, "notes.md").json["extracted_text"] == content.decode()

    def test_json_that_is_nested_too_deeply_is_refused(self, client: FlaskClient, session_id: str) -> None:
        answer = send(client, session_id, b"[" * 100_000 + b"]" * 100_000, "deep.json")
        assert error_of(answer, 422, "VALIDATION_ERROR")["details"]["reason"] == "cannot-extract"

    @pytest.mark.parametrize("mimetype", ["application/json", "application/x-www-form-urlencoded", "text/plain"])
    def test_what_is_no_upload_is_refused(self, client: FlaskClient, mimetype: str) -> None:
        error_of(client.post(UPLOAD, data=b"{}", content_type=mimetype), 415, "UNSUPPORTED_MEDIA_TYPE")

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"--x",
            b"--x--\r\n",
            b"--x\r\n\r\n",
            b"nothing",
            b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n',
        ],
    )
    def test_a_body_that_does_not_fit_together_is_refused(self, client: FlaskClient, body: bytes) -> None:
        answer = client.post(UPLOAD, data=body, content_type="multipart/form-data; boundary=x")
        assert answer.status_code in (400, 422), answer.text
        assert answer.json["error"]["code"] == "VALIDATION_ERROR"

    @pytest.mark.parametrize("boundary", ["", ";boundary=", ";boundary=" + "b" * 300, ';boundary="\u00fc"'])
    def test_a_boundary_that_is_none_is_refused(self, client: FlaskClient, boundary: str) -> None:
        answer = client.post(UPLOAD, data=b"--\r\n", content_type=f"multipart/form-data{boundary}")
        error = error_of(answer, 400, "VALIDATION_ERROR")
        assert error["details"] == {"field": "file", "reason": "broken-upload"}


class TestPdf:
    """Reliability 4.3: encrypted, 10,000 pages, scripts, recursion, a loop of tables; and what is cut short."""

    @pytest.mark.parametrize(
        "content",
        [
            pytest.param(make_pdf(SONG)[:200], id="cut short"),
            pytest.param(b"%PDF-1.4\n" + b"\xff" * 5000, id="noise"),
            pytest.param(b"%PDF-1.4\nstartxref\n9\n%%EOF", id="a loop of tables"),
            pytest.param(
                written(
                    [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 2 >>"],
                ),
                id="pages within themselves",
            ),
            pytest.param(
                written([b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [] /Count 0 >>"]), id="no pages"
            ),
            pytest.param(make_pdf(*["x"] * 1001), id="too many pages"),
        ],
    )
    def test_what_cannot_be_read_is_refused(self, client: FlaskClient, session_id: str, content: bytes) -> None:
        error = error_of(send(client, session_id, content, "odd.pdf"), 422, "VALIDATION_ERROR")
        assert error["details"] == {"field": "file", "reason": "cannot-extract"}

    def test_one_that_is_locked_is_refused_and_says_why(self, client: FlaskClient, session_id: str) -> None:
        from pypdf import PdfWriter  # noqa: PLC0415 - for this test alone

        writer, out = PdfWriter(), BytesIO()
        writer.add_blank_page(100, 100)
        writer.encrypt("secret", algorithm="AES-256")
        writer.write(out)
        error = error_of(send(client, session_id, out.getvalue(), "locked.pdf"), 422, "VALIDATION_ERROR")
        assert "locked with a password" in error["message"]

    def test_a_script_in_it_is_only_not_run(self, client: FlaskClient, session_id: str) -> None:
        script = b"9 0 obj\n<< /S /JavaScript /JS (app.alert\\(1\\)) >>\nendobj\n"
        assert send(client, session_id, make_pdf(SONG, more=script), "js.pdf").json["extracted_text"] == SONG

    def test_a_bomb_in_a_stream_stays_small(self, client: FlaskClient, session_id: str) -> None:
        import zlib  # noqa: PLC0415 - for this test alone

        packed = zlib.compress(b"BT (boom) Tj ET\n" * 5_000_000, 9)
        objects = [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /Resources << /Font << /F1 5 0 R >> >> /Contents 4 0 R >>",
            b"<< /Length %d /Filter /FlateDecode >>\nstream\n%b\nendstream" % (len(packed), packed),
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        ]
        answer = send(client, session_id, written(objects), "bomb.pdf")
        assert "too large to be read" in error_of(answer, 422, "VALIDATION_ERROR")["message"]
