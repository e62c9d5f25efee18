"""When something breaks: the log says where, the caller gets an id, and nobody reads what a person wrote."""

import json

import pytest
from flask import Flask
from flask.testing import FlaskClient

from chatterkeep.web import logs
from tests.errors import error_of
from tests.make import NAME, make_phone


@pytest.fixture
def broken(app: Flask) -> FlaskClient:
    """A caller of an application that breaks at every request, quoting what it had in hand."""

    def crash() -> None:
        raise ValueError(f"{NAME} at {make_phone()}")

    app.before_request_funcs.setdefault(None, []).append(crash)
    return app.test_client()


def test_the_caller_is_told_an_id_and_nothing_else(broken: FlaskClient) -> None:
    answer = broken.post("/chat", json={})
    error_of(answer, 500, "INTERNAL_ERROR")
    assert NAME not in answer.text


def test_a_person_is_told_on_a_page(broken: FlaskClient) -> None:
    answer = broken.get("/")
    assert answer.status_code == 500
    assert answer.headers["X-Request-Id"] in answer.text
    assert NAME not in answer.text


def test_the_log_says_where_and_under_which_id(broken: FlaskClient, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("DEBUG")
    answer = broken.get("/livez")
    log = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    crashed = next(line for line in log if line["event"] == "request.crashed")
    assert crashed["error"] == "ValueError"
    assert crashed["request_id"] == answer.headers["X-Request-Id"]
    assert any("crash" in place for place in crashed["where"])
    assert NAME not in json.dumps(log)
