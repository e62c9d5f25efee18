"""/api/v1/knowledge: programs add documents, list them and remove them."""

import json
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from chatterkeep.services.wiring import Services
from chatterkeep.settings import Settings
from chatterkeep.web.knowledge.payload import LARGEST
from tests import databases
from tests.make import NOW, make_settings

pytestmark = databases.both

HERE = "/api/v1/knowledge"
HOURS = {"title": "Opening hours", "text": "We are closed on Sundays.", "origin": "hours.md"}


@pytest.fixture
def settings(data_dir: Path, database_url: str) -> Settings:
    return make_settings(data_dir=data_dir, database_url=database_url, api_auth="required")


class Api:
    def __init__(self, client: FlaskClient, key: str) -> None:
        self._client = client
        self._headers = {"Authorization": f"Bearer {key}"}

    def call(self, method: str, path: str = HERE, **more: Any) -> TestResponse:
        return self._client.open(path, method=method, headers=self._headers, **more)


@pytest.fixture
def api(client: FlaskClient, services: Services) -> Api:
    return Api(client, services.api_keys.create("docs", ("files",), None, NOW))


def test_a_document_is_added_shown_listed_and_removed(api: Api, services: Services) -> None:
    added = api.call("POST", json=HOURS)
    assert (added.status_code, added.json["result"], added.json["added_by"]) == (201, "added", "key:docs")
    assert services.knowledge.ask("sunday")[0].place.title == "Opening hours"
    facts = {name: value for name, value in added.json.items() if name != "result"}
    assert api.call("GET", f"{HERE}/{facts['id']}").json == facts
    assert api.call("GET").json == {"documents": [facts], "next_cursor": None}
    assert api.call("DELETE", f"{HERE}/{facts['id']}").json == {"id": facts["id"], "removed": True}
    assert api.call("DELETE", f"{HERE}/{facts['id']}").json["error"]["code"] == "DOCUMENT_NOT_FOUND"


def test_the_same_again_changes_nothing_and_another_text_replaces(api: Api) -> None:
    first = api.call("POST", json=HOURS).json
    again = api.call("POST", json=HOURS)
    assert (again.status_code, again.json["id"]) == (200, first["id"])
    assert api.call("POST", json=HOURS | {"text": "We are open."}).json["result"] == "replaced"
    assert len(api.call("GET").json["documents"]) == 1


@pytest.mark.parametrize("characters", [70_000, 10_000_000])
def test_a_long_one_may_come_in_pieces_up_to_the_length_of_a_document(api: Api, characters: int) -> None:
    """Of a body in pieces nobody knows the length before its end."""
    body = json.dumps({"title": "Long", "text": "open " * (characters // 5)}).encode()
    pieces = {"wsgi.input": BytesIO(body), "wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    answer = api.call("POST", content_type="application/json", environ_overrides=pieces)
    if characters < LARGEST:
        assert answer.status_code == 201
    else:
        assert (answer.status_code, answer.json["error"]["code"]) == (413, "PAYLOAD_TOO_LARGE")


def test_what_an_answer_cites_is_read_by_whom_it_was_told(api: Api, client: FlaskClient, services: Services) -> None:
    api.call("POST", json=HOURS)
    key = {"X-API-Key": services.api_keys.create("chat", ("chat",), None, NOW)}
    one, other = (client.post("/api/v1/sessions", headers=key).json for _ in range(2))
    tokens = [{"Authorization": f"Bearer {begun['token']}"} for begun in (one, other)]
    asked = {"session_id": one["session"]["id"], "message": "Are you closed on Sundays?"}
    events = client.post("/api/v1/chat", json=asked, headers=tokens[0]).text
    [source] = json.loads(events.rpartition("data: ")[2])["sources"]
    path = f"/api/v1/passages/{source['passage_id']}"
    told = client.get(path, headers=tokens[0])
    assert (told.status_code, told.json["text"], told.json["title"]) == (200, HOURS["text"], source["title"])
    assert client.get(path, headers=key).json == told.json
    assert client.get(path, headers=tokens[1]).json["error"]["code"] == "PASSAGE_NOT_FOUND"
    api.call("DELETE", f"{HERE}/{told.json['document_id']}")
    assert client.get(path, headers=tokens[0]).json["error"]["code"] == "PASSAGE_NOT_FOUND"


def test_a_list_is_read_page_by_page(api: Api) -> None:
    for number in range(3):
        api.call("POST", json={"title": str(number), "text": f"Text {number}."})
    first = api.call("GET", f"{HERE}?limit=2").json
    second = api.call("GET", f"{HERE}?limit=2&cursor={first['next_cursor']}").json
    assert [one["title"] for one in first["documents"] + second["documents"]] == ["2", "1", "0"]
    assert second["next_cursor"] is None


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": ""},
        {"text": " \n"},
        {"text": "..."},
        {"text": 7},
        {"text": "x", "format": "html"},
        {"text": "x", "colour": "red"},
        {"text": "x", "title": ["y"]},
        {"text": "x" * 2_000_001, "title": "Huge"},
    ],
)
def test_what_is_no_document_is_refused_with_the_reason(api: Api, body: dict[str, Any]) -> None:
    answer = api.call("POST", json=body)
    assert (answer.status_code, answer.json["error"]["code"]) in ((400, "VALIDATION_ERROR"), (422, "VALIDATION_ERROR"))
    assert api.call("GET").json["documents"] == []


@pytest.mark.parametrize(
    "text", ["a\0b", "a\ud800b", "\u202ea", "# " * 5000, "\n".join(f"# {n}" for n in range(10_000))]
)
def test_odd_texts_are_kept_or_refused_and_break_nothing(api: Api, text: str) -> None:
    assert api.call("POST", json={"text": text, "title": "Odd"}).status_code in (201, 400, 422)
    assert api.call("GET").status_code == 200


@pytest.mark.parametrize("document_id", ["5f0c6f0e-3f1b-4a52-9d7e-0a2a6f8f3f61", "x", "a" * 300, "%00", "' OR 1=1"])
def test_what_is_not_there_is_not_found(api: Api, document_id: str) -> None:
    for method in ("GET", "DELETE"):
        assert api.call(method, f"{HERE}/{document_id}").status_code == 404
    assert api.call("GET", f"{HERE}?cursor={document_id}").status_code in (200, 400, 404, 422)


def test_another_scope_does_not_do(client: FlaskClient, services: Services) -> None:
    other = Api(client, services.api_keys.create("chat", ("chat",), None, NOW))
    assert other.call("GET").status_code == 403
    assert client.get(HERE).status_code == 401
