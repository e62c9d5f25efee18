"""What the page tells people to send is sent, line by line, and answered as it shows."""

import json
from urllib.parse import parse_qsl

from flask.testing import FlaskClient
from sqlalchemy import Engine, text
from werkzeug.test import TestResponse

from chatterkeep.services.wiring import Services
from chatterkeep.web.docs.families.health import UNHEALTHY
from tests.docs.test_runnable import plain
from tests.make import Clock
from tests.signing import signed, twilio_signed
from tests.web.docs.described import Described
from tests.web.docs.typed import HOST, request_of, shown


def test_every_line_of_curl_is_answered_as_the_page_shows(
    client: FlaskClient, described: Described, key: str, clock: Clock, services: Services
) -> None:
    known, done = {"KEY": key, "DOCUMENT": "", "ID": "", "REPLY": "", "TALK": "", "FILE": "", "PASSAGE": ""}, []
    for line, answer in shown(client.get("/docs").text):
        clock.forward(seconds=1)
        request = request_of(line, **known)
        if "X-Twilio-Signature" in line:
            url = f"{HOST}{request['path']}"
            request["headers"] = [*twilio_signed(dict(parse_qsl(request["data"])), url).items()]
        elif "$SIGNATURE" in line:
            headers = signed(request["data"].encode(), f"sms-{len(done)}", clock())
            request["headers"] = [*request["headers"][3:], *headers.items()]
        sent = client.open(**request)
        assert sent.status_code < 300, f"{line}\n{sent.text}"
        one = described.operation(request["method"], request["path"])
        described.check(one, sent)
        if sent.is_json:
            text = sent.text.replace("fake-1", "gpt-4.1-mini")
            assert json.loads(plain(text)) == json.loads(plain(answer)), line
            remember(sent, known, services)
        else:
            assert all(name.partition("{")[0] in sent.text for name in answer.splitlines())
        done.append(one.name)
    assert set(done) == {one.name for one in described}


def remember(sent: TestResponse, known: dict[str, str], services: Services) -> None:
    """Keep what later lines name: the first session that was opened, then the one that was started; its reply."""
    said = sent.json
    if "token" in said:
        known["ID"] = said["session_id"] if "context" in said else known["ID"] or said["id"]
    if "file_id" in said:
        known["FILE"] = said["file_id"]
    if "conversations" in said:
        known["TALK"] = said["conversations"][0]["id"]
    if "documents" in said or "passages" in said:
        known["DOCUMENT"] = said["documents"][0]["id"] if "documents" in said else said["id"]
    if "passages" in said:
        known["PASSAGE"] = services.knowledge.passages_of(said["id"])[0].id
    if said.get("status") == "message_sent":
        known["REPLY"] = said["reply_id"]


def test_every_example_of_a_body_fits_its_schema(described: Described) -> None:
    for one in (one for one in described if one.sends):
        for media in one.facts["requestBody"]["content"].values():
            assert media["examples"] or not one.facts["requestBody"]["required"] or one.path == "/webhooks/twilio"
            for example in media["examples"].values():
                described.validate(media["schema"], example["value"])


def test_every_example_of_an_answer_fits_its_schema(described: Described) -> None:
    examples = described.document["components"]["examples"]
    for one in described:
        for response in one.facts["responses"].values():
            for media in response["content"].values():
                for name, example in media["examples"].items():
                    value = examples[name]["value"] if "$ref" in example else example["value"]
                    described.validate(media["schema"], value)


def test_a_service_that_is_not_well_says_so_as_shown(client: FlaskClient, described: Described, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE alembic_version"))
    for path in ("/health", "/readyz"):
        answer = client.get(path)
        described.check(described.operation("GET", path), answer)
        assert json.loads(plain(answer.text)) == json.loads(plain(json.dumps(UNHEALTHY.answer)))
