"""Sessions whose rows are gone and whose share of the data key must go: noted in the write that removes the rows.

The share lies in another store, and so in another write. Noted here, it is destroyed even where a process is killed
between the two.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, delete, insert, select

from chatterkeep.storage.models import SessionRecord
from chatterkeep.storage.models_ledger import DoomedKeyRecord
from chatterkeep.storage.parts import parts


def doom(connection: Connection, sessions: Sequence[int]) -> None:
    """Note these sessions (rows), in the write that removes them, before it does."""
    public = select(SessionRecord.public_id).where(SessionRecord.id.in_(sessions))
    connection.execute(insert(DoomedKeyRecord).from_select(["session_id"], public))


def doomed(connection: Connection) -> list[str]:
    """Return the public ids of the sessions whose shares may still be there."""
    return list(connection.scalars(select(DoomedKeyRecord.session_id)))


def redeemed(connection: Connection, session_ids: Sequence[str]) -> None:
    """Forget what was noted of sessions whose shares are destroyed."""
    for some in parts(session_ids):
        connection.execute(delete(DoomedKeyRecord).where(DoomedKeyRecord.session_id.in_(some)))
