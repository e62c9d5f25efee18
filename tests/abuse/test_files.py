"""A14: names, kinds and links that would lead a file out of the store, or into somebody's browser."""

from io import BytesIO
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from chatterkeep.services.wiring import Services
from chatterkeep.settings import Settings
from chatterkeep.storage.files import find_file
from chatterkeep.web.downloads import disposition
from tests.errors import error_of
from tests.files import upload
from tests.make import make_settings

NAMES = (
    "../../x.txt",
    "../../../../etc/passwd.txt",
    "..\\..\\x.txt",
    "/etc/passwd.txt",
    "/absolute/x.txt",
    "C:\\Windows\\x.txt",
    "\\\\server\\share\\x.txt",
    "%2e%2e%2fx.txt",
    "%252e%252e%252fx.txt",
    "..%c0%af..%c0%afx.txt",
    "....//....//x.txt",
    "./././x.txt",
    "~/x.txt",
    "x.txt\0.html",
    "\0x.txt",
    "x.html\0.txt",
    "a" * 4096 + ".txt",
    "\u00e9" * 300 + ".txt",
    "CON.txt",
    "con.txt",
    "NUL.txt",
    "COM1.txt",
    "lpt9.txt",
    "aux.txt",
    " .txt. .txt",
    "...txt.txt",
    ".htaccess.txt",
    ".env.txt",
    "x\r\nSet-Cookie: a=b.txt",
    'x"; filename="evil.html.txt',
    "x'; drop table files;--.txt",
    "<script>alert(1)</script>.txt",
    "x\u202etxt.exe.txt",
    "\u2066x\u2069.txt",
    "x\u200b.txt",
    "\U0001f600.txt",
    "\u0645\u0631\u062d\u0628\u0627.txt",
    "x;y=z.txt",
    "$(id).txt",
    "`id`|id.txt",
    "-rf.txt",
    "x:ads.txt",
    "keys.json.txt",
    "x.php.txt",
    "x.svg.md",
    "x .txt",
)
POLYGLOTS = (
    ("a.txt", b"hello <script>alert(document.domain)</script>"),
    ("a.md", b"# x\n<img src=x onerror=alert(1)>"),
    ("a.js", b"alert(document.domain)"),
    ("a.json", b'["</script><script>alert(1)</script>"]'),
    ("a.py", b"# <html><body onload=alert(1)>"),
)


@pytest.fixture
def session_id(client: FlaskClient) -> str:
    started = client.post("/chat/session", json={"customer_name": "Ada", "customer_email": "ada@example.com"})
    return str(started.json["session_id"])


def send(client: FlaskClient, session_id: str, name: str, content: bytes = b"hello") -> str:
    answer = client.post("/api/v1/files/upload", data=upload(content, name, session_id=session_id))
    assert answer.status_code == 201, answer.text
    return str(answer.json["file_id"])


def everything_in(folder: Path) -> set[Path]:
    """All files but those of the database and of the counters, which any request may make."""
    known = ("chatterkeep.sqlite3", "shares.sqlite3", "limits.counters")
    return {path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(known)}


def test_there_are_forty_names() -> None:
    assert len(set(NAMES)) >= 40


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_no_name_leads_out_of_the_store_or_into_a_browser(
    client: FlaskClient, session_id: str, name: str, settings: Settings, tmp_path: Path
) -> None:
    before = everything_in(tmp_path)
    answer = client.post("/api/v1/files/upload", data=upload(b"hello", name, session_id=session_id))
    new = everything_in(tmp_path) - before
    if answer.status_code != 201:
        error_of(answer, answer.status_code, answer.json["error"]["code"])
        assert answer.status_code in (400, 415)
        assert new == set()
        return
    [blob] = new
    assert blob.parent == settings.files_folder
    assert set(blob.name) <= set("0123456789abcdef")
    assert len(blob.name) == 32
    shown = answer.json["name"]
    assert 1 <= len(shown) <= 100
    assert not set(shown) & set('/\\\0\r\n<>:"|?*\u202e\u2066\u2069\u200b')
    assert not shown.startswith(("..", ".", "CON", "NUL"))
    taken = client.get(f"/api/v1/files/{answer.json['file_id']}/content")
    assert taken.data == b"hello"
    never_shown(taken.headers)


