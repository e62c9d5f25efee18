"""Makes the carrier that the settings name."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Literal

from chatterkeep.channels.console import Console
from chatterkeep.channels.webhook import Webhook
from chatterkeep.domain.signatures import read_secret
from chatterkeep.services.outbound import Outbound
from chatterkeep.services.ports import Carrier


def carrier_of(
    kind: Literal["none", "console", "webhook"],
    url: str,
    secrets: Sequence[str],
    private: bool,
    clock: Callable[[], datetime],
) -> Carrier | None:
    """Return a carrier, or None where nothing carries text.

    A `webhook` needs a url, which may be `private` or not, and signs with the first secret. Raises ForbiddenTarget for
    a url that is none.
    """
    match kind:
        case "webhook":
            return Webhook(url, read_secret(secrets[0]), Outbound(private=private), clock)
        case "console":
            return Console()
    return None
