"""The connection to a provider that speaks OpenAI's API, made when it is first needed."""

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chatterkeep.answerers.openai_client import Client


class Provider:
    """`base_url` ends in `/v1`; empty, it is OpenAI's own. `api_key` may be empty for a server without."""

    def __init__(self, api_key: str, base_url: str) -> None:
        self._api_key = api_key
        self._base_url = base_url
        self._lock = threading.Lock()
        self._client: Client | None = None

    def client(self) -> "Client":
        """Return the client of this process. The first call takes about a second; not before a fork."""
        if self._client is None:
            # it costs 0.7 s and 45 MB, which nobody should pay who has no model
            from chatterkeep.answerers.openai_client import Client  # noqa: PLC0415

            with self._lock:
                if self._client is None:
                    self._client = Client(self._api_key, self._base_url)
        return self._client

    def close(self) -> None:
        """Close the connections that nobody uses."""
        if self._client is not None:
            self._client.close()
