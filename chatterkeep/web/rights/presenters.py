"""Words for the receipt of an erasure."""

from dataclasses import dataclass

from flask import url_for

from chatterkeep.domain.erasure import Receipt
from chatterkeep.web.privacy import listed


@dataclass(frozen=True, slots=True)
class ReceiptView:
    """The receipt of an erasure."""

    receipt_id: str
    iso: str
    when: str
    counts: tuple[str, ...]
    home_url: str


def receipt_view(receipt: Receipt) -> ReceiptView:
    """Word a receipt."""
    return ReceiptView(
        receipt_id=receipt.receipt_id,
        iso=receipt.at.isoformat(timespec="seconds"),
        when=f"{receipt.at.day} {receipt.at:%B %Y, %H:%M UTC}",
        counts=listed(receipt.counts),
        home_url=url_for("chat.show_start"),
    )
