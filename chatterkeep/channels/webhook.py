"""Posts each text to a gateway of whoever runs this, as signed JSON; the gateway sends it to the phone.

    POST CHATTERKEEP_CHANNEL_URL
    {"id": "…", "phone": "+14155550123", "text": "…", "sent_at": "2026-03-14T15:09:26+00:00"}

`id` is also the header `webhook-id`. A try that got no answer may have arrived, so the next try bears the same id: the
gateway sends each id once.
"""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Final

from chatterkeep.domain.phone import PhoneNumber
from chatterkeep.domain.signatures import sign
from chatterkeep.services.outbound import NotSent, Outbound, Response, Unanswered
from chatterkeep.services.ports import CarrierFailed
from chatterkeep.services.retry_after import retry_after
from chatterkeep.services.targets import ForbiddenTarget, parse_target


class Webhook:
    """A gateway behind an address."""

    name: Final = "webhook"
    knows_keys: Final = True

    def __init__(self, url: str, secret: bytes, outbound: Outbound, clock: Callable[[], datetime]) -> None:
        """Raises ForbiddenTarget for an address that is none."""
        self._target = parse_target(url)
        self._secret = secret
        self._outbound = outbound
        self._clock = clock

    def send(self, phone: PhoneNumber, text: str, key: str) -> None:
        """Post a text. Raises CarrierFailed."""
        now = self._clock()
        fields = {"id": key, "phone": phone.e164, "text": text, "sent_at": now.isoformat(timespec="seconds")}
        body = json.dumps(fields).encode()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "ChatterKeep",
            **sign(self._secret, key, int(now.timestamp()), body),
        }
        try:
            response = self._outbound.post(self._target, headers, body)
        except ForbiddenTarget as error:
            raise CarrierFailed(str(error), permanent=True) from None
        except NotSent as error:
            raise CarrierFailed(str(error)) from None
        except Unanswered as error:
            raise CarrierFailed(str(error), ambiguous=True) from None
        _judge(response, now)


def _judge(response: Response, now: datetime) -> None:
    status = response.status
    if 200 <= status < 300:
        return
    passing = status == 429 or status >= 500
    raise CarrierFailed(
        f"HTTP {status}",
        permanent=not passing,
        ambiguous=status >= 500,
        gone=status == 410,
        retry_after=retry_after(response.headers.get("retry-after"), now.timestamp()) if passing else None,
    )
