"""Many messages at once, through several processes: each stored once, answered once, in order, and for ever."""

import pytest

from chatterkeep.domain.messages import Author
from tests.concurrency.conftest import Busy
from tests.make import NAME, make_payload, make_phone

pytestmark = [pytest.mark.xdist_group("concurrency"), pytest.mark.slow]
TURN = [Author.CUSTOMER, Author.BOT]


def test_two_hundred_messages_of_one_phone(busy: Busy) -> None:
    phone = make_phone()
    payloads = [make_payload(phone=phone, message=f"nope {n}", id=f"hot-{phone}-{n}") for n in range(200)]
    answers = busy.at_once(lambda n: busy.insist(payloads[n]), 200)
    assert {answer.status for answer in answers} == {200}

    lines = busy.history(phone)
    assert [line.position.seq for line in lines] == list(range(1, 401))
    assert [line.author for line in lines] == TURN * 200
    assert sorted(line.text for line in lines[::2]) == sorted(payload["message"] for payload in payloads)
    stored = {f"{line.conversation_id}.{line.position.seq}": line.text for line in lines}
    assert [stored[answer.json["message_id"]] for answer in answers] == [payload["message"] for payload in payloads]

    again = busy.at_once(lambda n: busy.insist(payloads[n]), 200)
    assert [answer.body for answer in again] == [answer.body for answer in answers]
    assert len(busy.history(phone)) == 400


def test_one_delivery_posted_twenty_times_at_once(busy: Busy) -> None:
    phone = make_phone()
    payload = make_payload(phone=phone, id=f"same-{phone}")
    answers = busy.at_once(lambda _: busy.post(payload), 20)
    assert {answer.status for answer in answers} == {200}
    assert len({answer.body for answer in answers}) == 1
    assert sum("Idempotent-Replayed" not in answer.headers for answer in answers) == 1
    assert [line.text for line in busy.history(phone)] == ["hello", "What is your name?"]


def test_one_id_raced_for_by_two_messages_belongs_to_one(busy: Busy) -> None:
    phone = make_phone()
    texts = ["hello", "good evening"]
    answers = busy.at_once(
        lambda n: busy.post(make_payload(phone=phone, message=texts[n % 2], id=f"raced-{phone}")), 20
    )
    assert sorted(answer.status for answer in answers) == [200] * 10 + [409] * 10
    assert len(busy.history(phone)) == 2


def test_many_phones_at_once_keep_their_own_words(busy: Busy) -> None:
    phones = [make_phone() for _ in range(60)]

    def talk(n: int) -> list[str]:
        said = ["hello", f"{NAME} {n}", f"song {n}", "thanks"]
        return [busy.post(make_payload(phone=phones[n], message=text)).json["reply"] for text in said]

    for n, heard in enumerate(busy.at_once(talk, 60)):
        assert heard == [
            "What is your name?",
            f"Hello {NAME} {n}, what is your favorite song?",
            f"Playing song {n}",
            "Thank you for using the chatbot!",
        ]
    assert [len(busy.history(phone)) for phone in phones] == [8] * 60


def test_a_first_message_sent_by_many_hands_makes_one_session(busy: Busy) -> None:
    phone = make_phone()
    answers = busy.at_once(lambda n: busy.post(make_payload(phone=phone, message=f"first {n}")), 12)
    assert len({answer.json["session_id"] for answer in answers}) == 1
    assert len({answer.json["conversation_id"] for answer in answers}) == 1
