"""What the page of an attempt says while nothing can be done but to wait, or where a code goes to no phone."""

import pytest
from flask.testing import FlaskClient

from chatterkeep.services.wiring import Services
from tests.carrier import Pigeonhole, attached
from tests.make import Clock, make_phone
from tests.pages import Page
from tests.web.chat.visitor import Visitor


@pytest.fixture
def carrier(services: Services) -> Pigeonhole:
    return attached(services)


@pytest.fixture
def visitor(client: FlaskClient) -> Visitor:
    return Visitor(client, make_phone()).start()


def lock(visitor: Visitor, carrier: Pigeonhole, clock: Clock) -> None:
    """Try ten wrong codes."""
    visitor.begin()
    for number in (1, 2):
        clock.forward(minutes=1)
        visitor.ask()
        code = carrier.code(number)
        for _ in range(5):
            visitor.post(visitor.attempt, code=f"{(int(code) + 1) % 1_000_000:06d}")


def test_after_ten_wrong_codes_the_page_offers_nothing_that_does_not_work(
    visitor: Visitor, carrier: Pigeonhole, clock: Clock
) -> None:
    lock(visitor, carrier, clock)
    clock.forward(minutes=5)
    refused = visitor.post(visitor.attempt, code="123456")
    page = Page(refused.text)
    assert (refused.status_code, page.alert) == (429, "There were too many wrong codes for this number.")
    assert refused.headers["Retry-After"] == str(24 * 3600 - 6 * 60)
    for shown in (page, visitor.page(visitor.attempt)):
        assert "Text us the code below, or come back in 24 hours." in shown.html
        assert "on its way" not in shown.html
        assert "left." not in shown.html
        assert shown.all("form", action=f"{visitor.attempt}/code") == []
        assert shown.all("input", name="code") == []
    assert visitor.shown()


def test_who_asked_for_no_code_is_not_told_what_others_tried(
    client: FlaskClient, visitor: Visitor, carrier: Pigeonhole, clock: Clock
) -> None:
    lock(visitor, carrier, clock)
    other = Visitor(client, visitor.phone).start().begin()
    page = other.page(other.attempt)
    assert page.all("form", action=f"{other.attempt}/code")
    assert "too many" not in page.html


def test_a_code_that_went_to_the_log_is_looked_for_there(visitor: Visitor, carrier: Pigeonhole) -> None:
    words = "This server is for trying out: the code is in its log."
    visitor.begin().ask()
    assert words not in visitor.page(visitor.attempt).html
    carrier.name = "console"
    assert words in visitor.page(visitor.attempt).html
