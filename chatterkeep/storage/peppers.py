"""Numbers while there is more than one pepper: found under each of them, and stored once.

A new pepper is known everywhere before it is used. Until the old one is retired, a number may be stored under either;
the unique key of `addresses` cannot tell that two hashes are of one number, so whoever stores one looks first.
"""

from typing import Final

from sqlalchemy import Connection, bindparam, func, select

from chatterkeep.domain.messages import Address, identity
from chatterkeep.storage.crypto import Vault
from chatterkeep.storage.models import AddressRecord
from chatterkeep.storage.places import address_lookups
from chatterkeep.storage.statements import Clash, Statement

_STORED: Final = Statement(
    select(AddressRecord.id).where(
        AddressRecord.lookup == bindparam("lookup"), AddressRecord.channel == bindparam("channel")
    )
)
_LOCK: Final = Statement(select(func.pg_advisory_xact_lock(bindparam("lane"))))


def stored_lookup(connection: Connection, vault: Vault, address: Address) -> bytes:
    """Return the hash under which an address is stored, under whichever pepper; else that of the pepper in use."""
    lookups, channel = address_lookups(vault, address), address.channel.value
    stored = (lookup for lookup in lookups if _STORED.one(connection, lookup=lookup, channel=channel))
    return lookups[0] if len(lookups) == 1 else next(stored, lookups[0])


def keep_single(connection: Connection, vault: Vault, address: Address) -> None:
    """Let nobody else store this address until this write ends. Raises Clash where it is stored, under any pepper."""
    lookups = address_lookups(vault, address)
    if len(lookups) == 1:
        return  # the unique key sees to it
    if connection.dialect.name == "postgresql":
        lane = vault.ledger("address lane", identity(address))
        _LOCK.one(connection, lane=int.from_bytes(lane[:8], "big", signed=True))
    if any(_STORED.one(connection, lookup=lookup, channel=address.channel.value) for lookup in lookups):
        raise Clash
