"""The application beside its model: whatever happens in whichever order, everybody sees what they must."""

import itertools
from contextlib import ExitStack
from datetime import timedelta
from typing import Any, Final

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from chatterkeep.domain.audit import COMMAND_LINE
from chatterkeep.domain.erasure import By
from chatterkeep.domain.errors import DeliveryConflict, NotFound
from chatterkeep.domain.messages import Author, Capability, Delivery, Inbound, Sender, TokenKind
from chatterkeep.domain.outcome import Outcome
from chatterkeep.domain.phone import PhoneNumber
from chatterkeep.domain.proofs import Verdict
from chatterkeep.domain.search import read_query
from chatterkeep.services.rights import Wish
from chatterkeep.services.wiring import Services
from chatterkeep.settings import Settings
from tests.apps import running_app
from tests.make import Clock, make_address, make_phone
from tests.stateful.model import Link, Model, Place

PURPOSES: Final = ("wrapping", "data", "pepper", "secret")
_words = itertools.count()
_receipts = itertools.count(1)

INDEX = st.integers(0, 5)
"""Which of those there are, counted around."""


def around(things: list[Any], index: int) -> Any:
    return things[index % len(things)]


class Life(RuleBasedStateMachine):
    """What people, staff and time do to one application, which several runs share."""

    use: Services
    clock: Clock
    settings: Settings

    def __init__(self) -> None:
        super().__init__()
        self.started = ExitStack()
        self.model = Model()
        self.phones = [make_phone() for _ in range(3)]
        self.sent: list[tuple[Inbound, Place]] = []
        self.waiting: list[Inbound] = []

    # People

    @rule(phone=INDEX)
    def open_a_page(self, phone: int) -> None:
        number = around(self.phones, phone)
        token = self.use.threads.open(PhoneNumber(number), self.now)
        self.model.open(token, self.use.threads.session_of(_page(token)), number, self.now)

    @rule(phone=INDEX)
    def text(self, phone: int) -> None:
        self._text_in(around(self.phones, phone), self._word())

    @precondition(lambda self: self.live)
    @rule(page=INDEX)
    def write_on_a_page(self, page: int) -> None:
        link = around(self.live, page)
        inbound = self._inbound(_page(link.token), self._word())
        self.use.turns.receive(inbound, self.now)
        link.place.hear(inbound.text, self.now)
        self.sent.append((inbound, link.place))

    @rule(phone=INDEX)
    def hold_a_text_back(self, phone: int) -> None:
        """A gateway is slow: what was sent first arrives last."""
        self.waiting.append(self._inbound(make_address(phone=around(self.phones, phone)), self._word()))

    @precondition(lambda self: self.waiting)
    @rule(which=INDEX)
    def deliver_late(self, which: int) -> None:
        inbound = self.waiting.pop(which % len(self.waiting))
        self._arrive(inbound.sender.phone.e164, inbound)

    @precondition(lambda self: self.sent)
    @rule(which=INDEX)
    def deliver_again(self, which: int) -> None:
        """No effect, for ever: not even where all it had was erased."""
        inbound, place = around(self.sent, which)
        try:
            assert self.use.turns.receive(inbound, self.now).replayed
        except NotFound:
            assert inbound.text not in place.said or place not in self.model.places or not self._may_write(inbound)

    @precondition(lambda self: self.sent)
    @rule(which=INDEX)
    def reuse_a_delivery_id(self, which: int) -> None:
        inbound, _ = around(self.sent, which)
        other = Inbound(inbound.sender, self._word(), inbound.delivery)
        with pytest.raises((DeliveryConflict, NotFound)):
            self.use.turns.receive(other, self.now)

    # Numbers and links

    @precondition(lambda self: self.live)
    @rule(page=INDEX)
    def prove_by_text(self, page: int) -> None:
        link = around(self.live, page)
        proof = self.use.proofs.begin(_page(link.token), self.now)
        self._text_in(link.place.claimed, self.use.proofs.show(_page(link.token), proof, self.now).shown)
        if link.opens(self.now) is None:  # the text itself may have begun a new session, never ended a link
            raise AssertionError("a text ended a link")
        done = self.use.proofs.finish(_page(link.token), proof, "stateful", self.now)
        assert done
        target = self.model.prove(link, done.token, self.now)
        assert done.session_id == target.id

    @precondition(lambda self: self.live)
    @rule(page=INDEX, code=st.sampled_from(["000000", "123456", "", "nonsense"]))
    def fail_to_prove(self, page: int, code: str) -> None:
        token = _page(around(self.live, page).token)
        proof = self.use.proofs.begin(token, self.now)
        assert self.use.proofs.check(token, proof, code, self.now).verdict is not Verdict.RIGHT
        assert self.use.proofs.finish(token, proof, "stateful", self.now) is None

    @precondition(lambda self: self.live)
    @rule(page=INDEX, everywhere=st.booleans())
    def sign_out(self, page: int, everywhere: bool) -> None:
        link = around(self.live, page)
        if everywhere:
            self.use.links.sign_out_everywhere(_page(link.token), "stateful", self.now)
            self.model.end(link.place)
        else:
            self.use.links.sign_out(_page(link.token), "stateful", self.now)
            link.place = None

    # Time and the house

    @rule(hours=st.sampled_from([1, 1, 5, 25, 25, 24 * 8, 24 * 31, 24 * 100]))
    def pass_time(self, hours: int) -> None:
        self.clock.forward(hours=hours)

    @precondition(lambda self: self.model.places)
    @rule(which=INDEX)
    def erase(self, which: int) -> None:
        place = around(self.model.places, which)
        receipt = f"00000000-0000-4000-8000-{next(_receipts):012d}"
        wish = Wish(place.id, receipt, By.COMMAND, COMMAND_LINE)
        assert self.use.rights.erase(wish, self.now).receipt_id == receipt
        assert self.use.rights.erase(wish, self.now).receipt_id == receipt, "once more does no harm"
        self.model.erase(place)
        with pytest.raises(NotFound):
            self.use.sessions.show(place.id)

    @rule(days=st.sampled_from([1, 7, 30, 365]))
    def purge(self, days: int) -> None:
        list(self.use.retention.purge(timedelta(days=days), COMMAND_LINE, self.now))
        list(self.use.retention.tidy(self.now))
        self.model.purge(self.now - timedelta(days=days))
        for place in [place for place in self.model.places if not place.said]:
            try:
                self.use.sessions.show(place.id)
            except NotFound:  # nothing was left in it, and nobody may be using it
                self.model.erase(place)

    @rule(purpose=st.sampled_from(PURPOSES))
    def rotate(self, purpose: str) -> None:
        """Goes on with one that was left; the old version is taken away too, so that nothing under it can be read."""
        rotation, old = self.use.rotation, self.use.rotation.target(purpose)[0] - 1
        with rotation.hold(self.settings.keys):
            rotation.introduce(self.settings.keys, purpose, self.now)
            rotation.use(self.settings.keys, purpose, self.now)
            list(rotation.move(purpose))
            rotation.finish(self.settings.keys, purpose, "stateful", self.now)
            if purpose in ("wrapping", "pepper"):
                assert rotation.refusal(purpose, old, self.now) is None
                rotation.retire(self.settings.keys, purpose, old, self.now)

    @rule(purpose=st.sampled_from(PURPOSES), steps=st.integers(0, 2))
    def leave_a_rotation_half_done(self, purpose: str, steps: int) -> None:
        rotation = self.use.rotation
        with rotation.hold(self.settings.keys):
            rotation.introduce(self.settings.keys, purpose, self.now)
            if steps:
                rotation.use(self.settings.keys, purpose, self.now)
                list(itertools.islice(rotation.move(purpose), steps - 1))

    @rule()
    def start_anew(self) -> None:
        """Another process takes over, which knows what is stored and nothing else."""
        self.started.close()
        app = self.started.enter_context(running_app(self.settings, self.clock))
        self.use = app.extensions["chatterkeep"]

    def teardown(self) -> None:
        self.started.close()

    @rule(which=INDEX)
    def search(self, which: int) -> None:
        """Every word is found once while somebody keeps it, and never again."""
        texts = [inbound.text for inbound, _ in self.sent]
        if not texts:
            return
        word = around(texts, which)
        kept = [text for place in self.model.places for text in place.said]
        found = self.use.search.find(read_query(word), None, COMMAND_LINE, self.now)
        hits = [hit.text for hit in found.hits.hits if hit.author is Author.CUSTOMER]
        assert hits == [text for text in kept if text == word]

    # What must hold at any time

    @invariant()
    def everybody_sees_what_they_must(self) -> None:
        for place in self.model.places:
            lines = [line for line in self.use.sessions.show(place.id).lines if line.author is not Author.SYSTEM]
            assert [line.text for line in lines[::2]] == place.said
            assert [line.author for line in lines] == [Author.CUSTOMER, Author.BOT] * len(place.said), "one answer each"
        for phone, (place, _) in self.model.owners.items():
            assert place in self.model.places, phone

    @invariant()
    def every_link_opens_its_own_session_or_nothing(self) -> None:
        for link in self.model.links:
            place = link.opens(self.now)
            if place is not None:
                assert self.use.threads.session_of(_page(link.token)) == place.id
            else:
                with pytest.raises(NotFound):
                    self.use.threads.show(_page(link.token))

    @property
    def now(self) -> Any:
        return self.clock()

    @property
    def live(self) -> list[Link]:
        return [link for link in self.model.links if link.opens(self.now)]

    def _text_in(self, phone: str, text: str) -> None:
        self._arrive(phone, self._inbound(make_address(phone=phone), text))

    def _arrive(self, phone: str, inbound: Inbound) -> None:
        outcome: Outcome = self.use.turns.receive(inbound, self.now)
        place = self.model.text_in(phone, inbound.text, self.now)
        if place is None:
            assert outcome.session_id not in {known.id for known in self.model.places}, "somebody else's history"
            place = self.model.begin(phone, outcome.session_id, inbound.text, self.now)
        assert outcome.session_id == place.id
        self.sent.append((inbound, place))

    def _may_write(self, inbound: Inbound) -> bool:
        token = getattr(inbound.sender, "token", None)
        return token is None or any(link.token == token for link in self.live)

    def _inbound(self, sender: Sender, text: str) -> Inbound:
        return Inbound(sender, text, Delivery("stateful", f"d{next(_words)}"))

    @staticmethod
    def _word() -> str:
        return f"word{next(_words)}"


def _page(token: str) -> Capability:
    return Capability(token, TokenKind.PAGE)
