"""The people of the matrix, what is theirs, and everybody who may come for it."""

import itertools
import secrets
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from chatterkeep.domain.api_keys import SCOPES
from chatterkeep.domain.audit import COMMAND_LINE
from chatterkeep.domain.documents import TYPED, make_text
from chatterkeep.domain.erasure import By
from chatterkeep.domain.feedback import Feedback, Verdict
from chatterkeep.domain.messages import Address, Capability, Channel, Inbound, Sender, SessionRef, TokenKind
from chatterkeep.domain.outcome import message_id
from chatterkeep.domain.passages import Markup
from chatterkeep.domain.phone import parse_phone
from chatterkeep.domain.replies import Reply
from chatterkeep.services.rights import Wish
from chatterkeep.services.wiring import Services
from tests.files import sent_file
from tests.make import NAME, NOW, SONG, Clock, make_phone

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a page and an API session, in both of whom the same words were said. All of it is a canary."""

    name: str
    song: str
    phone: str
    page: str
    api: str
    session_ids: dict[TokenKind, str]
    reply_ids: dict[TokenKind, str]
    file_ids: dict[TokenKind, str]
    conversation_ids: dict[TokenKind, str]
    judged: dict[TokenKind, str]
    proof: str
    document: str
    passage: str

    @property
    def canaries(self) -> tuple[str, ...]:
        """What must turn up nowhere but with this person: the words, and the number in the spellings we write."""
        national = self.phone.removeprefix("+1")
        spoken = f"{national[:3]}-{national[3:6]}-{national[6:]}"
        return (self.name, self.song, self.page, self.api, self.proof, national, spoken)


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody who calls. `page` stands in addresses, the headers are sent along; what is left away is not shown.

    `session`: a session token that holds, and opens `mine`. `scope`: that of an API key that holds. `role`: of staff.
    `login`: the account whose cookie is sent; with `ended`, one of a login that is over. `signs`: as who.
    """

    name: str
    mine: Person | None = None
    page: str = ""
    bearer: str = ""
    page_holds: bool = False
    session: bool = False
    scope: str = ""
    role: str = ""
    login: str = ""
    ended: bool = False
    signs: str = ""

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.bearer}"} if self.bearer else {}


@dataclass(slots=True)
class World:
    """Makes people, and keeps the two whom the matrix is about: one who calls, and one who is to be left alone."""

    use: Services
    clock: Clock
    caller: Person = field(init=False)
    other: Person = field(init=False)
    receipt: str = field(init=False)
    """That of somebody who was erased."""

    def __post_init__(self) -> None:
        self.caller, self.other, gone = self.person(), self.person(), self.person()
        wish = Wish(gone.session_ids[TokenKind.PAGE], str(uuid.uuid4()), By.COMMAND, COMMAND_LINE)
        self.receipt = self.use.rights.erase(wish, self.clock()).receipt_id

    def person(self) -> Person:
        """Somebody new, who said the same on a page, through the API and by phone, and has a generated reply."""
        number = next(_numbers)
        name, song, phone = f"{NAME}{number:04d}", f"{SONG}{number:04d}", make_phone()
        page = self.use.threads.open(parse_phone(phone, "US"), self.clock())
        opening = self.use.sessions.open("greeting", self.clock(), {"booked_as": name})
        by_page, by_api = Capability(page, TokenKind.PAGE), SessionRef(opening.session.session_id)
        document = make_text(name, TYPED, f"Of {name}.", Markup.MARKDOWN)
        document_id = self.use.knowledge.add(document, COMMAND_LINE, self.clock()).document.id
        said = [self._talk(sender, name, song) for sender in (by_page, by_api)]
        self._say(Address(Channel.SMS, parse_phone(phone, "US")), "hello", name, song)
        page_id = self.use.threads.session_of(by_page)
        sessions = {TokenKind.PAGE: page_id, TokenKind.API: by_api.public_id}
        replies = {kind: self.use.replies.show(reply) for kind, reply in zip(sessions, said, strict=True)}
        judged = {kind: self._judged(reply, name) for kind, reply in replies.items()}
        self._rename(by_api.public_id, song)
        return Person(
            name=name,
            song=song,
            phone=phone,
            page=page,
            api=opening.token,
            session_ids=sessions,
            reply_ids=dict(zip((TokenKind.PAGE, TokenKind.API), said, strict=True)),
            file_ids={
                TokenKind.PAGE: self._attached(page_id, by_page, name),
                TokenKind.API: self._attached(by_api.public_id, by_api, name),
            },
            conversation_ids={kind: reply.conversation_id for kind, reply in replies.items()},
            judged=judged,
            proof=self.use.proofs.begin(by_page, self.clock()),
            document=document_id,
            passage=self.use.knowledge.passages_of(document_id)[0].id,
        )

    def _attached(self, session_id: str, sender: Sender, name: str) -> str:
        file_id = sent_file(self.use, session_id, f"{name}.txt", f"{name}\n".encode(), self.clock())
        outcome = self.use.turns.receive(Inbound(sender, f"{name} sends a file", files=(file_id,)), self.clock())
        assert outcome.generated, "nobody generates replies here"
        self.use.replies.wait(outcome.generated, 10)
        return file_id

    def _judged(self, reply: Reply, why: str) -> str:
        """The public id of a generated message, about which its reader said something."""
        assert reply.position
        seq = reply.position.seq
        feedback = Feedback(Verdict.POSITIVE, f"Because {why}", self.clock())
        self.use.opinions.give(reply.conversation_id, seq, None, feedback)
        return message_id(reply.conversation_id, seq)

    def _rename(self, session_id: str, title: str) -> None:
        conversation_id = self.use.sessions.conversation_of(session_id)
        self.use.conversations.rename(conversation_id, None, f"About {title}", self.clock())

    def mend(self) -> None:
        """Replace whoever was erased or signed out by what an earlier request was allowed to do."""
        self.caller = self.caller if self._is_whole(self.caller) else self.person()
        self.other = self.other if self._is_whole(self.other) else self.person()

    def _is_whole(self, person: Person) -> bool:
        now = self.clock()
        shown = self.use.sessions.session_of(person.api, now)
        try:
            self.use.threads.session_of(Capability(person.page, TokenKind.PAGE))
            for conversation_id in person.conversation_ids.values():
                self.use.conversations.overview(conversation_id, None, now)
            self.use.knowledge.document(person.document)
        except Exception:
            return False
        files = (self.use.files.find(person.file_ids[kind], person.session_ids[kind]) for kind in TokenKind)
        return shown is not None and all(files)

    def _talk(self, sender: Sender, name: str, song: str) -> str:
        self._say(sender, "hello", name, song)
        outcome = self.use.turns.receive(Inbound(sender, f"Why {name} [1]?"), self.clock())
        assert outcome.generated, "nobody generates replies here"
        return self.use.replies.wait(outcome.generated, 60).reply_id

    def _say(self, sender: Sender, *texts: str) -> None:
        for text in texts:
            self.use.turns.receive(Inbound(sender, text), self.clock())


