"""How long the right to a session lasts: that of a private link, and of an API client's token."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Terms:
    """A token ends when it was not used for `idle`, and `longest` after it was made in any case."""

    idle: timedelta
    longest: timedelta

    def end(self, made_at: datetime, used_at: datetime) -> datetime:
        """Return when a token ends that was made and last used at these times."""
        return min(made_at + self.longest, used_at + self.idle)
