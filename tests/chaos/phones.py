"""The load: people who write, and insist as good clients do, until each message is taken and its reply has ended."""

import http.client
import json
import random
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from tests.chaos.site import Site
from tests.make import make_payload, make_phone
from tests.servers import Answer

_WAIT: Final = 2
_TIMEOUT: Final = 6.0
_REPEATED: Final = 0.1


@dataclass
class Message:
    """A message as its sender knows it: what was sent, and what the server said of it. Times are monotonic seconds."""

    delivery: str
    text: str
    message_id: str | None = None
    reply_id: str | None = None
    status: str | None = None
    answer: str | None = None
    acked: float | None = None
    ended: float | None = None
    retries: int = 0
    surprises: list[str] = field(default_factory=list)
    """What no client should see: an answer that is neither good nor `try again`, or one that contradicts another."""

    def hear(self, said: Mapping[str, Any]) -> None:
        """Note what the server says of this message, or of its reply."""
        self.acked = self.acked or time.monotonic()
        ids = (said.get("message_id", self.message_id), said["reply_id"])
        if self.reply_id and ids != (self.message_id, self.reply_id):
            self.surprises.append("the same delivery was given other ids")
        self.message_id, self.reply_id = ids
        if said["status"] == "pending":
            self._hear_pending(said)
        elif self.ended is None:
            self.ended, self.status, self.answer = time.monotonic(), said["status"], said["reply"]
        elif (self.status, self.answer) != (said["status"], said["reply"]):
            self.surprises.append("the reply that had ended reads otherwise")

    def _hear_pending(self, said: Mapping[str, Any]) -> None:
        if self.ended:
            self.surprises.append("a reply that had ended is pending again")
        if urlsplit(said["reply_url"]).path != f"/chat/replies/{said['reply_id']}":
            self.surprises.append("a pending reply came with the address of another")


class Phone:
    """One person: sends numbered messages, alone, in bursts, or into a reply that is being written."""

    def __init__(self, site: Site, number: int, dice: random.Random, patience: float) -> None:
        self._site = site
        self.patience = patience
        self._number = number
        self._phone = make_phone()
        self._dice = dice
        self.sent: list[Message] = []

    def talk(self, until: threading.Event) -> None:
        """Write until told to stop; then everything sent has its reply, or the phone's patience is at its end."""
        while not until.is_set():
            pauses = self._dice.choice([(), (), (0.0,), (0.0, 0.2), (self._dice.uniform(0.3, 1.5),)])
            together = [self._send()]
            for pause in pauses:
                time.sleep(pause)
                together.append(self._send())
            for message in together:
                self._follow(message)
                if self._dice.random() < _REPEATED:
                    self._deliver(message)
            time.sleep(self._dice.uniform(0, 0.3))

    def _send(self) -> Message:
        tag = f"k-{self._number}-{len(self.sent)}"
        message = Message(f"{self._phone}:{tag}", f"{tag} asks for {self._dice.randint(2, 9)} words or so about it")
        self.sent.append(message)
        self._deliver(message)
        return message

    def _deliver(self, message: Message) -> None:
        """Send a delivery until it is taken."""
        fields = make_payload(phone=self._phone, message=message.text, id=message.delivery)
        wait = self._dice.choice((0, 0, _WAIT))
        for said in self._insist(message, "POST", "/chat", json.dumps(fields).encode(), wait):
            message.hear(said)
            return

    def _follow(self, message: Message) -> None:
        """Ask for the reply until it has ended."""
        if message.reply_id is None or message.ended:
            return
        for said in self._insist(message, "GET", f"/chat/replies/{message.reply_id}", b"", _WAIT):
            message.hear(said)
            if message.ended:
                return

    def _insist(self, message: Message, method: str, path: str, body: bytes, wait: int) -> Iterator[dict[str, Any]]:
        """Yield what the server says whenever it says something; ask again for as long as that is wanted."""
        begun = time.monotonic()
        headers = {"Content-Type": "application/json", "Prefer": f"wait={wait}"}
        while time.monotonic() - begun < self.patience:
            answer = self._asked(method, path, body, headers)
            if answer and answer.status in (200, 202):
                yield answer.json
                continue
            if answer and answer.status != 503:
                message.surprises.append(f"{method} {path.partition('/replies')[0]} was answered with {answer.status}")
            message.retries += 1
            time.sleep(self._dice.uniform(0.05, 0.25))

    def _asked(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer | None:
        try:
            return self._site.ask(method, path, body, headers, _TIMEOUT)
        except (OSError, http.client.HTTPException):
            return None


class Crowd:
    """Many phones at once, each in a thread. A message must be taken, and its reply end, within `patience` seconds."""

    def __init__(self, site: Site, phones: int, dice: random.Random, patience: float) -> None:
        self._until = threading.Event()
        self._phones = [Phone(site, number, random.Random(dice.random()), patience) for number in range(phones)]
        self._threads = [threading.Thread(target=phone.talk, args=(self._until,)) for phone in self._phones]

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Let everybody write inside the block, and come to an end after it; at once if the block failed."""
        for thread in self._threads:
            thread.start()
        try:
            yield
        except BaseException:
            for phone in self._phones:
                phone.patience = 0
            raise
        finally:
            self._until.set()
            for thread in self._threads:
                thread.join()

    @property
    def sent(self) -> list[Message]:
        """All that was sent so far."""
        return [message for phone in self._phones for message in list(phone.sent)]
