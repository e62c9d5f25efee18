"""A ticket opens one session, once, for half a minute; whatever else is shown opens nothing."""

import time
from collections.abc import Iterator

import pytest
from flask import Flask
from itsdangerous import URLSafeTimedSerializer

from chatterkeep.web import tickets

SESSION = "af95080d-1670-4f45-8a47-db211c81abf9"
OPENED = (SESSION, None)
TOKEN = bytes(range(32))


@pytest.fixture(autouse=True)
def _within(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def test_a_ticket_opens_its_session_once() -> None:
    ticket = tickets.issue(SESSION)
    assert tickets.redeem(ticket) == OPENED
    assert tickets.redeem(ticket) is None


def test_each_ticket_is_another_one_and_is_used_alone() -> None:
    first, second = tickets.issue(SESSION), tickets.issue(SESSION)
    assert first != second
    assert [tickets.redeem(first), tickets.redeem(second)] == [OPENED, OPENED]


def test_a_ticket_that_was_changed_anywhere_opens_nothing() -> None:
    ticket = tickets.issue(SESSION)
    for place in range(len(ticket) - 1):  # the last character holds bits that are not used
        changed = ticket[:place] + ("A" if ticket[place] != "A" else "B") + ticket[place + 1 :]
        assert tickets.redeem(changed) is None, place
    assert tickets.redeem(ticket) == OPENED, "what was forged has used nothing up"


@pytest.mark.parametrize("text", ["", ".", "..", "x", "x" * 10_000, "\u00e9", SESSION])
def test_what_is_no_ticket_opens_nothing(text: str) -> None:
    assert tickets.redeem(text) is None


def test_a_ticket_is_good_for_half_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    early, late = tickets.issue(SESSION), tickets.issue(SESSION)
    monkeypatch.setattr(time, "time", lambda: now + tickets.LIFETIME)
    assert tickets.redeem(early) == OPENED
    monkeypatch.setattr(time, "time", lambda: now + tickets.LIFETIME + 2)
    assert tickets.redeem(late) is None


def test_what_is_signed_for_something_else_is_no_ticket(app: Flask) -> None:
    """The cookie of staff, the cursors of lists: the same key signs them, under other names."""
    keys = app.config["SIGNING_KEYS"]
    for salt in ("cookie-session", "chatterkeep.cursor", "itsdangerous", ""):
        assert tickets.redeem(URLSafeTimedSerializer(keys, salt=salt).dumps([SESSION, "x", ""])) is None
    assert tickets.redeem(URLSafeTimedSerializer(keys, salt="chatterkeep.ticket").dumps([SESSION, "x", ""])) == OPENED


def test_a_ticket_remembers_the_token_it_was_asked_for_with() -> None:
    assert tickets.redeem(tickets.issue(SESSION, TOKEN)) == (SESSION, TOKEN)


def test_a_ticket_of_an_older_form_opens_nothing(app: Flask) -> None:
    older = URLSafeTimedSerializer(app.config["SIGNING_KEYS"], salt="chatterkeep.ticket").dumps([SESSION, "x"])
    assert tickets.redeem(older) is None
