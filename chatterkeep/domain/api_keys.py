"""The key of a server-side client: what it is called, what it may do, and until when."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

Scope = Literal["chat", "sessions:read", "sessions:write", "agent", "files", "admin"]
SCOPES: Final[tuple[Scope, ...]] = ("chat", "sessions:read", "sessions:write", "agent", "files", "admin")


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as we know it: `prefix` is all of the key itself that is kept. `id` is its row number."""

    id: int
    name: str
    prefix: str
    scopes: frozenset[str]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None

    def state(self, now: datetime) -> str:
        """Return `active`, `expired` or `revoked`."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at is not None and now >= self.expires_at else "active"