def never_shown(headers: object) -> None:
    found = dict(headers)  # type: ignore[call-overload]
    assert found["Content-Disposition"].startswith("attachment; filename=")
    assert "\n" not in found["Content-Disposition"]
    assert found["Content-Type"] == "application/octet-stream"
    assert found["X-Content-Type-Options"] == "nosniff"
    assert found["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert found["Cache-Control"] == "no-store"
    assert found["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize(("name", "content"), POLYGLOTS)
def test_what_could_run_is_never_shown(client: FlaskClient, session_id: str, name: str, content: bytes) -> None:
    """Not even from our own pages: a script of this origin would be theirs."""
    taken = client.get(f"/api/v1/files/{send(client, session_id, name, content)}/content")
    assert taken.data == content
    never_shown(taken.headers)


def test_the_pages_of_visitors_and_staff_hand_it_out_the_same_way(client: FlaskClient) -> None:
    page = client.post("/", data={"phone": "+14155550123"}).location
    client.post(f"{page}/messages/with-file", data={"text": "hello", "file": (BytesIO(b"<b>"), "x.txt")})
    html = client.get(page).text
    address = html.partition(f'href="{page}/files/')[2].partition('"')[0]
    taken = client.get(f"{page}/files/{address}")
    assert taken.data == b"<b>"
    never_shown(taken.headers)


def test_a_link_in_the_store_leads_nowhere(
    client: FlaskClient, session_id: str, settings: Settings, services: Services
) -> None:
    """Whoever can put a link there must not make us hand out what it leads to."""
    file_id = send(client, session_id, "x.txt")
    with services.files._database.read() as connection:
        found = find_file(connection, services.vault, file_id)
    assert found
    blob = settings.files_folder / found.blob
    blob.unlink()
    blob.symlink_to(settings.keys)
    error_of(client.get(f"/api/v1/files/{file_id}/content"), 404, "FILE_NOT_FOUND")


@pytest.mark.parametrize(
    "file_id", ["../keys.json", "..%2f..%2fkeys.json", "%00", "x" * 300, "0", "\u202e", "' OR 1=1--", "UPLOAD"]
)
def test_no_id_is_a_path(client: FlaskClient, file_id: str) -> None:
    for path in (f"/api/v1/files/{file_id}", f"/api/v1/files/{file_id}/content", f"/c/nobody/files/{file_id}"):
        assert client.get(path).status_code == 404


@pytest.mark.parametrize("name", [*NAMES, "\u00fc\u00f6.txt", "a%20b.txt"], ids=str)
def test_the_header_that_names_it_is_one_line_of_ascii(name: str) -> None:
    header = disposition(name.replace("\0", ""))
    assert header.isascii()
    assert header.count('"') == 2
    plain = header.partition('filename="')[2].partition('"')[0]
    assert not set(plain) & set('\r\n"\\%')


class TestAccess:
    @pytest.fixture
    def settings(self, data_dir: Path) -> Settings:
        return make_settings(data_dir=data_dir, api_auth="required")

    def test_another_sessions_file_is_as_absent_as_none(self, client: FlaskClient, services: Services) -> None:
        key = services.api_keys.create("all", ("admin",), None, services.clock())
        tokens, ids = [], []
        for _ in range(2):
            who = {"customer_name": "Ada", "customer_email": "a@b.c"}
            started = client.post("/chat/session", json=who, headers={"X-API-Key": key}).json
            tokens.append({"Authorization": f"Bearer {started['token']}"})
            ids.append(started["session_id"])
        form = upload(b"hello", session_id=ids[0])
        mine = client.post("/api/v1/files/upload", data=form, headers=tokens[0]).json["file_id"]
        unknown = "00000000-0000-4000-8000-000000000000"
        for method in ("get", "delete"):
            answers = [
                error_of(getattr(client, method)(f"/api/v1/files/{one}", headers=tokens[1]), 404, "FILE_NOT_FOUND")
                for one in (mine, unknown)
            ]
            told = [{k: v for k, v in error.items() if k not in ("timestamp", "request_id")} for error in answers]
            assert told[0] == told[1]
        foreign = client.post("/api/v1/files/upload", data=upload(b"x", session_id=ids[0]), headers=tokens[1])
        error_of(foreign, 404, "SESSION_NOT_FOUND")
        for file_id in (mine, unknown, "no id"):
            asked = {"session_id": ids[1], "message": "hello", "file_ids": [file_id]}
            error_of(client.post("/api/v1/chat", json=asked, headers=tokens[1]), 404, "FILE_NOT_FOUND")
        assert client.get(f"/api/v1/files/{mine}/content", headers=tokens[0]).data == b"hello"

    def test_a_key_needs_the_scope(self, client: FlaskClient, services: Services) -> None:
        weak = {"X-API-Key": services.api_keys.create("weak", ("chat",), None, services.clock())}
        answer = client.post("/api/v1/files/upload", data=upload(b"x", session_id="x"), headers=weak)
        error_of(answer, 403, "FORBIDDEN")
        error_of(client.get("/api/v1/files/x", headers=weak), 403, "FORBIDDEN")

    def test_other_sites_cannot_make_a_browser_send_one(self, client: FlaskClient) -> None:
        page = client.post("/", data={"phone": "+14155550123"}).location
        for path in ("/files", "/messages/with-file"):
            answer = client.post(page + path, data=upload(b"x"), headers={"Sec-Fetch-Site": "cross-site"})
            assert answer.status_code == 403
