"""Stops what is being written in a conversation, when a person speaks there or closes it."""

from datetime import datetime

from sqlalchemy import Connection

from chatterkeep.storage.asking import abandon
from chatterkeep.storage.claims import Lost
from chatterkeep.storage.crypto import Vault
from chatterkeep.storage.endings import end, stopped
from chatterkeep.storage.instants import to_micros
from chatterkeep.storage.replies import replies_under_way
from chatterkeep.storage.turns import Stale


def halt(connection: Connection, vault: Vault, conversation: int, now: datetime) -> bool:
    """Keep what was written so far as a message, forget what waits; tell whether there was anything.

    The writer learns of it at its next flush. Raises Stale where it finished at this very moment.
    """
    active = replies_under_way(connection, vault, conversation)
    if not active:
        return False
    abandon(connection, conversation, to_micros(now), waiting_only=True)
    for stored in replies_under_way(connection, vault, conversation):
        try:
            end(connection, stored.claim, stored.where, stopped(stored.reply.text), None, now)
        except Lost as error:
            raise Stale from error
    return True
