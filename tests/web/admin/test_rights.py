"""Staff see a whole number, hand out a copy, erase a person: each once in the audit, and only by a form of ours."""

from uuid import uuid4

import pytest

from chatterkeep.services.wiring import Services
from tests import databases
from tests.make import NAME, make_phone
from tests.web.admin.conftest import Talk
from tests.web.admin.desk import LIST, Desk, entries

STRANGE = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def phone() -> str:
    return make_phone()


@pytest.fixture
def place(talk: Talk, phone: str, desk: Desk) -> str:
    """The address of somebody's conversation."""
    return f"{LIST}/{talk('hello', NAME, phone=phone)}"


def told(services: Services, *actions: str) -> list[tuple[str, str, str, str]]:
    return [entry for entry in entries(services) if entry[1] in actions]


@databases.both
def test_a_number_is_shown_whole_this_once(desk: Desk, services: Services, place: str, phone: str) -> None:
    assert phone[-7:-4] + "-" + phone[-4:] not in desk.open(place).html
    answer = desk.submit(f"{place}/reveal")
    assert answer.status_code == 200
    assert f"{phone[-7:-4]}-{phone[-4:]}" in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert told(services, "number.revealed") == [("ada", "number.revealed", place[len(LIST) + 1 :], "")]
    assert phone[-7:] not in str(entries(services))
    desk.submit(f"{place}/reveal")
    assert len(told(services, "number.revealed")) == 2


def test_a_number_is_revealed_by_a_form_of_ours_alone(desk: Desk, services: Services, place: str) -> None:
    assert desk.client.get(f"{place}/reveal").status_code == 405
    assert desk.client.post(f"{place}/reveal").status_code == 400
    assert told(services, "number.revealed") == []


def test_there_is_nothing_to_reveal_where_no_number_is_known(desk: Desk, services: Services) -> None:
    session = desk.client.post("/sessions", json={}).json
    conversation = services.sessions.conversation_of(session["id"])
    assert "/reveal" not in desk.open(f"{LIST}/{conversation}").html
    for which in (conversation, STRANGE):
        assert desk.submit(f"{LIST}/{which}/reveal").status_code == 404


@databases.both
def test_a_copy_for_the_person_leaves_one_line(desk: Desk, services: Services, place: str, phone: str) -> None:
    answer = desk.client.get(f"{place}/export/json")
    assert answer.json["numbers"][0]["phone"] == phone
    [entry] = told(services, "session.exported")
    assert (entry[0], entry[3]) == ("ada", "4 messages as json")
    assert desk.client.get(f"{LIST}/{STRANGE}/export/json").status_code == 404


@databases.both
def test_a_person_is_erased_with_the_word_and_leaves_one_line(desk: Desk, services: Services, place: str) -> None:
    page = desk.open(f"{place}/erase")
    assert "<li>4 messages</li>" in page.html
    receipt = page.value("receipt")
    refused = desk.submit(f"{place}/erase", word="yes", receipt=receipt)
    assert (refused.status_code, told(services, "session.erased")) == (422, [])
    for _ in range(2):
        answer = desk.submit(f"{place}/erase", word="Erase", receipt=receipt)
        assert (answer.status_code, answer.location) == (303, f"/admin/erased/{receipt}")
    assert desk.client.get(place).status_code == 404
    [entry] = told(services, "session.erased")
    assert (entry[0], entry[3]) == ("ada", "1 session, 1 conversation, 4 messages, 1 number")
    assert desk.submit(f"{place}/erase", word="Erase", receipt=str(uuid4())).status_code == 404


def test_a_foreign_form_erases_nothing(desk: Desk, place: str) -> None:
    assert desk.client.post(f"{place}/erase", data={"word": "erase"}).status_code == 400
    assert desk.client.get(place).status_code == 200
