"""What whoever runs the application chose, as far as the use cases need to know it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from chatterkeep.domain.links import Terms


@dataclass(frozen=True, slots=True)
class Choices:
    """What whoever runs it chose: the default flow, the time-out of conversations, the terms of links, the region.

    `retention` is how long a conversation is kept after its last message; nothing at all means until it is erased.
    `search` tells whether staff can search messages for words.

    `migrations` is the folder of the migrations that make the tables this code needs, `presence` that of the files by
    which the processes of this machine know each other. `settings` has the value of every setting by its name.
    """

    flow: str
    timeout: timedelta
    terms: Terms
    retention: timedelta
    region: str
    greeting: str
    migrations: Path
    presence: Path
    settings: Mapping[str, str] = field(default_factory=dict, repr=False)
    search: bool = True
