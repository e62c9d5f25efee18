"""Whoever types a number reads nothing of it, on any page there is, until they prove that it is theirs."""

import re
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from itertools import product
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from chatterkeep.domain.dossier import Format
from chatterkeep.services.wiring import Services
from chatterkeep.settings import Settings
from tests import databases
from tests.carrier import attached
from tests.documents import add_document
from tests.make import NAME, SONG, make_phone, make_settings
from tests.web.chat.visitor import Visitor, text

pytestmark = databases.both
_PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
_HIDDEN = re.compile(f"{NAME}|{SONG}")


@pytest.fixture
def settings(data_dir: Path, database_url: str) -> Settings:
    return make_settings(data_dir=data_dir, database_url=database_url, flow="assistant")


def pages(app: Flask, values: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """The address of every page behind a private link, with each value of its parameters; all of them must be known."""
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/c/") and "GET" in (rule.methods or ()):
            names = _PARAMETER.findall(rule.rule)
            for chosen in product(*(values[name] for name in names)):
                yield _PARAMETER.sub(r"{\1}", rule.rule).format(**dict(zip(names, chosen, strict=True)))


def with_something_of_each(visitor: Visitor, word: str) -> dict[str, list[str]]:
    """Let a visitor send a file and be answered with a source; return the ids that their page has by then."""
    form = {"text": word, "key": "1", "file": (BytesIO(word.encode()), f"{word}.txt")}
    visitor.client.post(f"{visitor.address}/messages/with-file", data=form)
    visitor.post(f"{visitor.address}/messages", text="Are you open on Sunday?")
    html = visitor.page().html
    return {"file_id": _ids(r"/files/([\w-]{36})", html), "passage_id": _ids(r"/passages/([\w-]{36})", html)}


def test_a01_whoever_types_a_number_reads_nothing_of_it(app: Flask, client: FlaskClient, services: Services) -> None:
    carrier, phone = attached(services), make_phone()
    add_document(services)
    owners = with_something_of_each(Visitor(client, phone).start(), NAME)
    text(client, phone, SONG)
    stranger = Visitor(client, phone).start()
    own = with_something_of_each(stranger, "nothing")
    stranger.begin().ask()
    token, proof = stranger.attempt.removeprefix("/c/").split("/verify/")
    values = {"token": [token], "proof": [proof], "kind": [kind.value for kind in Format], **own}
    seen = list(pages(app, values))
    assert len(seen) == 11
    for path, headers in product(seen, ({}, {"HX-Request": "true"})):
        answer = client.get(path, headers=headers, follow_redirects=True)
        assert answer.status_code == 200, path
        assert not _HIDDEN.search(answer.text), path
    for file_id in owners["file_id"]:
        answer = client.get(f"{stranger.address}/files/{file_id}")
        assert (answer.status_code, _HIDDEN.search(answer.text)) == (404, None)
    done = stranger.post(stranger.attempt, code=carrier.code()).location
    assert SONG in stranger.page(done).html


def _ids(pattern: str, html: str) -> list[str]:
    found = sorted(set(re.findall(pattern, html)))
    assert found
    return found
