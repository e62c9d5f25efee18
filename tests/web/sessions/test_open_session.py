"""POST /sessions."""

import uuid

import pytest

from tests import databases
from tests.web.sessions.api import Api, error, texts

pytestmark = databases.both


def test_a_session_begins_with_the_greeting(api: Api) -> None:
    session = api.open()
    (greeting,) = session["messages"]
    assert (greeting["content"], greeting["author_type"]) == ("Hello, how may I help you?", "service_agent")
    assert greeting["timestamp"] == session["created_at"] == "2026-03-14T15:09:26.000+00:00"
    assert str(uuid.UUID(session["id"])) == session["id"]


def test_a_person_owns_it_unless_a_flow_is_asked_for(api: Api) -> None:
    session = api.open()
    assert (session["flow"], session["state"], session["owner"]) == ("support", "OPEN", "human")
    assert (session["status"], session["outcome"], session["assignee"]) == ("open", None, None)


def test_a_flow_that_is_asked_for_answers(api: Api) -> None:
    session = api.open(flow="greeting")
    assert (session["flow"], session["state"], session["owner"]) == ("greeting", "INITIAL", "bot")
    assert texts(session) == ["Hello, how may I help you?"]


@pytest.mark.parametrize("body", ["", "{}", '{"flow": null}'])
def test_no_body_is_needed(api: Api, body: str) -> None:
    response = api.call("POST", "/sessions", data=body, content_type="application/json" if body else None)
    assert response.status_code == 201
    assert response.headers["Location"] == f"/sessions/{response.get_json()['id']}"


def test_the_token_is_told_once_and_opens_the_session(api: Api) -> None:
    session = api.open()
    assert session["token"].startswith("ck_s_")
    read = api.with_token(session["token"]).show(session["id"])
    assert read == {name: value for name, value in session.items() if name != "token"}


def test_a_page_is_not_opened_by_an_api_token(api: Api) -> None:
    token = api.open()["token"]
    assert api.call("GET", f"/c/{token}").status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [({"flow": "nonsense"}, "flow"), ({"flow": 5}, "flow"), ({"owner": "bot"}, "owner")],
)
def test_what_cannot_be_used_opens_nothing(api: Api, body: dict[str, object], field: str) -> None:
    response = api.call("POST", "/sessions", json=body)
    assert response.status_code == 422
    assert (error(response)["code"], error(response)["details"]) == ("VALIDATION_ERROR", {"field": field})
    assert api.list()["sessions"] == []


@pytest.mark.parametrize("body", ["[]", "5", "null", '"x"', "{", '{"flow": NaN}'])
def test_what_is_no_json_object_is_answered_with_an_example_for_this_route(api: Api, body: str) -> None:
    response = api.call("POST", "/sessions", data=body, content_type="application/json")
    assert (response.status_code, error(response)["code"]) == (400, "MALFORMED_JSON")
    assert error(response)["hint"] == '{"flow": "greeting"}'


def test_a_form_is_not_read(api: Api) -> None:
    response = api.call("POST", "/sessions", data={"flow": "greeting"})
    assert response.status_code == 415
