"""Everything that staff and commands do, one after the other, and the audit beside it: one entry each, no more."""

from collections.abc import Callable
from pathlib import Path

import pyotp
import pytest
from flask import Flask

from chatterkeep.domain.audit import Action
from chatterkeep.services.wiring import Services
from tests import databases
from tests.make import PASSWORD, Clock
from tests.web.admin.conftest import Talk
from tests.web.admin.desk import LIST, LOGIN, Desk
from tests.web.admin.test_second_factor import ACCOUNT, CODE, FACTOR, code_at, post, secret_of

NEW_PASSWORD = f"{PASSWORD}-renewed"
ELSEWHERE = {
    # What people do with their own numbers and links, and the server by itself, is tested where it is done.
    Action.PURGED,
    Action.PROVED,
    Action.SIGNED_OUT,
    Action.SETTING_CHANGED,
    # What programs do with conversations and files, in tests/services.
    Action.DELETED,
    Action.FILE_READ,
    Action.FILE_REMOVED,
    Action.FILE_INFECTED,
    # What is refused to a small role, in test_roles.py.
    Action.REFUSED,
}
CHANGED = "account.password_changed"
Step = tuple[str, Callable[[], object], list[str]]


class House:
    """What can be done, by name."""

    def __init__(self, app: Flask, desk: Desk, services: Services, clock: Clock, folder: Path) -> None:
        self.app, self.desk, self.services, self.clock = app, desk, services, clock
        self.paper = folder / "hours.md"
        self.secret = ""
        self.key = ""
        self.document = ""

    def flask(self, line: str, stdin: str = "") -> str:
        result = self.app.test_cli_runner().invoke(args=line.split(), input=stdin)
        assert result.exit_code == 0, result.output
        return result.stdout

    def make_key(self) -> None:
        self.key = self.flask("keys create --name shop --scope chat").strip()

    def set_up(self) -> None:
        post(self.desk, ACCOUNT, FACTOR, password=PASSWORD)
        self.secret = secret_of(self.desk.open(FACTOR))
        post(self.desk, FACTOR, f"{FACTOR}/confirm", code=code_at(self.secret, self.clock()))

    def code(self) -> None:
        self.clock.forward(minutes=1)
        assert post(self.desk, CODE, CODE, code=str(pyotp.TOTP(self.secret).at(self.clock()))).status_code == 303

    def out(self) -> None:
        post(self.desk, ACCOUNT, "/admin/logout")

    def teach(self, words: str) -> None:
        self.paper.write_text(words)
        self.document = self.flask(f"knowledge add {self.paper}").split()[-1]

    def forget(self) -> None:
        self.flask(f"knowledge remove {self.document} --yes")

    def guess(self) -> None:
        for _ in range(10):
            self.desk.log_in("ada", "wrong")


@pytest.fixture
def house(app: Flask, stranger: Desk, services: Services, clock: Clock, tmp_path: Path) -> House:
    return House(app, stranger, services, clock, tmp_path)


