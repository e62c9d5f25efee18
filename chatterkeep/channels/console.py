"""For development: the text goes to the server's log and nowhere else."""

import logging
from typing import Final

from chatterkeep.domain.phone import PhoneNumber
from chatterkeep.services.outgoing import CONSOLE

log = logging.getLogger(__name__)


class Console:
    """Prints what a phone would get. The number is masked; production refuses this channel."""

    name: Final = CONSOLE
    knows_keys: Final = True

    def send(self, phone: PhoneNumber, text: str, key: str) -> None:
        """Write one line of the log."""
        log.warning("To %s: %s", phone.masked, text)
