"""flask chat send: the way of the webhook, from a terminal."""

import json

from flask.testing import FlaskClient
from sqlalchemy import Engine

from tests.cli.conftest import Run
from tests.databases import both
from tests.make import NAME, SONG, make_payload, make_phone
from tests.rows import count

PHONE = "(415) 555-0123"


@both
def test_a_whole_conversation(run: Run) -> None:
    said = [run("chat", "send", PHONE, text).stdout for text in ("hello", NAME, SONG, "thanks")]
    assert said == [
        "What is your name?\n",
        f"Hello {NAME}, what is your favorite song?\n",
        f"Playing {SONG}\n",
        "Thank you for using the chatbot!\n",
    ]


def test_it_goes_on_where_the_webhook_left_off(run: Run, client: FlaskClient) -> None:
    phone = make_phone()
    client.post("/chat", json=make_payload(phone=phone, message="hello"))
    assert run("chat", "send", phone, NAME).stdout == f"Hello {NAME}, what is your favorite song?\n"


def test_json_gives_the_outcome(run: Run) -> None:
    outcome = json.loads(run("chat", "send", PHONE, "hello", "--json").stdout)
    assert outcome["message_id"] == f"{outcome['conversation_id']}.1"
    assert (outcome["reply"], outcome["state"]) == ("What is your name?", "AWAITING_NAME")
    assert (outcome["status"], outcome["replayed"]) == ("done", False)


def test_the_same_delivery_id_has_one_effect(run: Run, engine: Engine) -> None:
    first, second = (json.loads(run("chat", "send", PHONE, "hello", "--id", "one", "--json").stdout) for _ in range(2))
    assert second == {**first, "replayed": True}
    assert count(engine)["messages"] == 2


def test_a_delivery_id_used_for_another_message_is_refused(run: Run, engine: Engine) -> None:
    run("chat", "send", PHONE, "hello", "--id", "one")
    result = run("chat", "send", PHONE, "something else", "--id", "one")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "already used for another message" in result.stderr
    assert count(engine)["messages"] == 2


def test_what_is_no_number_is_answered_with_an_example(run: Run, engine: Engine) -> None:
    result = run("chat", "send", "12", "hello")
    assert result.exit_code == 1
    assert result.stderr == "Error: We read this as +1 12, but it is too short. For example: +14155550123\n"
    assert count(engine)["messages"] == 0


def test_an_empty_message_is_refused(run: Run, engine: Engine) -> None:
    assert run("chat", "send", PHONE, " ").exit_code == 1
    assert count(engine)["messages"] == 0


def test_a_missing_argument_is_a_mistake_in_use(run: Run) -> None:
    assert run("chat", "send", PHONE).exit_code == 2
