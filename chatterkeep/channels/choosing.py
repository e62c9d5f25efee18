"""Makes the carrier that the settings name."""

from chatterkeep.channels.console import Console
from chatterkeep.services.ports import Carrier


def carrier_of(kind: str) -> Carrier | None:
    """Return the carrier of a kind (`none`, `console`), or None where nothing carries text."""
    return Console() if kind == "console" else None
