"""Proves that a page belongs to the owner of a number: by a code that is sent there, or one that is texted from there.

Nothing here looks at whether a number is known to us before it is proved: what is answered, and how fast, is the same.
"""

import hmac
import os
import secrets
import time
import uuid
from dataclasses import dataclass
from datetime import datetime

from chatterkeep.domain.audit import VISITOR, Action, Actor, Entry
from chatterkeep.domain.errors import InvalidInput, NotFound, StoreBusy
from chatterkeep.domain.links import Terms
from chatterkeep.domain.messages import Address, Capability, Channel, TokenKind
from chatterkeep.domain.phone import PhoneNumber
from chatterkeep.domain.proofs import (
    AGAIN,
    DIGITS,
    Attempt,
    Tried,
    Verdict,
    message_of,
    sent_code,
    shown_code,
    typed_code,
    wait_after,
)
from chatterkeep.services.choices import Choices
from chatterkeep.services.feed import Feed
from chatterkeep.services.outgoing import Outgoing
from chatterkeep.storage import audit
from chatterkeep.storage.codes import add_code, asked, code_hash, forgive, locked_until, spend, take_tries, tally_of
from chatterkeep.storage.crypto import Vault
from chatterkeep.storage.db import Database
from chatterkeep.storage.gate import PATIENCE
from chatterkeep.storage.joining import Ages, join
from chatterkeep.storage.known import held
from chatterkeep.storage.numbers import claim, number_of
from chatterkeep.storage.proofs import Proof, add_proof, begun, find_proof, lock_number, mark_proved, mark_used
from chatterkeep.storage.sessions import add_token
from chatterkeep.storage.turns import Stale

PRODUCT = "ChatterKeep"


@dataclass(frozen=True, slots=True)
class Finished:
    """A proof that is done: the token of the page's new link, and what it opens."""

    token: str
    session_id: str
    how: str


