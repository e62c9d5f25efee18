"""A carrier that keeps what it was given."""

import re
import time
from dataclasses import dataclass, field

from chatterkeep.domain.phone import PhoneNumber
from chatterkeep.services.wiring import Services

_WITHIN = 60.0


@dataclass
class Pigeonhole:
    """Takes every text, and lets it lie."""

    texts: list[tuple[PhoneNumber, str, str]] = field(default_factory=list)
    name: str = "pigeonhole"
    knows_keys: bool = True

    def send(self, phone: PhoneNumber, text: str, key: str) -> None:
        self.texts.append((phone, text, key))

    def text(self, number: int = 1) -> str:
        """Return the text that came as this one, once it is there."""
        deadline = time.monotonic() + _WITHIN
        while len(self.texts) < number and time.monotonic() < deadline:
            time.sleep(0.005)
        assert len(self.texts) >= number, f"{len(self.texts)} texts came"
        return self.texts[number - 1][1]

    def code(self, number: int = 1) -> str:
        """Return the code in that text."""
        found = re.match(r"\d{6}", self.text(number))
        assert found
        return found[0]


def attached(services: Services) -> Pigeonhole:
    """Let an application send its texts to a carrier of the test's own."""
    carrier = Pigeonhole()
    services.outgoing._carrier = carrier
    return carrier
