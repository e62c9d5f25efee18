"""The server dies in the middle of a message, and comes back."""

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests import servers
from tests.browser.talk import box, press_send, sees, stored, unsent, visit
from tests.browser.visits import Visits
from tests.make import NAME
from tests.servers import Server, running


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """Ends what is entered when the test is over: asked for before `visits`, after its pages are closed."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def serve(
    tmp_path: Path, template: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], AbstractContextManager[Server]]:
    """Serves the same data on the same port each time."""
    folder, port = shutil.copytree(template, tmp_path / "data"), servers.free_port()
    monkeypatch.setattr(servers, "free_port", lambda: port)
    return lambda: running(folder, workers=1)


def hold(server: Server) -> None:
    """Let the workers stand still: what is sent to them waits."""
    for process in server.workers:
        os.kill(process, signal.SIGSTOP)


def kill(server: Server) -> None:
    """End the server and its workers at once, as a power cut does."""
    for process in (*server.workers, server.process.pid):
        os.kill(process, signal.SIGKILL)
    server.process.wait()


def test_a_message_under_way_when_the_server_dies_is_kept_and_sent_again(
    serve: Callable[[], AbstractContextManager[Server]], stack: ExitStack, visits: Visits
) -> None:
    visits.expect("net::ERR_", "htmx:(sendError|afterRequest)")
    server = stack.enter_context(serve())
    page = visits.page(server)
    retry = page.get_by_role("button", name="Retry", exact=True)
    visit(page, server, "hello")
    hold(server)
    press_send(page, NAME)
    expect(unsent(page).get_by_text("Sending…")).to_be_visible()
    box(page).fill("a draft")
    kill(server)
    for _ in range(2):  # the second time there is nobody who could answer
        expect(unsent(page).get_by_role("alert")).to_contain_text("Check your connection")
        expect(unsent(page).locator(".text")).to_have_text(NAME)
        retry.click()
    expect(unsent(page).get_by_role("alert")).to_contain_text("Check your connection")
    stack.enter_context(serve())
    retry.click()
    sees(page, "hello", "What is your name?", NAME, f"Hello {NAME}, what is your favorite song?")
    expect(box(page)).to_have_value("a draft")
    assert stored(page) == ["hello", NAME]