@databases.both
def test_each_sensitive_action_leaves_one_entry_and_nothing_else_does(
    house: House, talk: Talk, services: Services
) -> None:
    desk, flask, conversation = house.desk, house.flask, talk("hello")
    session = services.sessions.list(1, None).summaries[0].session_id
    steps: list[Step] = [
        ("make", lambda: flask("admin create ada --password-stdin", f"{PASSWORD}\n"), ["account.created"]),
        ("look at the form", lambda: desk.open(LOGIN), []),
        ("fail", lambda: desk.log_in("ada", "wrong"), ["login.failed"]),
        ("log in", lambda: desk.log_in(), ["login"]),
        ("list", lambda: desk.open(LIST), ["conversations.viewed"]),
        ("read", lambda: desk.open(f"{LIST}/{conversation}"), ["conversation.viewed"]),
        ("read nothing", lambda: desk.open(f"{LIST}/{conversation[:-1]}x", 404), []),
        ("reveal", lambda: post(desk, ACCOUNT, f"{LIST}/{conversation}/reveal"), ["number.revealed"]),
        ("search", lambda: desk.open("/admin/search", q="hello"), ["messages.searched"]),
        ("copy", lambda: desk.client.get(f"{LIST}/{conversation}/export/txt").get_data(), ["session.exported"]),
        ("audit", lambda: desk.open("/admin/audit"), ["audit.viewed"]),
        ("download", lambda: desk.client.get("/admin/audit.csv").get_data(), ["audit.exported"]),
        ("look at oneself", lambda: desk.open(ACCOUNT), []),
        ("change it", lambda: post(desk, ACCOUNT, ACCOUNT, old=PASSWORD, new=NEW_PASSWORD), [CHANGED]),
        ("and back", lambda: post(desk, ACCOUNT, ACCOUNT, old=NEW_PASSWORD, new=PASSWORD), [CHANGED]),
        ("wrong password", lambda: post(desk, ACCOUNT, FACTOR, password="wrong"), ["login.failed"]),
        ("set up", house.set_up, ["account.second_factor_on"]),
        ("out", house.out, ["logout"]),
        ("password", lambda: desk.log_in(), ["login.begun"]),
        ("wrong code", lambda: post(desk, CODE, CODE, code="000000"), ["login.failed"]),
        ("code", house.code, ["login"]),
        ("take off", lambda: post(desk, ACCOUNT, f"{FACTOR}/remove", password=PASSWORD), ["account.second_factor_off"]),
        ("set up again", house.set_up, ["account.second_factor_on"]),
        ("lost", lambda: flask("admin second-factor ada --off"), ["account.second_factor_off"]),
        ("lost already", lambda: flask("admin second-factor ada --off"), []),
        ("guess", house.guess, [*["login.failed"] * 10, "account.locked"]),
        ("too late", lambda: desk.log_in(), ["login.failed"]),
        ("unlock", lambda: flask("admin unlock ada"), ["account.unlocked"]),
        ("role", lambda: flask("admin role ada viewer"), ["account.role_changed"]),
        ("passwd", lambda: flask("admin passwd ada --password-stdin", f"{PASSWORD}\n"), [CHANGED]),
        ("disable", lambda: flask("admin disable ada"), ["account.disabled"]),
        ("enable", lambda: flask("admin enable ada"), ["account.enabled"]),
        ("accounts", lambda: flask("admin list"), []),
        ("key", house.make_key, ["key.made"]),
        ("keys", lambda: flask("keys list"), []),
        ("revoke", lambda: flask(f"keys revoke {house.key[:16]} --yes"), ["key.revoked"]),
        ("again", lambda: flask(f"keys revoke {house.key[:16]} --yes"), []),
        ("sessions", lambda: flask("sessions list"), []),
        ("numbers", lambda: flask("sessions list --reveal"), ["number.revealed"]),
        ("session", lambda: flask(f"sessions show {session}"), ["conversation.viewed"]),
        ("rotate", lambda: flask("keys rotate secret"), ["key.introduced", "key.used", "key.rotated"]),
        ("retire", lambda: flask("keys retire secret 1 --anyway --yes"), ["key.retired"]),
        ("document", lambda: house.teach("We open at nine."), ["document.added"]),
        ("the same", lambda: house.teach("We open at nine."), []),
        ("another", lambda: house.teach("We open at ten."), ["document.replaced"]),
        ("forget", house.forget, ["document.removed"]),
        ("documents", lambda: flask("knowledge list"), []),
        ("question", lambda: flask("knowledge search open"), []),
        ("purge nothing", lambda: flask("sessions purge --older-than 90d --yes"), []),
        ("erase", lambda: flask(f"sessions erase {session} --yes"), ["session.erased"]),
        ("erase nothing", lambda: flask(f"sessions erase {session} --yes"), []),
        ("audit list", lambda: flask("audit list"), []),
        ("audit verify", lambda: flask("audit verify"), []),
        ("audit accept", lambda: flask("audit accept --yes"), ["audit.accepted"]),
    ]  # fmt: skip
    said: list[str] = []
    for name, do, expected in steps:
        before = len(services.audit.newest(1000))
        do()
        entries = services.audit.newest(1000)
        told = [str(entry.action) for entry in entries[: len(entries) - before]][::-1]
        assert (name, told) == (name, expected)
        said += told
    assert {Action(action) for action in said} == set(Action) - ELSEWHERE
    assert services.audit.verify().faults == ()
