"""The places that values are encrypted for, and the hashes they are found by: one spelling of each, here.

A ciphertext opens only in the place it was made for, so it cannot be moved to another row or column.
"""

from chatterkeep.domain.messages import Address, identity
from chatterkeep.domain.phone import PhoneNumber
from chatterkeep.storage.crypto import Vault


def body_place(conversation_id: str, seq: int) -> str:
    """The place a message's text is encrypted for."""
    return f"messages.body:{conversation_id}:{seq}"


def basis_place(conversation_id: str, seq: int) -> str:
    """The place what a message rests on is encrypted for."""
    return f"messages.basis:{conversation_id}:{seq}"


def answers_place(conversation_id: str) -> str:
    """The place a conversation's collected answers are encrypted for."""
    return f"conversations.answers:{conversation_id}"


def title_place(conversation_id: str) -> str:
    """The place a conversation's name is encrypted for."""
    return f"conversations.title:{conversation_id}"


def comment_place(conversation_id: str, seq: int) -> str:
    """The place what a reader says of a message is encrypted for."""
    return f"feedback.comment:{conversation_id}:{seq}"


def context_place(session_id: str) -> str:
    """The place what a client told of a session is encrypted for."""
    return f"sessions.context:{session_id}"


def partial_place(reply_id: str) -> str:
    """The place the text so far of a reply is encrypted for."""
    return f"replies.partial:{reply_id}"


def address_place(lookup: bytes) -> str:
    """The place a number is encrypted for."""
    return f"addresses.ciphertext:{lookup.hex()}"


def address_lookup(vault: Vault, address: Address, pepper: int | None = None) -> bytes:
    """The keyed hash by which an address is found, under one pepper, else that in use."""
    return vault.lookup("address", identity(address), pepper)


def address_lookups(vault: Vault, address: Address) -> tuple[bytes, ...]:
    """The hashes under which an address may be stored: that of the pepper in use, then those of the others."""
    return vault.lookups("address", identity(address))


def claim_place(session_id: str) -> str:
    """The place a claimed number is encrypted for."""
    return f"sessions.claimed_phone:{session_id}"


def claim_lookup(vault: Vault, phone: PhoneNumber) -> bytes:
    """The keyed hash by which staff find the sessions that claim a number."""
    return vault.lookup("claim", phone.e164)


def claim_lookups(vault: Vault, phone: PhoneNumber) -> tuple[bytes, ...]:
    """The hashes under which a claim may be stored while there is more than one pepper."""
    return vault.lookups("claim", phone.e164)


def totp_place(staff: int) -> str:
    """The place the second factor's secret of an account is sealed for."""
    return f"staff.totp:{staff}"


def offer_place(staff: int) -> str:
    """The place a second factor's secret is sealed for until its owner confirms it."""
    return f"staff.offer:{staff}"


def file_place(column: str, file_id: str) -> str:
    """The place that a part of a file is encrypted for: `key`, `about`, `text` or `blob`."""
    return f"files.{column}:{file_id}"
