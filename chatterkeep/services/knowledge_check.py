"""Looks whether the documents that answers rest on can be found."""

from chatterkeep.domain.ranking import VERSION
from chatterkeep.services.findings import Finding, ok, warn
from chatterkeep.storage.db import Database
from chatterkeep.storage.documents import list_documents
from chatterkeep.storage.knowledge import knowledge


def examine_documents(database: Database) -> Finding:
    """Tell how many documents there are, since when, and whether their index is of the present rules."""
    name = "documents"
    with database.read() as connection:
        known, newest = knowledge(connection), list_documents(connection, 1)
    if not newest:
        return ok(name, "There are none. flask knowledge add FILE adds one, for answers to rest on.")
    documents = f"{known.documents:,} document{'s' if known.documents != 1 else ''}"
    passages = f"{known.passages:,} passage{'s' if known.passages != 1 else ''}"
    found = f"{documents} in {passages}, the newest of {newest[0].created_at:%Y-%m-%d %H:%M} UTC."
    if known.version != VERSION:
        return warn(
            name, f"{found} Their index is of older rules: words may not be found.", "Run: flask knowledge rebuild"
        )
    return ok(name, found)
