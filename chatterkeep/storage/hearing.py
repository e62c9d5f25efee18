"""What a message from a number says of whose it is: a sign of its owner, and perhaps the code of a page."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from chatterkeep.domain.messages import Address, Channel, Inbound
from chatterkeep.domain.proofs import REFRESH, is_hardly_more, is_stale, texted_code
from chatterkeep.domain.remarks import HEARD, MISSED
from chatterkeep.storage.crypto import Vault
from chatterkeep.storage.joining import release, sign
from chatterkeep.storage.known import Known
from chatterkeep.storage.proofs import find_shown, mark_proved, was_tried


@dataclass(frozen=True, slots=True)
class Hearing:
    """What is to be noted with a message: that `holder` is who it was, or no more; and the attempt (row) it proves.

    `answer` is what is said to a code, right or wrong.
    """

    address: Address
    holder: Known | None
    starts_afresh: bool
    proof: int | None
    answer: str

    def note(self, connection: Connection, vault: Vault, now: datetime) -> None:
        """Write it down. Raises Stale where somebody else was faster."""
        if self.holder and self.holder.proved_at and self.starts_afresh:
            release(connection, vault, self.holder, self.address, self.holder.proved_at)
        elif self.holder:
            sign(connection, vault, self.address, now)
        if self.proof is not None:
            mark_proved(connection, self.proof, now)


def hear(
    connection: Connection, vault: Vault, inbound: Inbound, known: Known | None, now: datetime, lifetime: timedelta
) -> Hearing | None:
    """Return what is to be noted with a message; None where there is nothing, which is nearly always.

    `known` is what the sender's address leads to. A gateway tells the truth of text messages alone: who has a number
    now need not be who has its account elsewhere.
    """
    sender = inbound.sender
    if not isinstance(sender, Address):
        return None
    proof, answer = None, ""
    if sender.channel is Channel.SMS and (code := texted_code(inbound.text)):
        proof = find_shown(connection, vault, sender.phone, code, now)
        if proof is not None:
            answer = HEARD
        elif is_hardly_more(inbound.text) and was_tried(connection, vault, sender.phone, now):
            answer = MISSED
    last = known.proved_at if known else None
    due = last is not None and now - last >= REFRESH
    if not answer and not due:
        return None
    afresh = last is not None and is_stale(last, now, lifetime)
    return Hearing(sender, known if due else None, afresh, proof, answer)
