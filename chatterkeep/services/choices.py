"""What whoever runs the application chose, as far as the use cases need to know it."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from chatterkeep.domain.links import Terms
from chatterkeep.domain.proofs import Allowance


@dataclass(frozen=True, slots=True)
class Proving:
    """How numbers are proved: how many codes there may be, to which countries (all, where none is named).

    `lifetime` is for how long a number is its owner's without a sign, `number` the one that people text to, if any.
    """

    allowance: Allowance = field(default_factory=Allowance)
    countries: Set[str] = frozenset()
    lifetime: timedelta = timedelta(days=90)
    number: str = ""


@dataclass(frozen=True, slots=True)
class Filing:
    """Where the files that people send lie, and which command looks at them first, for how many seconds at most."""

    folder: Path
    scanner: Sequence[str] = ()
    scan_seconds: float = 30.0


@dataclass(frozen=True, slots=True)
class Choices:
    """What whoever runs it chose: the default flow, the time-out of conversations, the terms of links, the region.

    `retention` is how long a conversation is kept after its last message; nothing at all means until it is erased.
    `search` tells whether staff can search messages for words.

    `migrations` is the folder of the migrations that make the tables this code needs, `presence` that of the files by
    which the processes of this machine know each other, `audit_note` the file in which it notes the newest entry of the
    audit. `settings` has the value of every setting by its name.
    """

    flow: str
    timeout: timedelta
    terms: Terms
    retention: timedelta
    region: str
    greeting: str
    migrations: Path
    presence: Path
    audit_note: Path
    files: Filing
    proving: Proving
    settings: Mapping[str, str] = field(default_factory=dict, repr=False)
    search: bool = True
