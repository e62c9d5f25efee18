"""Is the application ready: the database answers, its tables are up to date, the keys fit what is stored."""

from pathlib import Path

from chatterkeep.domain.errors import StoreBusy
from chatterkeep.services.author import Author
from chatterkeep.storage import health
from chatterkeep.storage.crypto import Vault
from chatterkeep.storage.db import Database

OK = "ok"
UNCHECKED = "not checked"
RESTING = "The language model fails, and is only asked now and then. Messages are stored and answered later or not."
SILENT = "The database does not answer. Run: flask doctor"


class Health:
    """Looks at what the application stands on, in a few cheap reads."""

    def __init__(self, database: Database, vault: Vault, migrations: Path, authors: Author | None = None) -> None:
        self._database = database
        self._vault = vault
        self._authors = authors
        self._revisions = health.read_revisions(migrations)

    def checks(self) -> dict[str, str]:
        """Return `ok`, or in a sentence what is wrong, for each of: database, migrations, keys."""
        try:
            with self._database.read() as connection:
                migrations = self._lag(health.stored_revision(connection))
                if migrations:
                    return {"database": OK, "migrations": migrations, "keys": UNCHECKED}
                opens = health.newest_opens(connection, self._vault)
        except StoreBusy:
            return {"database": SILENT, "migrations": UNCHECKED, "keys": UNCHECKED}
        return {"database": OK, "migrations": OK, "keys": OK if opens else "The keys do not open what is stored."}

    def model(self) -> str:
        """Return `ok`, also where nobody generates replies, or in a sentence why nobody does now."""
        return RESTING if self._authors and self._authors.are_resting else OK

    def problem(self) -> str | None:
        """Return what is wrong first, and how to mend it; None when all is well."""
        return next((sentence for sentence in self.checks().values() if sentence != OK), None)

    def is_behind(self) -> bool:
        """Tell whether migrations of this code are still to be applied."""
        try:
            with self._database.read() as connection:
                stored = health.stored_revision(connection)
        except StoreBusy:
            return False
        return stored is None or stored in self._revisions.known - {self._revisions.head}

    def has_staff(self) -> bool:
        """Tell whether anybody can sign in to the staff pages. Raises StoreBusy."""
        with self._database.read() as connection:
            return health.has_staff(connection)

    def _lag(self, stored: str | None) -> str | None:
        if stored == self._revisions.head:
            return None
        if stored is None:
            return "The database has no tables yet. Run: flask db upgrade"
        if stored not in self._revisions.known:
            return f"The tables are at revision {stored}, which this code does not know: it is older than they are."
        return f"The tables are at revision {stored}, this code needs {self._revisions.head}. Run: flask db upgrade"
