"""The pages on which a number is proved, without JavaScript; and what nobody learns there without a proof."""

import re
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from chatterkeep.services.wiring import Services
from tests import databases
from tests.carrier import Pigeonhole, attached
from tests.make import NAME, make_payload, make_phone
from tests.pages import Page


@dataclass
class Visitor:
    """Somebody with a browser."""

    client: FlaskClient
    phone: str
    address: str = ""
    attempt: str = ""
    seen: list[TestResponse] = field(default_factory=list)

    def start(self) -> "Visitor":
        self.address = self.post("/", phone=self.phone).location
        return self

    def begin(self) -> "Visitor":
        self.attempt = self.post(f"{self.address}/verify").location
        return self

    def ask(self) -> TestResponse:
        return self.post(f"{self.attempt}/code")

    def post(self, path: str, **fields: Any) -> TestResponse:
        return self._kept(self.client.post(path, data=fields))

    def page(self, path: str = "") -> Page:
        return Page(self._kept(self.client.get(path or self.address)).text)

    def shown(self) -> str:
        """The code to be texted in."""
        found = re.search(r"<code>(\w{3} \w{3})</code>", self.page(self.attempt).html)
        assert found
        return found[1]

    def _kept(self, answer: TestResponse) -> TestResponse:
        self.seen.append(answer)
        return answer


@pytest.fixture
def carrier(services: Services) -> Pigeonhole:
    return attached(services)


@pytest.fixture
def visitor(client: FlaskClient) -> Visitor:
    return Visitor(client, make_phone()).start()


def text(client: FlaskClient, phone: str, message: str, **more: str) -> TestResponse:
    return client.post("/chat", json=make_payload(phone=phone, message=message, **more))


@databases.both
def test_the_way_by_a_code_that_is_sent(client: FlaskClient, carrier: Pigeonhole, visitor: Visitor) -> None:
    text(client, visitor.phone, NAME)
    visitor.begin()
    assert visitor.ask().location == visitor.attempt
    page = visitor.page(visitor.attempt)
    box = page.all("input", name="code")[0]
    assert (box["inputmode"], box["autocomplete"], "maxlength" in box) == ("numeric", "one-time-code", False)
    done = visitor.post(visitor.attempt, code=f"Your code is {carrier.code()}!")
    assert done.status_code == 303
    assert NAME in visitor.page(done.location).messages
    assert client.get(visitor.address).status_code == 404


@databases.both
def test_the_way_by_a_code_that_is_texted_in(client: FlaskClient, visitor: Visitor) -> None:
    text(client, visitor.phone, NAME)
    visitor.begin()
    early = visitor.post(visitor.attempt)
    assert (early.status_code, Page(early.text).alert) == (422, "Nothing has come yet. It can take a minute.")
    told = text(client, visitor.phone, visitor.shown().lower().replace(" ", ""))
    assert told.json
    assert told.json["reply"] == "Thank you, that is the right code. Your page goes on by itself."
    done = visitor.post(visitor.attempt)
    assert NAME in visitor.page(done.location).messages
    assert client.get(visitor.address).status_code == 404
