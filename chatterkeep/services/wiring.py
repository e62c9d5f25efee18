"""The use cases, built from values, as one frozen object that the web and the commands are given."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from chatterkeep.domain.flow import Flow
from chatterkeep.domain.messages import Sender, identity
from chatterkeep.services.answerable import Answerable
from chatterkeep.services.api_keys import ApiKeys
from chatterkeep.services.audit import Audit
from chatterkeep.services.author import Author, Pens, Quoting
from chatterkeep.services.children import Children
from chatterkeep.services.choices import Choices, Filing
from chatterkeep.services.conversations import Conversations
from chatterkeep.services.demo import Demo
from chatterkeep.services.embeddings import Embeddings
from chatterkeep.services.extracting import Extracting
from chatterkeep.services.feed import Feed
from chatterkeep.services.feedback import Opinions
from chatterkeep.services.files import Files, Looks
from chatterkeep.services.following import Following
from chatterkeep.services.health import Health
from chatterkeep.services.history import History
from chatterkeep.services.housekeeping import Housekeeping
from chatterkeep.services.indexing import Indexing
from chatterkeep.services.knowledge import Knowledge
from chatterkeep.services.known_settings import KnownSettings
from chatterkeep.services.links import Links
from chatterkeep.services.outgoing import Outgoing
from chatterkeep.services.passages import Passages
from chatterkeep.services.ports import Carrier
from chatterkeep.services.proofs import Proofs
from chatterkeep.services.remains import Remains
from chatterkeep.services.replies import Replies
from chatterkeep.services.retention import Retention
from chatterkeep.services.rights import Rights
from chatterkeep.services.rotation import Rotation
from chatterkeep.services.scanning import Scanning
from chatterkeep.services.search import Search
from chatterkeep.services.sessions import Sessions
from chatterkeep.services.signatures import Signatures
from chatterkeep.services.staff import Staff
from chatterkeep.services.threads import Threads
from chatterkeep.services.tooling import Tooling
from chatterkeep.services.turns import Turns
from chatterkeep.services.twilio import Twilio
from chatterkeep.services.writers import Writers
from chatterkeep.storage.audit_note import Note
from chatterkeep.storage.blobs import Blobs
from chatterkeep.storage.crypto import Vault
from chatterkeep.storage.db import Database
from chatterkeep.storage.presence import Presence

_CHILDREN = 2
"""How many programs a process may have at work on files at a time, and for how many seconds a file waits for one."""

_PATIENCE = 30.0

Clock = Callable[[], datetime]
"""Returns the present time, aware, in UTC."""


@dataclass(frozen=True, slots=True)
class Outside:
    """Who else takes part: who writes generated replies, and who carries text to phones. None: nobody does.

    `quoting` answers from documents where no author can, and `passages` finds what they say, also by its meaning where
    there are `embeddings`. `tools` are what a model
    may look things up with. `secrets` are those by which the gateway that delivers messages is known, `twilio` knows
    the requests of Twilio.
    """

    authors: Author | None
    quoting: Quoting | None
    passages: Passages
    embeddings: Embeddings
    tools: Tooling | None
    carrier: Carrier | None
    secrets: Sequence[str]
    twilio: Twilio


@dataclass(frozen=True, slots=True)
class Talk:
    """What people and programs talk through."""

    clock: Clock
    region: str
    flows: Mapping[str, Flow]
    turns: Turns
    replies: Replies
    following: Following
    writers: Writers
    outgoing: Outgoing
    signatures: Signatures
    twilio: Twilio
    proofs: Proofs
    links: Links
    feed: Feed
    threads: Threads
    sessions: Sessions


@dataclass(frozen=True, slots=True)
class Services(Talk):
    """Everything the application can do: the talk, and what staff and whoever runs it do with it."""

    api_keys: ApiKeys
    conversations: Conversations
    opinions: Opinions
    health: Health
    staff: Staff
    history: History
    indexing: Indexing
    search: Search
    audit: Audit
    settings: KnownSettings
    rights: Rights
    retention: Retention
    knowledge: Knowledge
    embeddings: Embeddings
    housekeeping: Housekeeping
    demo: Demo
    rotation: Rotation
    tools: Tooling | None
    files: Files
    remains: Remains
    vault: Vault

    def pseudonym(self, sender: Sender) -> str:
        """Return a name for a sender that tells nobody who it is: a keyed hash, in hex."""
        return self.vault.lookup("pseudonym", identity(sender))[:12].hex()


def build(
    database: Database,
    vault: Vault,
    flows: Mapping[str, Flow],
    choices: Choices,
    clock: Clock,
    outside: Outside,
) -> Services:
    """Put the use cases together. Without authors, documents answer some questions, and flows say their own texts."""
    flows = {name: _answered(flow, outside) for name, flow in flows.items()}
    talk = _talk(database, vault, flows, choices, clock, outside)
    blobs = Blobs(choices.files.folder)
    remains = Remains(database, blobs)
    rights = Rights(database, vault, talk.feed, talk.writers.desk, remains)
    retention = Retention(database, vault, rights, choices.retention)
    indexing = Indexing(database, vault, on=choices.search)
    return Services(
        **{field.name: getattr(talk, field.name) for field in fields(talk)},
        api_keys=ApiKeys(database, vault),
        conversations=Conversations(database, vault, choices, talk.feed, talk.writers.desk, rights),
        opinions=Opinions(database, vault),
        health=Health(database, vault, choices.migrations, outside.authors),
        staff=Staff(database, vault),
        history=History(database, vault, flows),
        indexing=indexing,
        search=Search(database, vault, indexing),
        audit=Audit(database, vault, Note(choices.audit_note, vault)),
        settings=KnownSettings(database, vault, choices.settings),
        rights=rights,
        retention=retention,
        knowledge=Knowledge(database, vault, outside.passages, outside.quoting),
        embeddings=outside.embeddings,
        housekeeping=Housekeeping(retention, rights, remains, clock),
        demo=Demo(database, vault, flows),
        rotation=Rotation(database, vault),
        tools=outside.tools,
        files=Files(database, vault, blobs, remains, _looks(choices.files)),
        remains=remains,
        vault=vault,
    )


def _looks(filing: Filing) -> Looks:
    children = Children(_CHILDREN, _PATIENCE)
    return Looks(Scanning(children, filing.scanner, filing.scan_seconds), Extracting(children))


def _answered(flow: Flow, outside: Outside) -> Flow:
    if outside.authors:
        return flow
    return flow.without_model() if outside.quoting else flow.without_answerer()


def _talk(
    database: Database,
    vault: Vault,
    flows: Mapping[str, Flow],
    choices: Choices,
    clock: Clock,
    outside: Outside,
) -> Talk:
    feed = Feed(database, clock)
    writers = Writers(database, vault, Pens(outside.authors, outside.quoting), feed, Presence(choices.presence), clock)
    outgoing = Outgoing(outside.carrier, clock)
    replies = Replies(database, vault, writers, feed, clock)
    heard = flows if outside.authors else Answerable(flows, outside.passages)
    return Talk(
        clock=clock,
        region=choices.region,
        flows=flows,
        turns=Turns(database, vault, heard, choices, writers),
        replies=replies,
        following=Following(database, vault, feed, writers.desk),
        writers=writers,
        outgoing=outgoing,
        signatures=Signatures(outside.secrets),
        twilio=outside.twilio,
        proofs=Proofs(database, vault, choices, outgoing, feed),
        links=Links(database, vault, choices.terms),
        feed=feed,
        threads=Threads(database, vault, flows, choices, writers.desk, clock),
        sessions=Sessions(database, vault, flows, choices, replies),
    )
