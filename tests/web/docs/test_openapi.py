"""GET /openapi.json: the document is sound, and tells of every JSON route as it is."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openapi_spec_validator import OpenAPIV31SpecValidator

from chatterkeep.domain.errors import InvalidInput
from chatterkeep.domain.messages import clean_text
from chatterkeep.web import access
from chatterkeep.web.errorcodes import MEANINGS
from chatterkeep.web.errors import PAGES
from chatterkeep.web.fields import READABLE
from tests.web.docs.described import Described


def test_the_document_is_valid(described: Described) -> None:
    assert list(OpenAPIV31SpecValidator(described.document).iter_errors()) == []


def in_braces(rule: str) -> str:
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule)


def test_it_holds_every_json_route_and_no_other(app: Flask, described: Described) -> None:
    """A new route comes with an Operation in chatterkeep/web/docs/families."""
    routes = {
        f"{method} {in_braces(rule.rule)}"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.endpoint.partition(".")[0] not in (*PAGES, "static")
    }
    assert {one.name for one in described.all()} == routes


def test_it_says_who_may_call(app: Flask, described: Described) -> None:
    declared = {name.rpartition(".")[2]: access.access_of(app, name) for name in app.view_functions}
    for one in described.all():
        found, told = declared[one.facts["operationId"]], one.facts["security"]
        assert found
        assert bool(told) == (found.kind in ("client", "signature"))
        assert (told == [{"signature": []}]) == (found.signer == "gateway")
        assert (told == [{"twilioSignature": []}]) == (found.signer == "twilio")
        assert found.kind == "signature" or all(
            scheme in ({"key": [found.scope]}, {"keyHeader": [found.scope]}) for scheme in told[:2]
        )
        assert ({"sessionToken": []} in told) == found.session
        assert ({"ticket": []} in told) == found.ticket


def test_the_handshake_of_the_socket_is_described(described: Described) -> None:
    (socket,) = (one.facts for one in described.all() if "x-websocket" in one.facts)
    assert {"101", "400", "401", "403", "404", "429"} <= set(socket["responses"])
    sent = socket["x-websocket"]["sent"]["$ref"].rpartition("/")[2]
    assert described.document["components"]["schemas"][sent]["properties"]["type"]["anyOf"][0]["enum"]
    assert {"chunk", "complete", "error", "pong"} <= set(socket["x-websocket"]["told"])


@pytest.mark.parametrize("path", ["/sessions", "/sessions/{session_id}/messages", "/sessions/{session_id}"])
def test_a_field_that_is_not_known_is_known_to_be_refused(described: Described, path: str) -> None:
    for one in (one for one in described if one.path == path and one.sends):
        reference = one.facts["requestBody"]["content"]["application/json"]["schema"]["$ref"]
        shape = described.document["components"]["schemas"][reference.rpartition("/")[2]]
        assert shape["additionalProperties"] is False


def test_it_knows_every_error_code_and_one_shape(described: Described) -> None:
    components = described.document["components"]
    assert components["schemas"]["Problem"]["properties"]["code"]["enum"] == list(MEANINGS)
    assert set(components["examples"]) == set(MEANINGS)
    for one in described:
        for status, response in one.facts["responses"].items():
            is_error = int(status) >= 400 and one.facts["security"]
            for media in response["content"].values():
                assert (media["schema"] == {"$ref": "#/components/schemas/Error"}) == bool(is_error)


def test_every_operation_is_named_and_explained(described: Described) -> None:
    names = [one.facts["operationId"] for one in described]
    assert len(set(names)) == len(names)
    for one in described:
        assert one.facts["summary"], one.name
        assert one.facts["description"].endswith("."), one.name


def test_it_is_made_once_and_answered_plainly(client: FlaskClient) -> None:
    first, again = client.get("/openapi.json"), client.get("/openapi.json")
    assert first.data == again.data
    assert first.mimetype == "application/json"
    assert "ETag" not in first.headers


def test_an_open_server_says_that_no_key_is_needed(still_app: Flask) -> None:
    told = Described(still_app.test_client().get("/openapi.json").json)
    assert {} in told.operation("POST", "/chat").facts["security"]
    assert told.operation("GET", "/livez").facts["security"] == []


def test_what_a_text_may_be_is_told_as_it_is_judged() -> None:
    pattern = re.compile(READABLE)
    for char in map(chr, [*range(0xD800), *range(0xE000, 0x10000)]):
        assert bool(pattern.search(char)) == is_text(char), f"U+{ord(char):04X}"
    assert not pattern.search("a\0b")
    assert pattern.search("\u200b\U0001f600\n")


def is_text(text: str) -> bool:
    try:
        clean_text(text)
    except InvalidInput:
        return False
    return True
