"""Clients that never stop, and commands that change keys beneath them."""

import itertools
import subprocess
import sys
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import create_engine, func, select

from chatterkeep.domain.messages import SessionRef
from chatterkeep.domain.transcript import Position
from chatterkeep.settings import Settings
from chatterkeep.storage.db import Database
from chatterkeep.storage.known import get
from chatterkeep.storage.models import AddressRecord, MessageRecord, SessionRecord
from chatterkeep.storage.threads import lines_after
from tests import databases
from tests.apps import running_app
from tests.make import NAME, make_payload, make_phone
from tests.servers import ROOT, Answer, Server, plain_environment

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(slots=True)
class Crowd:
    """Talks to a server until it is told to stop, and remembers what went wrong. Nothing is tried twice."""

    server: Server
    pause: float = 0.05
    """Seconds between what one of them does and the next."""
    phones: set[str] = field(default_factory=set)
    failures: list[str] = field(default_factory=list)
    done: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def talking(self) -> Iterator[None]:
        work = (self._known_phones, self._new_phones, self._pages, self._staff_of_the_api)
        with ThreadPoolExecutor(len(work)) as pool:
            running = [pool.submit(self._on_and_on, each) for each in work]
            try:
                yield
            finally:
                self._stop.set()
            for each in running:
                each.result()

    def go_on(self, times: int, within: float = 120) -> None:
        """Wait until so much more was done."""
        enough, deadline = self.done + times, time.monotonic() + within
        while self.done < enough:
            assert time.monotonic() < deadline, "they do not get on"
            time.sleep(0.02)

    def _on_and_on(self, work: Callable[[int], None]) -> None:
        for turn in itertools.count():
            if self._stop.wait(self.pause):
                return
            work(turn)

    def _expect(self, answer: Answer, *statuses: int) -> Answer:
        self.done += 1
        if answer.status not in statuses:
            self.failures.append(f"{answer.status} {answer.body[:300]!r}")
        return answer

    def _known_phones(self, turn: int) -> None:
        phone = f"+1415555{9000 + turn % 20:04d}"
        self.phones.add(phone)
        text = ("hello", NAME, "restart")[turn % 3]
        self._expect(self.server.post("/chat", make_payload(phone=phone, message=text)), 200)

    def _new_phones(self, turn: int) -> None:
        """The same new phone twice at the same moment: whichever workers they meet, it must stay one session."""
        phone = make_phone()
        self.phones.add(phone)
        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(lambda _: self.server.post("/chat", make_payload(phone=phone)), range(2)))
        for answer in answers:
            self._expect(answer, 200)
        if len({answer.json["session_id"] for answer in answers if answer.status == 200}) > 1:
            self.failures.append("one phone, two sessions")

    def _pages(self, turn: int) -> None:
        body = urllib.parse.urlencode({"phone": make_phone()}).encode()
        page = self._expect(self.server.ask("POST", "/", body, FORM), 303).headers.get("Location", "/lost")
        for number, text in enumerate(("hello", NAME)):
            said = urllib.parse.urlencode({"text": text, "key": f"{turn}-{number}"}).encode()
            self._expect(self.server.ask("POST", f"{page}/messages", said, FORM), 303)
            self._expect(self.server.get(page), 200)

    def _staff_of_the_api(self, turn: int) -> None:
        told = {"customer_name": NAME, "customer_email": "nobody@example.org", "turn": turn}
        opened = self._expect(self.server.post("/chat/session", told), 200)
        if opened.status == 200:
            path = f"/sessions/{opened.json['session_id']}"
            self._expect(self.server.post("/chat/session", {**told, "session_id": opened.json["session_id"]}), 200)
            self._expect(self.server.get(path), 200)
        self._expect(self.server.get("/sessions?limit=20"), 200)


def process(settings: Settings, *arguments: str) -> "subprocess.Popen[str]":
    """A command on the same data, as a process of its own, which can be killed."""
    own = {"CHATTERKEEP_DATA_DIR": str(settings.data_dir), "CHATTERKEEP_DATABASE_URL": settings.database_url}
    return subprocess.Popen(
        [sys.executable, "-m", "flask", *arguments],
        cwd=ROOT,
        env=plain_environment() | own,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def command(settings: Settings, *arguments: str) -> str:
    """Run a command here, as another process would; return what it said. It must go well."""
    with running_app(settings, lambda: datetime.now(UTC)) as app:
        result = app.test_cli_runner().invoke(args=arguments)
    assert result.exit_code == 0, result.output
    return str(result.output)


@dataclass(frozen=True, slots=True)
class Stored:
    """What is stored, opened with the keys of now."""

    messages: int
    opened: int
    addresses: int


def stored(settings: Settings) -> Stored:
    """Open every message there is. Raises CannotDecrypt."""
    engine = create_engine(settings.database)
    database = Database(engine)
    vault, opened = databases.vault(settings, database), 0
    with database.read() as connection:
        messages = connection.scalar(select(func.count()).select_from(MessageRecord)) or 0
        addresses = connection.scalar(select(func.count()).select_from(AddressRecord)) or 0
        for session_id in connection.scalars(select(SessionRecord.public_id)).all():
            known = get(connection, vault, SessionRef(session_id))
            opened += len(lines_after(connection, known.session, known.data_key, Position(), 1_000_000))
    engine.dispose()
    return Stored(messages, opened, addresses)


def copy_of_keys(settings: Settings, to: Path) -> Path:
    """A copy of the key file as it is now."""
    to.write_bytes(settings.keys.read_bytes())
    to.chmod(0o600)
    return to