class Proofs:
    """Attempts to prove numbers. Each is known by a token of its own, which stands in the address of its page."""

    def __init__(self, database: Database, vault: Vault, choices: Choices, outgoing: Outgoing, feed: Feed) -> None:
        self._database = database
        self._vault = vault
        self._proving = choices.proving
        self._terms: Terms = choices.terms
        self._ages = Ages(choices.proving.lifetime, choices.timeout)
        self._outgoing = outgoing
        self._feed = feed

    @property
    def number(self) -> str:
        """The number that people text to, as it is shown; empty where nobody said which."""
        return self._proving.number

    def reaches(self, phone: PhoneNumber) -> bool:
        """Tell whether codes can be sent to a number: there is a carrier, and its country is one of ours."""
        countries = self._proving.countries
        return self._outgoing.available and (not countries or phone.country in countries)

    def begin(self, page: Capability, now: datetime, changed: PhoneNumber | None = None) -> str:
        """Begin to prove the number of a page, or another one that is claimed instead; return the attempt's token.

        Raises NotFound, and InvalidInput where there is no number, or a proved one that would be given up.
        """
        token = secrets.token_urlsafe(32)
        with self._database.write() as connection:
            known = held(connection, self._vault, page, now)
            number = number_of(connection, known)
            phone = changed or (number.phone if number else None)
            if phone is None:
                raise InvalidInput("phone", "There is no number to prove yet.", "+14155550123")
            if number is None or phone != number.phone:
                if number and number.proved:
                    raise InvalidInput("phone", "This conversation belongs to another number, which is proved.")
                claim(connection, self._vault, known, phone)
            add_proof(connection, self._vault, known.session, phone, (token, self._shown(token)), now)
        return token

    def show(self, page: Capability, token: str, now: datetime) -> Attempt:
        """Return an attempt as it stands. Raises NotFound."""
        with self._database.read() as connection:
            found = begun(connection, self._vault, page, token, now)
            codes = asked(connection, found.proof, now)
            locked = (
                locked_until(connection, found.proof, self._proving.allowance.failures, now) if codes.count else None
            )
        return Attempt(
            phone=found.phone,
            shown=self._shown(token),
            created_at=found.proof.created_at,
            ends_at=found.proof.ends_at,
            heard=found.proof.proved_at is not None,
            asked=codes.count,
            asked_at=codes.last,
            left=codes.left,
            locked_until=locked,
        )

    def send(self, page: Capability, token: str, host: str, now: datetime) -> int:
        """Send a code to the number, for pages of `host`; return 0, or the seconds until one may be asked for again.

        Where too many were sent already nothing is, and nobody is told. Raises NotFound, and InvalidInput where no code
        can be sent to this number at all.
        """
        code = sent_code(secrets.randbelow(10**DIGITS))
        with self._database.write() as connection:
            found = begun(connection, self._vault, page, token, now)
            if not self.reaches(found.phone):
                raise InvalidInput("phone", "No code can be sent to this number.")
            lock_number(connection, found.proof.lookup)
            if wait := wait_after(asked(connection, found.proof, now).last, now):
                return wait
            allowed = tally_of(connection, found.proof.lookup, now).allows(self._proving.allowance, now)
            sealed = code_hash(self._vault, found.proof, code) if allowed else os.urandom(32)
            add_code(connection, found.proof, sealed, now, sent=allowed)
        if allowed:
            self._outgoing.send(found.phone, message_of(code, host, PRODUCT), f"code-{uuid.uuid4()}")
        return 0

    def check(self, page: Capability, token: str, typed: str, now: datetime) -> Tried:
        """Compare what was typed with the codes of an attempt. The right one proves it. Raises NotFound.

        The code of a form that is sent twice is right twice.
        """
        code = typed_code(typed)
        try:
            return self._compared(page, token, code, now)
        except NotFound:
            if self._opened(token, code, now):
                return Tried(Verdict.RIGHT)
            raise

    def _compared(self, page: Capability, token: str, code: str, now: datetime) -> Tried:
        with self._database.write() as connection:
            found = begun(connection, self._vault, page, token, now)
            proof = found.proof
            lock_number(connection, proof.lookup)
            if locked_until(connection, proof, self._proving.allowance.failures, now):
                return Tried(Verdict.LOCKED)
            codes = asked(connection, proof, now)
            if codes.left is None:
                return Tried(Verdict.OVER)
            if not code:
                return Tried(Verdict.WRONG, codes.left)
            tried = take_tries(connection, proof, now)
            if right := self._right_one(proof, code, tried):
                forgive(connection, tried)
                spend(connection, proof.row, kept=right)
                mark_proved(connection, proof.row, now)
                return Tried(Verdict.RIGHT)
            left = asked(connection, proof, now).left or 0
            return Tried(Verdict.WRONG if tried else Verdict.SPENT, left)

    def _right_one(self, proof: Proof, code: str, tried: dict[int, bytes]) -> int | None:
        """Return which of these codes (row) was typed."""
        given = code_hash(self._vault, proof, code)
        return next((row for row, kept in tried.items() if hmac.compare_digest(given, kept)), None)

    def finish(self, page: Capability, token: str, request_id: str, now: datetime, typed: str = "") -> Finished | None:
        """Join what a proof allows to join, and return the page's new link; None while nothing is proved.

        Everything earlier of the number opens with it, and the page's old link opens nothing more. Where a code proved
        it, `typed` has that once more. Raises NotFound.
        """
        code = typed_code(typed)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                return self._joined(page, token, code, request_id, now)
            except Stale:
                continue
            except NotFound:
                if session := self._opened(token, code, now):
                    return self._again(session, now)
                raise
        raise StoreBusy("Others keep writing to this conversation.")

    def _joined(self, page: Capability, token: str, code: str, request_id: str, now: datetime) -> Finished | None:
        with self._database.write() as connection:
            lock_number(connection, begun(connection, self._vault, page, token, now).proof.lookup)
            found = begun(connection, self._vault, page, token, now)  # as whoever was first has left it
            if found.proof.proved_at is None:
                return None
            address = Address(Channel.SMS, found.phone)
            joined = join(connection, self._vault, found.known, address, now, self._ages)
            mark_used(connection, found.proof.row, joined.session, now)
            if not code:  # it was heard: then those that were sent are good for nothing
                spend(connection, found.proof.row)
            link = add_token(connection, joined.session, TokenKind.PAGE, now, self._terms)
            actor = Actor(VISITOR, request_id)
            entry = Entry(actor, Action.PROVED, joined.session_id, joined.how.value, now)
            audit.add(connection, self._vault, entry)
        if joined.session_id != found.known.session_id:
            self._vault.forget(found.known.session_id)  # now, and not only when somebody tidies up
        self._feed.tell(joined.session)
        return Finished(link, joined.session_id, joined.how.value)

    def _opened(self, token: str, code: str, now: datetime) -> int | None:
        """Return the session (row) that an attempt opened a moment ago, to a form that was sent twice.

        If a code opened it, that code is asked for once more: whoever has only the attempt's address gets nothing.
        """
        with self._database.read() as connection:
            proof = find_proof(connection, token)
        if proof is None or proof.used_at is None or now - proof.used_at > AGAIN:
            return None
        with self._database.write() as connection:
            if asked(connection, proof, proof.used_at).left is None:
                return proof.session
            tried = take_tries(connection, proof, proof.used_at)
            if not self._right_one(proof, code, tried):
                return None
            forgive(connection, tried)
        return proof.session

    def _again(self, session: int, now: datetime) -> Finished:
        """Give a session's page a link once more."""
        with self._database.write() as connection:
            return Finished(add_token(connection, session, TokenKind.PAGE, now, self._terms), "", "again")

    def _shown(self, token: str) -> str:
        """The code that the page of an attempt shows. It is made of the attempt's token, so it need not be stored."""
        return shown_code(self._vault.ledger("showing", token))
