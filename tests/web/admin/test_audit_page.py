"""/admin/audit and /admin/audit.csv."""

import csv
import io
import re

import pytest

from chatterkeep.domain.audit import Action, Actor
from chatterkeep.domain.staff import Role
from chatterkeep.services.wiring import Services
from chatterkeep.storage.crypto import Vault
from chatterkeep.storage.db import Database
from chatterkeep.web.admin.ledger import harmless
from tests import databases
from tests.audits import fill
from tests.make import PASSWORD, Clock
from tests.pages import Page
from tests.web.admin.desk import Desk, entries, step

AUDIT = "/admin/audit"
CSV = f"{AUDIT}.csv"


def numbers(page: Page) -> list[int]:
    return [int(number) for number in re.findall(r'data-label="Number" class="num">(\d+)<', page.html)]


def add(services: Services, clock: Clock, count: int, name: str = "kim") -> None:
    for _ in range(count):
        services.audit.record(Actor(name, "r1"), Action.LISTED, "", "phone, state", clock())


@databases.both
def test_it_shows_who_did_what_newest_first(desk: Desk, services: Services, clock: Clock) -> None:
    add(services, clock, 1)
    page = desk.open(AUDIT)
    assert page.heading == "Audit"
    assert numbers(page) == [3, 2, 1]
    assert "conversations.viewed" in page.html
    assert "phone, state" in page.html


@databases.both
def test_it_is_walked_there_and_back(desk: Desk, services: Services, clock: Clock) -> None:
    add(services, clock, 120)
    first = desk.open(AUDIT, actor="kim")
    second = desk.open(step(first, "next"))
    third = desk.open(step(second, "next"))
    assert [numbers(page)[0] - numbers(page)[-1] + 1 for page in (first, second, third)] == [50, 50, 20]
    assert step(third, "next") is None
    assert step(first, "prev") is None
    back = desk.open(step(third, "prev"))
    assert numbers(back) == numbers(second)
    assert numbers(desk.open(step(back, "prev"))) == numbers(first)
    assert "actor=kim" in step(third, "prev")


@databases.both
def test_filters_stand_in_the_address(desk: Desk, services: Services, clock: Clock) -> None:
    clock.forward(days=1)
    add(services, clock, 2)
    desk.log_in()
    assert numbers(desk.open(AUDIT, actor="kim")) == [4, 3]
    assert numbers(desk.open(AUDIT, action="login")) == [5, 2]
    assert numbers(desk.open(AUDIT, until="2026-03-14")) == [2, 1]
    page = desk.open(AUDIT, since="2026-03-15", actor="ada")
    assert numbers(page)[-1] == 5
    assert (page.value("since"), page.value("actor")) == ("2026-03-15", "ada")


@pytest.mark.parametrize(
    "query", [{"since": "soon"}, {"action": "dance"}, {"since": "2026-03-15", "until": "2026-03-14"}, {"before": "x"}]
)
def test_a_filter_that_cannot_be_used_is_explained(desk: Desk, services: Services, query: dict[str, str]) -> None:
    before = services.audit.newest(100)
    assert desk.open(AUDIT, 422, **query).alert
    if "before" not in query:
        assert desk.client.get(CSV, query_string=query).status_code == 422
    assert services.audit.newest(100) == before


@pytest.mark.parametrize("role", [Role.VIEWER, Role.AGENT])
def test_it_is_for_administrators_only(stranger: Desk, services: Services, clock: Clock, role: Role) -> None:
    services.staff.create("kim", PASSWORD, role, clock())
    stranger.log_in("kim")
    assert stranger.client.get(AUDIT).status_code == 403
    assert stranger.client.get(CSV).status_code == 403
    assert ">Audit</a>" not in stranger.open("/admin/conversations").html


@databases.both
def test_each_look_and_each_download_is_an_entry_itself(desk: Desk, services: Services) -> None:
    desk.open(AUDIT, actor="ada")
    desk.client.get(CSV, query_string={"action": "login"}).get_data()
    assert entries(services)[1:] == [
        ("ada", "audit.viewed", "", "actor"),
        ("ada", "audit.exported", "", "action"),
    ]


@databases.both
def test_the_file_has_all_entries_and_no_formula(
    desk: Desk, services: Services, clock: Clock, database: Database, vault: Vault
) -> None:
    fill(database, vault, 2100)
    formulas = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://evil.example","x")']
    for formula in formulas:
        services.audit.record(Actor("kim"), Action.READ, formula, formula, clock())
    answer = desk.client.get(CSV)
    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="chatterkeep-audit.csv"'
    heading, *rows = csv.reader(io.StringIO(answer.get_data(as_text=True), newline=""))
    assert heading[:4] == ["number", "at", "actor", "action"]
    assert [int(row[0]) for row in rows] == list(range(len(rows), 0, -1))
    assert len(rows) == 2100 + len(formulas) + 3
    assert [row[4] for row in rows[1 : len(formulas) + 1]] == [f"'{formula}" for formula in reversed(formulas)]
    assert all(not cell.startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows for cell in row)


def test_what_is_harmless_stays_as_it_is() -> None:
    assert [harmless(cell) for cell in ("", "ada", "1-1", "a=b", "'x")] == ["", "ada", "1-1", "a=b", "'x"]
