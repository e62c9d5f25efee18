"""A member of staff at a desk: fills in the forms that the pages show, and reads the list."""

import re
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from chatterkeep.domain.audit import Action, Entry
from chatterkeep.services.wiring import Services
from tests.make import PASSWORD
from tests.pages import Page

LOGIN = "/admin/login"
LIST = "/admin/conversations"
_LINK = re.compile(r'<th scope="row"><a href="([^"]*)"><bdi>([^<]*)</bdi>')


class Desk:
    """A browser with its cookies, on the staff pages."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def open(self, path: str, status: int = 200, **query: str) -> Page:
        answer = self.client.get(path, query_string=query or None)
        assert answer.status_code == status, answer.get_data(as_text=True)
        return Page(answer.get_data(as_text=True))

    def submit(self, path: str, **fields: str) -> TestResponse:
        """Send a form with the token of the page that is open."""
        return self.client.post(path, data={"csrf_token": self.token(), **fields})

    def token(self) -> str:
        """A token of this login, or of the visit before it."""
        page = self.open(LOGIN) if not self._signed_in() else self.open(LIST)
        return page.value("csrf_token")

    def log_in(self, username: str = "ada", password: str = PASSWORD, path: str = LOGIN) -> TestResponse:
        return self.submit(path, username=username, password=password)

    def _signed_in(self) -> bool:
        return self.client.get(LOGIN).status_code == 303


def links(page: Page) -> list[str]:
    """The addresses of the conversations in a list, from the top."""
    return [found[0].replace("&amp;", "&") for found in _LINK.findall(page.html)]


def people(page: Page) -> list[str]:
    """Whose conversations are in a list, from the top."""
    return [found[1] for found in _LINK.findall(page.html)]


def step(page: Page, rel: str) -> str | None:
    """Where the link to the older (`next`) or newer (`prev`) page leads."""
    found = page.all("a", rel=rel)
    return found[0]["href"] if found else None


def entries(services: Services, *but: Action) -> list[tuple[str, str, str, str]]:
    """What the audit holds of the pages, oldest first: who, what, to which, details."""
    kept = [entry for entry in services.audit.newest(1000)[::-1] if entry.action not in but]
    return [_told(entry) for entry in kept if entry.action is not Action.ACCOUNT_CREATED]


def _told(entry: Entry) -> tuple[Any, ...]:
    return (entry.actor.name, str(entry.action), entry.subject, entry.detail)
