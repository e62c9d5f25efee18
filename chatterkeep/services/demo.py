"""Fills a database with made-up conversations, for trying things out and for measuring, and takes them away again."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from chatterkeep.domain.conversation import begin
from chatterkeep.domain.flow import Flow
from chatterkeep.domain.messages import Address, Author, Channel
from chatterkeep.domain.phone import PhoneNumber
from chatterkeep.domain.turn import take_turn
from chatterkeep.storage.crypto import Vault
from chatterkeep.storage.db import Database
from chatterkeep.storage.demo import (
    Batch,
    Counts,
    Story,
    Utterance,
    count_demo,
    has_real_sessions,
    next_demo_rows,
    remove_sessions,
)
from chatterkeep.storage.statements import Clash
from chatterkeep.storage.word_index import forget_demo_words

FLOW: Final = "greeting"
SPAN: Final = timedelta(days=180)
"""How far back the oldest conversation lies."""

_PAUSE: Final = timedelta(seconds=20)
_TOGETHER: Final = 500
"""Sessions stored, or removed, in one transaction: others wait for it some 100 ms."""

_FIRST_AREA, _OF_AREA = 415, 10_000
_NUMBERS: Final = (1000 - _FIRST_AREA) * _OF_AREA
_NAMES: Final = ("Ada", "Bruno", "Chidi", "Dilek", "Emeka", "Fatima", "Goran", "Hana", "Ines", "Jun", "Karim")
_SONGS: Final = ("Blue in Green", "Clair de lune", "Graceland", "Heroes", "La vie en rose", "Malaika", "Purple Rain")


class Demo:
    """Makes and removes the sessions of the channel `demo`. No other is ever touched."""

    def __init__(self, database: Database, vault: Vault, flows: Mapping[str, Flow]) -> None:
        self._database = database
        self._vault = vault
        self._flow = flows[FLOW]

    def counts(self) -> Counts:
        """Return how much of the database was made up."""
        with self._database.read() as connection:
            return count_demo(connection)

    def is_needed_by_others(self) -> bool:
        """Tell whether the database also holds sessions of real people."""
        with self._database.read() as connection:
            return has_real_sessions(connection)

    def seed(self, messages: int, now: datetime) -> Iterator[int]:
        """Store whole conversations until there are so many messages more; yield how many each transaction added."""
        each = len(_story(self._flow, 0, now).utterances)
        wanted = -(-messages // each)
        numbers, done = iter(range(self.counts().sessions, _NUMBERS)), 0
        while chosen := list(islice(numbers, min(_TOGETHER, wanted - done))):
            starts = (now - SPAN * (1 - (done + place) / wanted) for place in range(len(chosen)))
            batch = Batch(self._vault, [_story(self._flow, *pair) for pair in zip(chosen, starts, strict=True)])
            if self._stored(batch):
                done += len(chosen)
                yield batch.messages

    def reset(self) -> Iterator[int]:
        """Remove all that was made up; yield how many sessions each transaction removed: none yet, while words go."""
        for _ in forget_demo_words(self._database):
            yield 0
        last = 0
        while True:
            with self._database.read() as connection:
                rows = next_demo_rows(connection, last, _TOGETHER)
            if not rows:
                return
            with self._database.write() as connection:
                remove_sessions(connection, rows)
            last = rows[-1]
            yield len(rows)

    def _stored(self, batch: Batch) -> bool:
        """Store a batch, unless one of its numbers is taken: then its transaction leaves nothing behind."""
        try:
            with self._database.write() as connection:
                batch.save(connection)
        except Clash:
            return False
        return True


def _story(flow: Flow, number: int, start: datetime) -> Story:
    """Let somebody talk through the flow."""
    said = ("hello", _NAMES[number % len(_NAMES)], _SONGS[number % len(_SONGS)], "thanks")
    conversation = begin(flow, 1, start)
    utterances: list[Utterance] = []
    for step, text in enumerate(said):
        at = start - _PAUSE * (len(said) - step)
        turn = take_turn(flow, conversation, text, at, SPAN)
        conversation = turn.after
        lines = ((Author.CUSTOMER, text), *((Author.BOT, line) for line in turn.said))
        utterances += (Utterance(author, line, conversation.state, at) for author, line in lines)
    return Story(Address(Channel.DEMO, _phone(number)), conversation, tuple(utterances))


def _phone(number: int) -> PhoneNumber:
    """The made-up numbers: +1 415 555 0000 and on, through the area codes."""
    return PhoneNumber(f"+1{_FIRST_AREA + number // _OF_AREA}555{number % _OF_AREA:04d}")