def before(world: World) -> dict[str, Callable[[], Identity]]:
    """Those whose right is over by the time they call: their rights are given now, and end as time passes."""
    use, old = world.use, world.person()
    expired = use.api_keys.create("expired", ("admin",), NOW + timedelta(days=1), NOW)
    revoked = use.api_keys.create("revoked", ("admin",), None, NOW)
    use.api_keys.revoke(revoked[:16], NOW)
    return {
        "a page that ended": lambda: Identity("a page that ended", page=old.page),
        "a session token that ended": lambda: Identity("a session token that ended", bearer=old.api),
        "an expired key": lambda: Identity("an expired key", bearer=expired),
        "a revoked key": lambda: Identity("a revoked key", bearer=revoked),
        "staff whose login ended": lambda: Identity("staff whose login ended", login="admin", ended=True),
    }


def after(world: World, revoke: Callable[[Person], None]) -> dict[str, Callable[[], Identity]]:
    """Those who call with what holds, what never held, and what was taken back."""
    use = world.use
    gone = world.person()
    revoke(gone)
    keys = {scope: use.api_keys.create(scope, (scope,), None, world.clock()) for scope in SCOPES}
    unknown = use.api_keys.create("unknown", ("admin",), None, world.clock())[:-6] + "000000"
    mine = {
        "nobody": lambda: Identity("nobody"),
        "a page": lambda: Identity("a page", world.caller, page=world.caller.page, page_holds=True),
        "a page that was signed out": lambda: Identity("signed out", page=gone.page),
        "an unknown page": lambda: Identity("an unknown page", page=secrets.token_urlsafe(32)),
        "a session token": lambda: Identity("a session token", world.caller, bearer=world.caller.api, session=True),
        "a revoked session token": lambda: Identity("a revoked session token", bearer=gone.api),
        "a page's token as credential": lambda: Identity("a page's token as credential", bearer=world.caller.page),
        "a session token as page": lambda: Identity("a session token as page", page=world.caller.api),
        "an unknown key": lambda: Identity("an unknown key", bearer=unknown),
        "the gateway": lambda: Identity("the gateway", signs="gateway"),
        "Twilio": lambda: Identity("Twilio", signs="twilio"),
    }
    keyed = {
        f"a key for {scope}": lambda scope=scope: Identity(f"key {scope}", bearer=keys[scope], scope=scope)
        for scope in SCOPES
    }
    staff = {
        f"staff: {role}": lambda role=role: Identity(f"staff: {role}", role=role, login=role)
        for role in ("viewer", "agent", "admin")
    }
    return mine | keyed | staff


def leaked(people: Iterable[Person], answer: str, sent: str) -> list[str]:
    """The canaries of these people in an answer, but for what was in the request itself."""
    return [word for person in people for word in person.canaries if word in answer and word not in sent]
