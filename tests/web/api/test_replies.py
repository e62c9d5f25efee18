"""POST /chat/replies/{id}/stop and /retry."""

import pytest
from flask.testing import FlaskClient

from chatterkeep.services.wiring import Services
from tests.llm.server import LLM
from tests.make import NOW
from tests.web.api.clients import WHO


@pytest.fixture
def key(services: Services) -> dict[str, str]:
    return {"Authorization": f"Bearer {services.api_keys.create('tests', ('chat',), None, NOW)}"}


def ask(client: FlaskClient, key: dict[str, str]) -> tuple[str, str]:
    """Ask something; the path of the reply, and the token of its session."""
    started = client.post("/chat/session", json=WHO, headers=key).get_json()
    sent = client.post("/chat/message", json={"session_id": started["session_id"], "message": "Hm?"}, headers=key)
    return f"/chat/replies/{sent.get_json()['reply_id']}", started["token"]


def test_a_stopped_reply_is_told_like_one_that_is_read(client: FlaskClient, key: dict[str, str], fake: LLM) -> None:
    fake.first_token = 5
    path, _ = ask(client, key)
    stopped = client.post(f"{path}/stop", headers=key)
    assert stopped.status_code == 200
    assert stopped.get_json()["status"] == "stopped"
    assert stopped.get_json() == client.get(path, headers=key).get_json()


def test_a_stopped_reply_is_tried_again_as_another(client: FlaskClient, key: dict[str, str], fake: LLM) -> None:
    fake.first_token = 5
    path, _ = ask(client, key)
    first = client.post(f"{path}/stop", headers=key).get_json()
    fake.first_token = 0
    again = client.post(f"{path}/retry", headers={**key, "Prefer": "wait=10"})
    assert again.status_code == 200
    assert again.get_json()["status"] == "done"
    assert again.get_json()["reply_id"] != first["reply_id"]


def test_a_retry_is_not_waited_for_longer_than_asked(client: FlaskClient, key: dict[str, str], fake: LLM) -> None:
    fake.first_token = 5
    path, _ = ask(client, key)
    client.post(f"{path}/stop", headers=key)
    again = client.post(f"{path}/retry", headers={**key, "Prefer": "respond-async"})
    assert again.status_code == 202
    assert again.headers["Location"] == again.get_json()["reply_url"]
    client.post(f"/chat/replies/{again.get_json()['reply_id']}/stop", headers=key)


def test_only_the_last_thing_said_can_be_tried_again(client: FlaskClient, key: dict[str, str], fake: LLM) -> None:
    fake.first_token = 5
    path, _ = ask(client, key)
    session_id = client.post(f"{path}/stop", headers=key).get_json()["session_id"]
    sent = client.post("/chat/message", json={"session_id": session_id, "message": "Well?"}, headers=key)
    assert client.post(f"{path}/retry", headers=key).status_code == 422
    client.post(f"/chat/replies/{sent.get_json()['reply_id']}/stop", headers=key)


def test_a_reply_of_another_session_is_not_there(client: FlaskClient, key: dict[str, str], fake: LLM) -> None:
    path, own = ask(client, key)
    _, other = ask(client, key)
    for action in ("stop", "retry"):
        assert client.post(f"{path}/{action}", headers={"Authorization": f"Bearer {other}"}).status_code == 404
    assert client.post(f"{path}/stop", headers={"Authorization": f"Bearer {own}"}).status_code == 200
