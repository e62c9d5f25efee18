"""Words and addresses for the pages of downloading and erasing."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import url_for

from chatterkeep.domain.erasure import WORD, Counts, Receipt
from chatterkeep.web.privacy import export_links


@dataclass(frozen=True, slots=True)
class EraseView:
    """The page that asks whether everything shall be erased."""

    action: str
    back_url: str
    exports: tuple[tuple[str, str], ...]
    counts: tuple[str, ...]
    receipt_id: str
    word: str
    typed: str
    error: str | None


@dataclass(frozen=True, slots=True)
class ReceiptView:
    """The receipt of an erasure."""

    receipt_id: str
    iso: str
    when: str
    counts: tuple[str, ...]
    home_url: str


def erase_view(token: str, receipt_id: str, counts: Counts, error: str | None, posted: Mapping[str, str]) -> EraseView:
    """Word what would go."""
    return EraseView(
        action=url_for("rights.erase", token=token),
        back_url=url_for("chat.show_thread", token=token),
        exports=export_links(token),
        counts=_listed(counts),
        receipt_id=receipt_id,
        word=WORD,
        typed=posted.get("word", "")[:40],
        error=error,
    )


def receipt_view(receipt: Receipt) -> ReceiptView:
    """Word a receipt."""
    return ReceiptView(
        receipt_id=receipt.receipt_id,
        iso=receipt.at.isoformat(timespec="seconds"),
        when=f"{receipt.at.day} {receipt.at:%B %Y, %H:%M UTC}",
        counts=_listed(receipt.counts),
        home_url=url_for("chat.show_start"),
    )


def _listed(counts: Counts) -> tuple[str, ...]:
    return tuple(str(counts).split(", ")) if str(counts) else ()
