"""People who all talk at the same time, each over a connection of their own, in one event loop.

Like the load of `benchmarks.load` it shares the cores with what it measures, so it parses no more than it must.
"""

import asyncio
import itertools
import random
import string
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from benchmarks.load import Address, content_length
from tests.llm.replies import words

TOKENS = 20
GIVEN_UP_SECONDS = 60.0
"""How long after the last has come a crowd waits for those who still have no answer."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How many people come within how many seconds, how often each asks, and how long each reads an answer."""

    people: int
    within: float
    questions: int = 2
    reading: float = 1.0


@dataclass(slots=True)
class Tally:
    """What a crowd saw, in seconds: from coming to the first question, from each question to its answer's first word
    and to its last. `requests` are the polls that each answer took.
    """

    expected: int
    opened: list[float] = field(default_factory=list)
    first: list[float] = field(default_factory=list)
    complete: list[float] = field(default_factory=list)
    requests: list[int] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    own_seconds: float = 0.0
    """What the crowd itself took of the processor."""

    @property
    def answered(self) -> float:
        return len(self.complete) / self.expected

    def __str__(self) -> str:
        first = f"first word p50 {milliseconds(self.first, 50):.0f} ms"
        whole = (
            f"whole answer p50 {milliseconds(self.complete, 50):.0f} ms, p99 {milliseconds(self.complete, 99):.0f} ms"
        )
        faults = f"  FAULTS {dict(self.faults)}" if self.faults else ""
        return f"{len(self.complete)} of {self.expected} answered, {first}, {whole}{faults}"


def milliseconds(seconds: list[float], percent: float) -> float:
    """The time within which that share of them lies, in milliseconds; 0 where there is none."""
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] * 1000 if ordered else 0.0


class Person(asyncio.Protocol):
    """Comes, asks, reads, asks again, and stays until all have their answers. A subclass knows how its kind talks."""

    def __init__(self, number: int, manner: Manner, tally: Tally, left: Callable[[], None]) -> None:
        self.number = number
        self.received = bytearray()
        self.on_data: Callable[[], None] = self.fail_on_data
        self.text = ""
        self.requests = 0
        self._left = left
        self._manner = manner
        self._tally = tally
        self._asked = 0
        self._question = ""
        self._came_at = self._asked_at = time.perf_counter()
        self._heard = True
        self._done = False

    def introduce(self) -> None:
        """Say the first thing on a new connection; once ready to ask, call `ask`."""
        raise NotImplementedError

    def put(self, question: str) -> None:
        """Send a question."""
        raise NotImplementedError

    def ask(self) -> None:
        """Ask the next question."""
        mark = "".join(random.choices(string.ascii_lowercase, k=12))
        self._question, self._heard, self.text, self.requests = f"What is {mark}?", False, "", 0
        self._asked_at = time.perf_counter()
        if not self._asked:
            self._tally.opened.append(self._asked_at - self._came_at)
        self._asked += 1
        self.put(self._question)

    def hear(self, so_far: str) -> None:
        """Note the text so far of the answer."""
        if so_far and not self._heard:
            self._heard = True
            self._tally.first.append(time.perf_counter() - self._asked_at)
        self.text = so_far

    def finish(self, whole: str) -> None:
        """Note the whole answer: it must be the one to this question, and what was heard before a beginning of it."""
        if whole != " ".join("".join(words(self._question, TOKENS)).split()):
            self.fault("wrong words")
        elif not whole.startswith(self.text):
            self.fault("pieces that are not the whole")
        else:
            self.hear(whole)
            self.note()
        self.go_on()

    def note(self) -> None:
        """Note that the question has what it was asked for."""
        self._tally.complete.append(time.perf_counter() - self._asked_at)
        self._tally.requests.append(self.requests)

    def go_on(self) -> None:
        """Ask the next question after a while, if there is one."""
        if self._asked < self._manner.questions:
            self.later(self._manner.reading, self.ask)
        else:
            self.leave()

    def leave(self) -> None:
        """Be ready to go once all others are."""
        if not self._done:
            self._done = True
            self._left()

    def fault(self, what: str) -> None:
        """Note that something went wrong."""
        self._tally.faults[what] += 1

    def give_up(self, what: str) -> None:
        """Note what went wrong, and ask nothing more."""
        self.fault(what)
        self.leave()

    def send(self, data: bytes) -> None:
        self.transport.write(data)

    def later(self, seconds: float, act: Callable[[], None]) -> None:
        asyncio.get_running_loop().call_later(seconds, act)

    def answer(self) -> tuple[int, bytes] | None:
        """The status and the body of a response, once it is whole; it must say its length."""
        end = self.received.find(b"\r\n\r\n")
        if end < 0:
            return None
        status, head = int(self.received[9:12]), bytes(self.received[:end])
        whole = end + 4 + content_length(status, head)
        if len(self.received) < whole:
            return None
        body = bytes(self.received[end + 4 : whole])
        del self.received[:whole]
        return status, head + b"\r\n\r\n" + body if status == 303 else body

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.introduce()

    def data_received(self, data: bytes) -> None:
        self.received += data
        self.on_data()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._done:
            self.give_up("connection closed")

    def fail_on_data(self) -> None:
        self.give_up(f"unexpected {bytes(self.received[:20])!r}")


def gather(
    kind: type[Person], address: Address, manner: Manner, at_the_end: Callable[[], None] = lambda: None
) -> Tally:
    """Let a crowd of that kind come, evenly over the time, and talk until each has all answers.

    `at_the_end` is called when all are ready to go, and none has gone yet.
    """
    tally = Tally(manner.people * manner.questions)
    before = time.process_time()
    asyncio.run(_talk(kind, address, manner, tally, at_the_end))
    tally.own_seconds = time.process_time() - before
    return tally


async def _talk(
    kind: type[Person], address: Address, manner: Manner, tally: Tally, at_the_end: Callable[[], None]
) -> None:
    loop, done, left = asyncio.get_running_loop(), asyncio.Event(), itertools.count(1)

    def leave() -> None:
        if next(left) == manner.people:
            done.set()

    async def come(number: int) -> Person:
        await asyncio.sleep(number * manner.within / manner.people)
        _, person = await loop.create_connection(lambda: kind(number, manner, tally, leave), *address)
        return person

    people = await asyncio.gather(*(come(number) for number in range(manner.people)))
    try:
        await asyncio.wait_for(done.wait(), GIVEN_UP_SECONDS)
    except TimeoutError:
        tally.faults["no answer"] += tally.expected - len(tally.complete)
    at_the_end()
    for person in people:
        person.transport.abort()
