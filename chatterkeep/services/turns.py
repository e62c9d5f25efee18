"""Receives a message: exactly once, one at a time for each person, decided purely, stored in one transaction."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from chatterkeep.domain.conversation import in_order
from chatterkeep.domain.errors import StoreBusy
from chatterkeep.domain.flow import Flow
from chatterkeep.domain.messages import Inbound, SessionRef, identity
from chatterkeep.domain.outcome import Outcome
from chatterkeep.domain.remarks import acknowledge
from chatterkeep.domain.turn import Turn, take_turn
from chatterkeep.services.choices import Choices
from chatterkeep.services.writers import Writers
from chatterkeep.storage.crypto import Vault
from chatterkeep.storage.db import Database
from chatterkeep.storage.deliveries import replay
from chatterkeep.storage.gate import PATIENCE
from chatterkeep.storage.hearing import Hearing, hear
from chatterkeep.storage.known import Known, find, get_named
from chatterkeep.storage.replies import last_question
from chatterkeep.storage.turns import Draft, Duplicate, Stale

_LANES = 256


Admission = Callable[[str | None], None]
"""Asked for each new message that is about to be stored; told the id of the session that asks an answerer, else None.

It raises RateLimited to refuse.
"""


def admit_everybody(asking: str | None) -> None:
    """The admission of callers that are limited elsewhere, or not at all."""


def store_once(database: Database, vault: Vault, inbound: Inbound, attempt: Callable[[], Outcome]) -> Outcome:
    """Attempt to store a message until nobody else was first; one stored before gives the outcome it had then.

    Raises what `attempt` raises, DeliveryConflict, and StoreBusy when PATIENCE has run out.
    """
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            return attempt()
        except Stale:
            continue
        except Duplicate:
            return _replayed(database, vault, inbound)
    raise StoreBusy("Others keep writing to this conversation.")


def _replayed(database: Database, vault: Vault, inbound: Inbound) -> Outcome:
    with database.read() as connection:
        outcome = replay(connection, vault, inbound)
    if outcome is None:
        raise StoreBusy("The first copy of this delivery was taken back.")
    return outcome


class Turns:
    """Takes messages in. One for each application."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        flows: Mapping[str, Flow],
        choices: Choices,
        writers: Writers,
    ) -> None:
        self._database = database
        self._vault = vault
        self._flows = flows
        self._default = choices.flow
        self._timeout = choices.timeout
        self._lifetime = choices.proving.lifetime
        self._writers = writers
        self._lanes = tuple(threading.Lock() for _ in range(_LANES))

    def receive(self, inbound: Inbound, now: datetime, admit: Admission = admit_everybody) -> Outcome:
        """Take one message through its flow and store both; a delivery that was stored before gives its old outcome.

        A message from a number is a sign of its owner; after a long time without one it begins a session of its own.
        One that is the code of a page which is to prove this number is answered, and proves it; one that is only like
        such a code is answered too.
        One that names a conversation goes on with that, which is the newest then.
        Where an answerer is to reply, the outcome holds the reply as it stands now.
        Raises NotFound (a session, a conversation), DeliveryConflict, RateLimited, StoreBusy; then nothing was stored.
        """
        lane = self._lanes[hash(identity(inbound.sender)) % _LANES]
        if not lane.acquire(timeout=PATIENCE):
            raise StoreBusy("Earlier messages of this sender are still being stored.")
        try:
            return store_once(self._database, self._vault, inbound, lambda: self._attempt(inbound, now, admit))
        finally:
            lane.release()

    def _attempt(self, inbound: Inbound, now: datetime, admit: Admission) -> Outcome:
        with self._database.read() as connection:
            known = self._known(connection, inbound, now)
            heard = hear(connection, self._vault, inbound, known, now, self._lifetime)
            anew = inbound.anew and known is not None and last_question(connection, known.row) > 0
        if heard and heard.starts_afresh:
            known = None
        now = in_order(now, known.conversation if known else None)
        turn = self._decided(inbound, known, heard, now, anew=anew)
        draft = Draft(self._vault, known, inbound, turn, now, self._writers.name if turn.asks else None)

        def save(connection: Any) -> Outcome:
            if heard:
                heard.note(connection, self._vault, now)
            return draft.save(connection, admit)

        outcome = self._database.together(save)
        if draft.claim:
            self._writers.begin(draft.claim)
        return outcome

    def _decided(
        self, inbound: Inbound, known: Known | None, heard: Hearing | None, now: datetime, *, anew: bool
    ) -> Turn:
        flow, before = self._flow_of(known, inbound, anew=anew), known.conversation if known else None
        if heard and heard.answer:
            return acknowledge(flow, before, heard.answer, now, self._timeout)
        return take_turn(flow, before, inbound.text, now, self._timeout, anew=anew)

    def _known(self, connection: Any, inbound: Inbound, now: datetime) -> Known | None:
        if not (inbound.conversation_id and isinstance(inbound.sender, SessionRef)):
            return find(connection, self._vault, inbound.sender, now)
        known = get_named(connection, self._vault, inbound.sender, inbound.conversation_id)
        return replace(known, conversation=known.conversation and known.conversation.reopened(now))

    def _flow_of(self, known: Known | None, inbound: Inbound, *, anew: bool) -> Flow:
        running = known.conversation if known and not anew else None
        name = running.flow if running else inbound.flow
        return self._flows[name if name in self._flows else self._default]
