"""`POST /api/v1/files/upload`: what is taken, what is refused and how, and that what is refused leaves nothing."""

import json
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from chatterkeep.domain.files import MAX_EXTRACT, MAX_FILE, MAX_SHOWN
from chatterkeep.services.wiring import Services
from chatterkeep.settings import Settings
from chatterkeep.web.uploads import MAX_UPLOAD
from tests.errors import error_of
from tests.files import encoded, make_pdf, upload
from tests.make import NAME, SONG, Clock, make_settings

UPLOAD = "/api/v1/files/upload"
UNKNOWN = "00000000-0000-4000-8000-000000000000"
GIF = b"GIF89a\x01\x00\x01\x00\x00\x00\x00;<script>alert(1)</script>"


@pytest.fixture
def session_id(client: FlaskClient) -> str:
    started = client.post("/chat/session", json={"customer_name": "Ada", "customer_email": "ada@example.com"})
    return str(started.json["session_id"])


def send(client: FlaskClient, session_id: str, content: bytes, name: str = "notes.txt", **more: Any) -> TestResponse:
    body, mimetype = encoded(content, name, session_id=session_id)
    return client.post(UPLOAD, data=body, content_type=mimetype, **more)


def typed(client: FlaskClient, session_id: str, content: bytes, name: str, declared: str) -> TestResponse:
    return client.post(UPLOAD, data={"session_id": session_id, "file": (BytesIO(content), name, declared)})


def stored(settings: Settings) -> list[Path]:
    folder = settings.files_folder
    return sorted(folder.iterdir()) if folder.exists() else []


@pytest.fixture(autouse=True)
def _what_is_refused_leaves_nothing(request: pytest.FixtureRequest, settings: Settings) -> Any:
    yield
    if "refused" in request.node.name:
        assert stored(settings) == []


