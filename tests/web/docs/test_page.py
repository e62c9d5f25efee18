"""GET /docs: all of the API on a page that needs no script."""

import gzip
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from flask import Flask, g
from flask.testing import FlaskClient

from chatterkeep.domain.errors import ChatterKeepError
from chatterkeep.web.docs.operations import OPERATIONS
from chatterkeep.web.errorcodes import MEANINGS
from chatterkeep.web.errors import Problem, error_wire
from tests.pages import Page
from tests.web.docs.described import Described
from tests.web.docs.typed import shown


def test_the_page_shows_every_operation(client: FlaskClient, described: Described) -> None:
    page = Page(client.get("/docs").text)
    assert page.heading == "The HTTP API"
    articles = {attributes["id"] for attributes in page.all("article")}
    assert articles == {one.facts["operationId"].replace("_", "-") for one in described}
    assert {one.path for one in described} <= {part.partition("<")[0] for part in page.html.split("<code>")}


def test_every_link_leads_somewhere(client: FlaskClient) -> None:
    page = Page(client.get("/docs").text)
    own = {attributes["id"] for _, attributes in page.tags if "id" in attributes}
    for link in {attributes["href"] for attributes in page.all("a")}:
        to = urlsplit(link)
        if to.netloc:
            continue
        target = client.get(to.path) if to.path else None
        assert target is None or target.status_code == 200, link
        assert not to.fragment or (f'id="{to.fragment}"' in target.text if target else to.fragment in own), link


def test_every_error_leads_to_its_explanation(app: Flask, client: FlaskClient) -> None:
    ids = {attributes.get("id") for attributes in Page(client.get("/docs/errors").text).all("section")}
    with app.test_request_context():
        g.request_id = "tests"
        links = {code: urlsplit(error_wire(Problem(400, code, "x"))["docs_url"]) for code in MEANINGS}
    assert {link.path for link in links.values()} == {"/docs/errors"}
    assert [code for code, link in links.items() if link.fragment not in ids] == []
    assert sorted(set(_codes(ChatterKeepError)) - set(MEANINGS)) == []


def _codes(kind: type[ChatterKeepError]) -> Iterator[str]:
    if "code" in vars(kind):
        yield kind.code
    for other in kind.__subclasses__():
        yield from _codes(other)


@pytest.mark.parametrize("limits", [{"public_url": "", "trusted_hosts": ".example.org"}])
def test_the_lines_name_the_server_that_was_asked(client: FlaskClient) -> None:
    lines = [line for line, _ in shown(client.get("/docs", base_url="https://chat.example.org").text)]
    assert len(lines) >= len(OPERATIONS)
    assert all("https://chat.example.org/" in line for line in lines)
    assert "https://other.example.org/" in client.get("/docs", base_url="https://other.example.org").text


def test_nothing_to_press_shows_without_script(client: FlaskClient) -> None:
    page = Page(client.get("/docs").text)
    tries = page.all("details", **{"class": "try"})
    assert len(tries) == len([one for one in OPERATIONS if not one.upload])
    assert all("hidden" in attributes for attributes in tries + page.all("button", **{"class": "button quiet copy"}))


def test_an_operation_says_which_scope_it_needs(client: FlaskClient, described: Described) -> None:
    text = client.get("/docs").text
    scopes = {scope for one in described for scheme in one.facts["security"] for scope in scheme.get("key", ())}
    assert scopes == {"chat", "files", "sessions:read", "sessions:write"}
    assert all(f"the scope <code>{scope}</code>" in text for scope in scopes)


def test_the_page_is_light(client: FlaskClient) -> None:
    assert len(gzip.compress(client.get("/docs").data)) <= 40 * 1024


@pytest.mark.parametrize("path", ["/docs", "/openapi.json"])
def test_it_goes_out_compressed_to_whoever_can_unpack_it(client: FlaskClient, path: str) -> None:
    plain, packed = client.get(path), client.get(path, headers={"Accept-Encoding": "gzip"})
    assert (plain.headers.get("Content-Encoding"), packed.headers["Content-Encoding"]) == (None, "gzip")
    assert plain.headers["Vary"] == packed.headers["Vary"] == "Accept-Encoding"
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) <= 40 * 1024
