"""Who used ChatterKeep's `/chat` can go on without a change, but for the key where the server asks for one.

Seed: requests at `/chat`, the states INITIAL, AWAITING_NAME, AWAITING_SONG and COMPLETE, one session for each phone.
What differs from it: state is nowhere in memory, so any number of workers will do; a phone in another spelling is the
same phone; `restart` begins anew; after COMPLETE a language model answers where one is configured.
"""

import pytest

from tests.clients.chatterkeep import ChatterKeep
from tests.clients.conftest import Site
from tests.make import make_phone

VOCABULARIES = [
    ("phone", "message", "reply"),
    ("user_phone", "user_message", "bot_message"),
    ("From", "Body", "Body"),
]


@pytest.mark.parametrize("form", [False, True], ids=["JSON", "form"])
@pytest.mark.parametrize("names", VOCABULARIES, ids=lambda names: names[0])
def test_the_dialogue_word_by_word(site: Site, names: tuple[str, str, str], form: bool) -> None:
    client = ChatterKeep(site.port, make_phone(), names, form, site.key)
    assert client.say("good morning") == "Invalid initial input, please say hello."
    assert client.say(" HeLLo ") == "What is your name?"
    assert client.say("Ada") == "Hello Ada, what is your favorite song?"
    assert client.say("Blackbird") == "Playing Blackbird"
    site.llm.says = "Meow."
    assert client.say("thanks") == "Meow."


def test_states_and_ids(site: Site) -> None:
    phone = make_phone()
    client = ChatterKeep(site.port, phone, VOCABULARIES[0], key=site.key)
    told = [client.post({"phone": phone, "message": text})[1] for text in ("hi", "hello", "Ada", "Blackbird")]
    assert [one["state"] for one in told] == ["INITIAL", "AWAITING_NAME", "AWAITING_SONG", "COMPLETE"]
    assert {one["phone"] for one in told} == {phone}
    assert len({one["session_id"] for one in told}) == len({one["conversation_id"] for one in told}) == 1
    for one in told:
        assert set(one) >= {"reply", "message_id", "reply_id", "status"}


def test_phones_do_not_mix(site: Site) -> None:
    clients = [ChatterKeep(site.port, make_phone(), VOCABULARIES[1], key=site.key) for _ in range(3)]
    for client in clients:
        client.say("hello")
    names = ("Ada", "Grace", "Edsger")
    said = [client.say(name) for client, name in zip(clients, names, strict=True)]
    assert said == [f"Hello {name}, what is your favorite song?" for name in names]


def test_the_same_delivery_is_heard_once(site: Site) -> None:
    client = ChatterKeep(site.port, make_phone(), VOCABULARIES[2], form=True, key=site.key)
    assert client.say("hello", MessageSid="SM1") == client.say("hello", MessageSid="SM1") == "What is your name?"
    assert client.say("Ada", MessageSid="SM2") == "Hello Ada, what is your favorite song?"


@pytest.mark.parametrize("fields", [{}, {"phone": "+14155550123"}, {"phone": "12", "message": "hello"}, {"phone": 1}])
def test_what_is_missing_or_wrong_is_said(site: Site, fields: dict[str, object]) -> None:
    status, answer = ChatterKeep(site.port, "", VOCABULARIES[0], key=site.key).post(fields)
    assert " 422 " in status
    assert answer["error"]["code"] == "VALIDATION_ERROR"
    assert answer["error"]["hint"]