class TestTaken:
    @pytest.mark.parametrize("end", ["txt", "md", "py", "js", "json", "TXT"])
    def test_text_of_each_kind(self, client: FlaskClient, session_id: str, end: str) -> None:
        content = json.dumps({"song": SONG}).encode()
        answer = send(client, session_id, content, f"notes.{end}")
        assert answer.status_code == 201
        told = answer.json
        assert (told["type"], told["size"], told["extracted_text"]) == (end.lower(), len(content), content.decode())
        assert (told["extracted_text_truncated"], told["session_id"], told["pages"]) == (False, session_id, None)

    def test_a_pdf_page_by_page(self, client: FlaskClient, session_id: str) -> None:
        told = send(client, session_id, make_pdf(SONG, NAME), "songs.pdf").json
        assert (told["extracted_text"], told["pages"], told["type"]) == (f"{SONG}\n\n{NAME}", 2, "pdf")

    def test_a_pdf_without_text(self, client: FlaskClient, session_id: str) -> None:
        told = send(client, session_id, make_pdf(""), "scan.pdf").json
        assert (told["extracted_text"], told["pages"]) == ("", 1)

    def test_a_byte_order_mark_and_foreign_newlines(self, client: FlaskClient, session_id: str) -> None:
        content = "\ufeffnaïve\r\nline\rend".encode()
        told = send(client, session_id, content).json
        assert told["extracted_text"] == "naïve\nline\nend"
        assert client.get(told["content_url"]).data == content

    def test_a_text_of_one_line_is_cut(self, client: FlaskClient, session_id: str) -> None:
        told = send(client, session_id, b"x" * MAX_FILE).json
        assert (told["size"], told["extracted_text_truncated"]) == (MAX_FILE, True)
        assert told["extracted_text"] == "x" * MAX_SHOWN

    def test_what_is_longer_than_shown_says_so(self, client: FlaskClient, session_id: str) -> None:
        told = send(client, session_id, b"la " * 10_000).json
        assert (len(told["extracted_text"]), told["extracted_text_truncated"]) == (MAX_SHOWN, True)

    def test_the_largest_file_there_may_be(self, client: FlaskClient, session_id: str) -> None:
        content = bytes(range(32, 127)) * (MAX_FILE // 95)
        told = send(client, session_id, content).json
        assert client.get(told["content_url"]).data == content

    def test_the_file_may_come_before_its_session(self, client: FlaskClient, session_id: str) -> None:
        answer = client.post(UPLOAD, data={"file": (BytesIO(b"hello"), "a.txt"), "session_id": session_id})
        assert answer.status_code == 201

    def test_a_session_token_sends_into_its_own_session(self, client: FlaskClient) -> None:
        started = client.post("/chat/session", json={"customer_name": "Ada", "customer_email": "a@b.c"}).json
        bearer = {"Authorization": f"Bearer {started['token']}"}
        sent = send(client, started["session_id"], b"hello", headers=bearer)
        assert sent.status_code == 201
        address = f"/api/v1/files/{sent.json['file_id']}"
        assert client.get(f"{address}/content", headers=bearer).data == b"hello"
        assert client.delete(address, headers=bearer).json == {"deleted": True, "file_id": sent.json["file_id"]}
        error_of(client.get(address, headers=bearer), 404, "FILE_NOT_FOUND")


class TestWhatIsMissing:
    """Reliability 4.3: no file part, an empty file, two files, no name."""

    def test_no_file_is_refused(self, client: FlaskClient, session_id: str) -> None:
        answer = client.post(UPLOAD, data={"session_id": session_id}, content_type="multipart/form-data")
        assert error_of(answer, 400, "VALIDATION_ERROR")["details"] == {"field": "file", "reason": "file-missing"}

    def test_an_empty_file_is_refused(self, client: FlaskClient, session_id: str) -> None:
        error = error_of(send(client, session_id, b""), 400, "VALIDATION_ERROR")
        assert error["details"]["reason"] == "file-empty"

    def test_two_files_are_refused(self, client: FlaskClient, session_id: str) -> None:
        files = [(BytesIO(b"one"), "one.txt"), (BytesIO(b"two"), "two.txt")]
        answer = client.post(UPLOAD, data={"session_id": session_id, "file": files})
        assert error_of(answer, 400, "VALIDATION_ERROR")["details"]["reason"] == "one-file-only"

    def test_a_file_without_a_name_is_refused(self, client: FlaskClient, session_id: str) -> None:
        answer = client.post(
            UPLOAD, data={"session_id": session_id, "file": "hello"}, content_type="multipart/form-data"
        )
        assert error_of(answer, 400, "VALIDATION_ERROR")["details"]["reason"] == "file-missing"

    def test_a_file_in_another_field_is_refused(self, client: FlaskClient, session_id: str) -> None:
        answer = client.post(UPLOAD, data={"session_id": session_id, "other": (BytesIO(b"hello"), "a.txt")})
        assert error_of(answer, 400, "VALIDATION_ERROR")["details"]["reason"] == "file-missing"

    def test_no_session_is_refused(self, client: FlaskClient) -> None:
        error = error_of(client.post(UPLOAD, data=upload(b"hello")), 422, "VALIDATION_ERROR")
        assert error["details"] == {"field": "session_id"}

    def test_an_unknown_session_is_refused(self, client: FlaskClient) -> None:
        error_of(send(client, UNKNOWN, b"hello"), 404, "SESSION_NOT_FOUND")

    def test_an_unknown_field_is_refused(self, client: FlaskClient, session_id: str) -> None:
        answer = client.post(UPLOAD, data=upload(b"hello", session_id=session_id, path="/etc"))
        assert error_of(answer, 422, "VALIDATION_ERROR")["details"] == {"field": "path"}


class TestSize:
    """Reliability 4.3 and F38: too much by its header, by its stream, and by a length that lies."""

    def test_too_long_by_its_header_is_refused_unread(self, client: FlaskClient) -> None:
        class Unread(BytesIO):
            def read(self, size: int | None = -1) -> bytes:
                raise AssertionError("it was read")

        answer = client.post(
            UPLOAD,
            content_type="multipart/form-data; boundary=x",
            headers={"Authorization": "Bearer nobody"},
            environ_overrides={"CONTENT_LENGTH": "1000000000", "wsgi.input": Unread()},
        )
        error_of(answer, 413, "FILE_TOO_LARGE")

    def test_one_byte_too_many_is_refused(self, client: FlaskClient, session_id: str) -> None:
        error_of(send(client, session_id, b"x" * (MAX_FILE + 1)), 413, "FILE_TOO_LARGE")

    def test_an_endless_stream_is_refused_soon(self, client: FlaskClient, session_id: str) -> None:
        endless = Endless(session_id)
        answer = client.post(
            UPLOAD,
            content_type="multipart/form-data; boundary=x",
            environ_overrides={
                "wsgi.input": endless,
                "wsgi.input_terminated": True,
                "HTTP_TRANSFER_ENCODING": "chunked",
            },
        )
        error_of(answer, 413, "FILE_TOO_LARGE")
        assert endless.given <= MAX_UPLOAD + 64 * 1024

    def test_a_field_without_end_is_refused(self, client: FlaskClient) -> None:
        body, mimetype = encoded(b"hello", "a.txt", session_id="x" * 100_000)
        answer = client.post(UPLOAD, data=body, content_type=mimetype)
        error_of(answer, 413, "FILE_TOO_LARGE")

    def test_a_thousand_parts_are_refused(self, client: FlaskClient) -> None:
        answer = client.post(UPLOAD, data=upload(b"hello", **{f"field{n}": "x" for n in range(1001)}))
        error_of(answer, 413, "FILE_TOO_LARGE")

    def test_other_routes_keep_their_limit(self, client: FlaskClient) -> None:
        answer = client.post("/chat", data=b"x" * 70_000, content_type="application/json")
        error_of(answer, 413, "PAYLOAD_TOO_LARGE")


class Endless:
    """An upload that never ends, in pieces."""

    def __init__(self, session_id: str) -> None:
        self._head = (
            f'--x\r\nContent-Disposition: form-data; name="session_id"\r\n\r\n{session_id}\r\n'
            '--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
        ).encode()
        self.given = 0

    def read(self, size: int = -1) -> bytes:
        piece, self._head = self._head or b"x" * size, b""
        self.given += len(piece)
        return piece


class TestLimits:
    @pytest.fixture
    def settings(self, data_dir: Path) -> Settings:
        return make_settings(data_dir=data_dir, limit_files="2/hour", files_daily=1)

    def test_a_session_sends_so_many_files(self, client: FlaskClient, session_id: str, settings: Settings) -> None:
        assert [send(client, session_id, b"hello").status_code for _ in range(3)] == [201, 201, 429]
        assert len(stored(settings)) == 2

    def test_a_session_sends_so_many_bytes(self, client: FlaskClient, session_id: str) -> None:
        assert send(client, session_id, b"x" * 1_000_000).status_code == 201
        error = error_of(send(client, session_id, b"x" * 100_000), 429, "RATE_LIMIT_EXCEEDED")
        assert error["details"]["limit"] == "1 MiB of files in a day for one session"


class TestOff:
    @pytest.fixture
    def settings(self, data_dir: Path) -> Settings:
        return make_settings(data_dir=data_dir, files="off")

    def test_nothing_is_taken_when_files_are_off(self, client: FlaskClient, session_id: str) -> None:
        error_of(send(client, session_id, b"hello"), 404, "NOT_FOUND")
        page = client.post("/", data={"phone": "+14155550123"}).location
        assert "attach" not in client.get(page).text


def test_a_full_disk_is_told_and_leaves_nothing(
    client: FlaskClient, session_id: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(file: int, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("chatterkeep.storage.blobs.os.write", full)
    error_of(send(client, session_id, b"hello"), 503, "STORE_BUSY")
    assert stored(settings) == []


def test_a_hundred_uploads_that_break_off_leave_nothing(
    client: FlaskClient, session_id: str, settings: Settings
) -> None:
    whole = Endless(session_id).read() + b"x" * 200_000
    for place in range(100):
        broken = BytesIO(whole[: 300 + place * 1000])
        answer = client.post(
            UPLOAD,
            input_stream=broken,
            content_length=500_000,
            content_type="multipart/form-data; boundary=x",
        )
        assert answer.status_code == 400
    assert stored(settings) == []


def test_what_is_kept_is_encrypted_and_ours_alone(
    client: FlaskClient, session_id: str, settings: Settings, services: Services, clock: Clock
) -> None:
    send(client, session_id, f"{SONG}\n".encode() * 1000, f"{NAME}.txt")
    [blob] = stored(settings)
    assert SONG.encode() not in blob.read_bytes()
    assert (blob.stat().st_mode & 0o777, blob.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    database = (settings.data_dir / "chatterkeep.sqlite3").read_bytes()
    log = settings.data_dir / "chatterkeep.sqlite3-wal"
    for secret in (SONG, NAME):
        assert secret.encode() not in database + (log.read_bytes() if log.exists() else b"")
    assert MAX_EXTRACT > MAX_SHOWN
