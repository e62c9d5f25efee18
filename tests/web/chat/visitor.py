"""A visitor without JavaScript, who proves a number, and the phone that belongs to it."""

import re
from dataclasses import dataclass, field
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.make import make_payload
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


def text(client: FlaskClient, phone: str, message: str, **more: str) -> TestResponse:
    return client.post("/chat", json=make_payload(phone=phone, message=message, **more))
