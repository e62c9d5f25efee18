"""What staff do leaves exactly one line each, and nothing private in it."""

from sqlalchemy import Engine, text

from chatterkeep.domain.audit import Action
from chatterkeep.domain.errors import StoreBusy
from chatterkeep.services.wiring import Services
from tests import databases
from tests.make import NAME, PASSWORD
from tests.web.admin.conftest import Talk
from tests.web.admin.desk import LIST, LOGIN, Desk, entries

LOOKS = (Action.LISTED,)


@databases.both
def test_a_login_and_each_that_failed_leave_a_line(stranger: Desk, ada: str, services: Services) -> None:
    stranger.log_in("ada", "wrong")
    stranger.log_in("bob", "wrong")
    stranger.log_in(PASSWORD, "")
    services.staff.disable("ada", services.clock())
    stranger.log_in()
    services.staff.enable("ada", services.clock())
    stranger.log_in()
    assert entries(services) == [
        ("nobody", "login.failed", "ada", "wrong password"),
        ("nobody", "login.failed", "", "no such account"),
        ("nobody", "login.failed", "", "no such account"),
        ("command line", "account.disabled", "ada", ""),
        ("nobody", "login.failed", "ada", "disabled"),
        ("command line", "account.enabled", "ada", ""),
        ("ada", "login", "ada", ""),
    ]


@databases.both
def test_each_look_leaves_a_line_that_names_the_filters_but_not_what_was_sought(
    desk: Desk, talk: Talk, services: Services
) -> None:
    conversation = talk("hello", NAME, phone="+14155550142")
    desk.open(LIST)
    desk.open(LIST, phone="(415) 555-0142", state="AWAITING_SONG", owner="")
    desk.open(f"{LIST}/{conversation}")
    assert entries(services)[1:] == [
        ("ada", "conversations.viewed", "", ""),
        ("ada", "conversations.viewed", "", "phone, state"),
        ("ada", "conversation.viewed", conversation, ""),
    ]


def test_each_step_through_the_list_and_a_conversation_is_a_look(desk: Desk, talk: Talk, services: Services) -> None:
    for _ in range(51):
        talk("hello")
    page = desk.open(LIST)
    second = desk.open(page.all("a", rel="next")[0]["href"])
    desk.open(second.all("a", rel="prev")[0]["href"])
    assert [entry[1] for entry in entries(services)] == ["login", *["conversations.viewed"] * 3]


def test_what_shows_nothing_leaves_no_line(desk: Desk, services: Services) -> None:
    before = entries(services)
    desk.open(LIST, 422, phone="nonsense")
    desk.open(f"{LIST}/00000000-0000-4000-8000-000000000000", 404)
    desk.client.get("/admin/")
    desk.client.get(LOGIN)
    assert entries(services) == before


def test_a_line_carries_the_id_of_its_request(desk: Desk, services: Services) -> None:
    answer = desk.client.get(LIST)
    assert services.audit.newest(1)[0].actor.request_id == answer.headers["X-Request-Id"]


def test_nobody_reads_what_could_not_be_written_down(
    desk: Desk, talk: Talk, services: Services, engine: Engine
) -> None:
    conversation = talk("hello", NAME)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE audit RENAME TO audit_elsewhere"))
    for path in (LIST, f"{LIST}/{conversation}"):
        answer = desk.client.get(path)
        assert answer.status_code >= 500
        assert NAME not in answer.text


def test_a_store_that_is_busy_shows_nothing_either(desk: Desk, talk: Talk, services: Services, monkeypatch) -> None:
    def busy(*_: object) -> None:
        raise StoreBusy

    talk("hello", NAME)
    monkeypatch.setattr("chatterkeep.storage.audit.add", busy)
    answer = desk.client.get(LIST)
    assert (answer.status_code, NAME in answer.text) == (503, False)
