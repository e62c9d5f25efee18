"""Files on the page, from forms: one form is one message with one file, whatever is pressed twice or refused."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from chatterkeep.services.wiring import Services
from chatterkeep.settings import Settings
from tests.make import NAME, SONG, Clock
from tests.pages import Page


@pytest.fixture
def address(client: FlaskClient) -> str:
    return str(client.post("/", data={"phone": "+14155550123"}).location)


def send(client: FlaskClient, address: str, text: str, content: bytes = b"la", **more: Any) -> TestResponse:
    form = {"text": text, "key": "one", "file": (BytesIO(content), more.pop("name", "a.txt"))}
    return client.post(f"{address}/messages/with-file", data=form, **more)


@pytest.mark.parametrize("file", [b"", b"la", b"x" * 200_000])
def test_what_was_typed_on_a_link_that_ended_comes_back(client: FlaskClient, address: str, file: bytes) -> None:
    client.post(f"{address}/sign-out")
    body = (
        f'--x\r\nContent-Disposition: form-data; name="key"\r\n\r\none\r\n'
        f'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\n{NAME} \u00e9\r\n'
        '--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
    )
    answer = client.post(
        f"{address}/messages/with-file",
        data=body.encode() + file + b"\r\n--x--\r\n",
        content_type="multipart/form-data; boundary=x",
    )
    assert answer.status_code == 404
    assert Page(answer.text).draft == f"{NAME} \u00e9"


def test_nothing_comes_back_of_an_upload_that_is_none(client: FlaskClient, address: str) -> None:
    client.post(f"{address}/sign-out")
    for body in (b"", b"--x", b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\n' + b"y" * 100_000):
        answer = client.post(f"{address}/messages/with-file", data=body, content_type="multipart/form-data; boundary=x")
        assert (answer.status_code, "<textarea" in answer.text) == (404, False)


def files(client: FlaskClient, address: str) -> list[str]:
    page = Page(client.get(address).text)
    return [link["href"] for link in page.all("a") if "/files/" in link["href"]]


def stored(settings: Settings) -> list[Path]:
    return list(settings.files_folder.glob("*"))


def test_the_same_form_twice_is_one_message_with_one_file(
    client: FlaskClient, address: str, settings: Settings
) -> None:
    for _ in range(3):
        assert send(client, address, "hello").status_code == 303
    assert Page(client.get(address).text).messages == ["hello", "What is your name?"]
    assert len(files(client, address)) == len(stored(settings)) == 1


@pytest.mark.parametrize(
    ("change", "status", "why"),
    [
        ({"name": "a.exe"}, 415, "not taken"),
        ({"content": b"\0"}, 415, "NUL"),
        ({"content": b""}, 400, "empty"),
        ({"content": b"x" * 11_000_000}, 413, "too large"),
        ({"content": b"%PDF-1.4", "name": "a.pdf"}, 422, "cannot be read"),
    ],
)
def test_what_was_typed_comes_back_with_the_reason(
    client: FlaskClient, address: str, settings: Settings, change: dict[str, Any], status: int, why: str
) -> None:
    body = (
        f'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\n{NAME}\r\n'
        '--x\r\nContent-Disposition: form-data; name="key"\r\n\r\none\r\n'
        f'--x\r\nContent-Disposition: form-data; name="file"; filename="{change.get("name", "a.txt")}"\r\n\r\n'
    ).encode()
    whole = body + change.get("content", b"la") + b"\r\n--x--\r\n"
    answer = client.post(f"{address}/messages/with-file", data=whole, content_type="multipart/form-data; boundary=x")
    page = Page(answer.text)
    assert (answer.status_code, page.draft, page.value("key")) == (status, NAME, "one")
    assert why in page.alert
    assert stored(settings) == []
    assert page.messages == []


def test_another_file_can_be_chosen_after_a_refusal(client: FlaskClient, address: str) -> None:
    assert send(client, address, "hello", b"\0").status_code == 415
    assert send(client, address, "hello", SONG.encode()).status_code == 303
    [link] = files(client, address)
    assert client.get(link).data == SONG.encode()


def test_a_text_that_is_refused_keeps_no_file(client: FlaskClient, address: str, settings: Settings) -> None:
    for text in ("", "x" * 1601):
        answer = send(client, address, text)
        assert (answer.status_code, Page(answer.text).draft) == (422, text)
    assert stored(settings) == []


def test_a_busy_store_gives_the_text_back(client: FlaskClient, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(file: int, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("chatterkeep.storage.blobs.os.write", full)
    answer = send(client, address, NAME)
    assert (answer.status_code, Page(answer.text).draft) == (503, NAME)


def test_what_a_script_sent_ahead_is_named_by_the_message(
    client: FlaskClient, address: str, services: Services, clock: Clock
) -> None:
    sent = client.post(f"{address}/files", data={"file": (BytesIO(b"la"), "a.txt")}, headers={"HX-Request": "true"})
    assert sent.status_code == 201
    file_id = Page(sent.text).value("file_ids")
    said = client.post(
        f"{address}/messages", data={"text": "hello", "file_ids": file_id}, headers={"HX-Request": "true"}
    )
    assert f'id="f-{file_id}"' in said.text
    clock.forward(hours=30)
    services.housekeeping.go_round()
    assert len(files(client, address)) == 1


@pytest.mark.parametrize("file_id", ["00000000-0000-4000-8000-000000000000", "nothing", "\u202e"])
def test_a_message_with_an_unknown_file_is_not_stored(client: FlaskClient, address: str, file_id: str) -> None:
    said = client.post(f"{address}/messages", data={"text": NAME, "file_ids": file_id})
    assert (said.status_code, Page(said.text).draft) == (404, NAME)
    assert Page(said.text).messages == []


def test_a_deleted_file_leaves_its_message(client: FlaskClient, address: str, settings: Settings) -> None:
    send(client, address, "hello")
    [link] = files(client, address)
    assert client.post(f"{link}/delete").status_code == 303
    assert files(client, address) == stored(settings) == []
    assert Page(client.get(address).text).messages[0] == "hello"
    assert client.post(f"{link}/delete").status_code == 404
