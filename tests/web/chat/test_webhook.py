"""`POST /chat`: a phone and a message in, the bot's answer out, in the caller's own words."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.make import NAME, SONG, Clock, make_payload, make_phone

OTHERS = {"state", "session_id", "conversation_id", "message_id", "reply_id", "status", "sources"}
VOCABULARIES = {
    "plain": ("phone", "message", "reply"),
    "chat-service": ("user_phone", "user_message", "bot_message"),
    "provider": ("From", "Body", "Body"),
}
THREE = pytest.mark.parametrize("words", VOCABULARIES.values(), ids=VOCABULARIES)
BOTH = pytest.mark.parametrize("form", [False, True], ids=["json", "form"])


def send(client: FlaskClient, fields: dict[str, Any], form: bool = False, **headers: str) -> TestResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if form:
        return client.post("/chat", data=fields, headers=named)
    return client.post("/chat", json=fields, headers=named)


@THREE
@BOTH
def test_the_dialogue_is_the_contract_word_by_word(
    client: FlaskClient, words: tuple[str, str, str], form: bool
) -> None:
    phone, message, reply = words
    number = make_phone()
    talk = [
        ("good morning", "Invalid initial input, please say hello.", "INITIAL"),
        (" Hello ", "What is your name?", "AWAITING_NAME"),
        (NAME, f"Hello {NAME}, what is your favorite song?", "AWAITING_SONG"),
        (SONG, f"Playing {SONG}", "COMPLETE"),
        ("thanks", "Thank you for using the chatbot!", "COMPLETE"),
    ]
    for said, heard, state in talk:
        body = send(client, {phone: number, message: said}, form).json
        assert set(body) == {phone, reply} | OTHERS
        assert (body[phone], body[reply], body["state"], body["status"]) == (number, heard, state, "done")


@BOTH
def test_any_spelling_of_a_number_is_the_same_person(client: FlaskClient, form: bool) -> None:
    spellings = ("+14155550142", "(415) 555-0142", "0014155550142", "tel:+1-415-555-0142")
    bodies = [send(client, make_payload(phone=spelling), form).json for spelling in spellings]
    assert len({body["session_id"] for body in bodies}) == 1
    assert {body["phone"] for body in bodies} == {"+14155550142"}


def test_whatsapp_is_a_person_of_its_own(client: FlaskClient) -> None:
    number = make_phone()
    sms = send(client, {"From": number, "Body": "hello"}, form=True).json
    whatsapp = send(client, {"From": f"whatsapp:{number}", "Body": "hello"}, form=True).json
    assert sms["session_id"] != whatsapp["session_id"]


def test_a_plus_that_a_form_lost_is_found_again(client: FlaskClient) -> None:
    sent = client.post("/chat", data="From=+447911123456&Body=hello", content_type="application/x-www-form-urlencoded")
    assert sent.json["From"] == "+447911123456"


def test_ids_name_the_message_and_its_reply(client: FlaskClient) -> None:
    number = make_phone()
    first, second = (send(client, make_payload(phone=number)).json for _ in range(2))
    assert first["message_id"] == f"{first['conversation_id']}.1"
    assert first["reply_id"] == f"{first['conversation_id']}.2"
    assert second["message_id"] == f"{first['conversation_id']}.3"


def test_a_text_is_answered_as_it_was_typed(client: FlaskClient) -> None:
    number = make_phone()
    send(client, make_payload(phone=number))
    assert send(client, make_payload(phone=number, message="{song} <b>")).json["reply"].startswith("Hello {song} <b>,")


IDS = {
    "id": ({"id": "SM1"}, {}),
    "MessageSid": ({"MessageSid": "SM1"}, {}),
    "header": ({}, {"Idempotency_Key": "SM1"}),
    "quoted header": ({}, {"Idempotency_Key": '"SM1"'}),
}


@pytest.mark.parametrize(("fields", "headers"), IDS.values(), ids=IDS)
@BOTH
def test_a_delivery_that_comes_again_gets_the_same_bytes(
    client: FlaskClient, fields: dict[str, str], headers: dict[str, str], form: bool
) -> None:
    payload = make_payload(**fields)
    first = send(client, payload, form, **headers)
    again = send(client, payload, form, **headers)
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.data == first.data


@pytest.mark.parametrize("one", IDS)
@pytest.mark.parametrize("other", IDS)
def test_an_id_is_the_same_wherever_it_stands(client: FlaskClient, one: str, other: str) -> None:
    payload = make_payload()
    answers = [send(client, payload | IDS[name][0], **IDS[name][1]) for name in (one, other)]
    assert answers[0].data == answers[1].data


def test_a_replay_is_the_same_after_a_year_and_many_messages(client: FlaskClient, clock: Clock) -> None:
    payload = make_payload(id="SM1")
    first = send(client, payload)
    for text in (NAME, SONG, "restart"):
        send(client, make_payload(phone=payload["phone"], message=text))
    clock.forward(days=365)
    assert send(client, payload).data == first.data


@pytest.mark.parametrize(
    "changed",
    [{"message": "goodbye"}, {"phone": "+14155550998"}],
    ids=["another text", "another number"],
)
def test_an_id_used_for_something_else_is_a_conflict(client: FlaskClient, changed: dict[str, str]) -> None:
    payload = make_payload(id="SM1")
    send(client, payload)
    answer = send(client, payload | changed)
    assert answer.status_code == 409
    assert answer.json["error"]["code"] == "IDEMPOTENCY_CONFLICT"


PREFERENCES = {
    "wait=5": "wait=5",
    "wait=0": "wait=0",
    "wait=99999": "wait=10",
    "respond-async": "wait=0",
    "respond-async, wait=8": "wait=0",
    'wait="7"': "wait=7",
    "wait=-1": None,
    "wait=soon": None,
    "wait": None,
    "return=minimal": None,
    "": None,
    "wait=" + "9" * 5000: "wait=10",
}


@pytest.mark.parametrize("prefer", PREFERENCES, ids=lambda text: text[:24] or "empty")
def test_a_preference_is_capped_or_ignored_and_told(client: FlaskClient, prefer: str) -> None:
    answer = send(client, make_payload(), Prefer=prefer)
    assert answer.status_code == 200
    assert answer.headers.get("Preference-Applied") == PREFERENCES[prefer]


def test_silence_of_a_day_starts_over(client: FlaskClient, clock: Clock) -> None:
    number = make_phone()
    first = send(client, make_payload(phone=number)).json
    clock.forward(hours=24, seconds=1)
    second = send(client, make_payload(phone=number)).json
    assert second["state"] == "AWAITING_NAME"
    assert second["session_id"] == first["session_id"]
    assert second["conversation_id"] != first["conversation_id"]


def test_nothing_of_an_answer_may_be_kept_by_a_cache(client: FlaskClient) -> None:
    assert send(client, make_payload()).headers["Cache-Control"] == "no-store"
