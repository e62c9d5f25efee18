"""A new secret signs; what the one before it signed holds until that is retired. No server is started again."""

import pytest
from flask import Flask

from chatterkeep.domain.errors import InvalidInput
from chatterkeep.domain.inbox import Place
from chatterkeep.domain.search import Mark
from chatterkeep.services.wiring import Services
from chatterkeep.settings import Settings
from chatterkeep.web import tickets
from chatterkeep.web.admin.filters import InboxFilters, read_step, write_cursor
from chatterkeep.web.admin.searching import read_mark, write_mark
from tests.make import NOW
from tests.web.admin.desk import LIST, Desk

MARK = Mark(NOW, 7, 1)
SESSION = "00000000-0000-4000-8000-000000000001"


def rotate(services: Services, settings: Settings) -> None:
    services.rotation.introduce(settings.keys, "secret", NOW)
    services.rotation.use(settings.keys, "secret", NOW)
    services.rotation.finish(settings.keys, "secret", "", NOW)


def test_a_login_and_an_open_form_outlive_the_secret(desk: Desk, services: Services, settings: Settings) -> None:
    token = desk.token()
    rotate(services, settings)
    desk.open(LIST)
    assert desk.client.post("/admin/logout", data={"csrf_token": token}).status_code == 303


def test_what_is_signed_afterwards_needs_the_old_secret_no_more(
    desk: Desk, services: Services, settings: Settings
) -> None:
    rotate(services, settings)
    desk.client.post("/admin/logout", data={"csrf_token": desk.token()})
    assert desk.log_in().status_code == 303
    services.rotation.retire(settings.keys, "secret", 1, NOW)
    desk.open(LIST)


def test_once_it_is_retired_a_login_it_signed_is_none(desk: Desk, services: Services, settings: Settings) -> None:
    rotate(services, settings)
    services.rotation.retire(settings.keys, "secret", 1, NOW)
    assert desk.client.get(LIST).status_code == 303


def test_tickets_and_places_in_the_list_outlive_it_too(app: Flask, services: Services, settings: Settings) -> None:
    with app.test_request_context():
        ticket, cursor = tickets.issue(SESSION), write_cursor(Place(NOW, 7), InboxFilters())
        rotate(services, settings)
        assert tickets.redeem(ticket) == (SESSION, None)
        step = read_step({"before": cursor}, InboxFilters())
    assert step is not None
    assert step.place == Place(NOW, 7)


def test_tickets_and_places_are_signed_by_the_new_secret(app: Flask, services: Services, settings: Settings) -> None:
    with app.test_request_context():
        old, old_cursor = tickets.issue(SESSION), write_cursor(Place(NOW, 7), InboxFilters())
        old_mark = write_mark(MARK, "hello")
        rotate(services, settings)
        new, new_cursor = tickets.issue(SESSION), write_cursor(Place(NOW, 7), InboxFilters())
        new_mark = write_mark(MARK, "hello")
        services.rotation.retire(settings.keys, "secret", 1, NOW)
        assert (tickets.redeem(old), tickets.redeem(new)) == (None, (SESSION, None))
        assert read_step({"before": new_cursor}, InboxFilters())
        with pytest.raises(InvalidInput):
            read_step({"before": old_cursor}, InboxFilters())
        assert read_mark({"before": new_mark}, "hello") == MARK
        with pytest.raises(InvalidInput):
            read_mark({"before": old_mark}, "hello")
