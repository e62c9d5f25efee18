"""Words, addresses and fields about what is kept of people, the same on every page that has them."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from flask import redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from chatterkeep.domain.erasure import WORD, Counts, Receipt, is_meant

_KINDS = (("Text", "txt"), ("Markdown", "md"), ("JSON", "json"))


@dataclass(frozen=True, slots=True)
class EraseView:
    """The page that asks whether everything shall be erased. `typed` is what stood where `word` was asked for."""

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


def erase_view(
    action: str, back_url: str, exports: tuple[tuple[str, str], ...], counts: Counts, error: str | None
) -> EraseView:
    """Word what would go. The receipt's id is chosen here, and stays the same while somebody corrects the form."""
    return EraseView(
        action=action,
        back_url=back_url,
        exports=exports,
        counts=listed(counts),
        receipt_id=posted_receipt(),
        word=WORD,
        typed=request.form.get("word", "")[:40],
        error=error,
    )


def posted_receipt() -> str:
    """Return the receipt's id that our form holds; a new one where there is none."""
    try:
        return str(UUID(request.form.get("receipt", "")))
    except ValueError:
        return str(uuid4())


def refusal() -> str | None:
    """Say what is missing in the form that erases; None where the word was typed."""
    return None if is_meant(request.form.get("word", "")) else f"To erase it, type the word {WORD} into the box."


def to_receipt(endpoint: str, receipt_id: str) -> BaseResponse:
    """Lead to a receipt, on the page of whoever erased."""
    return redirect(url_for(endpoint, receipt_id=receipt_id), 303)


def receipt_view(receipt: Receipt) -> ReceiptView:
    """Word a receipt."""
    return ReceiptView(
        receipt_id=receipt.receipt_id,
        iso=receipt.at.isoformat(timespec="seconds"),
        when=f"{receipt.at.day} {receipt.at:%B %Y, %H:%M UTC}",
        counts=listed(receipt.counts),
    )


def listed(counts: Counts) -> tuple[str, ...]:
    """Return counts as the lines of a list."""
    return tuple(str(counts).split(", ")) if str(counts) else ()


def retention_words(period: timedelta | None) -> str:
    """Say how long messages are kept; None: until somebody erases them."""
    if period is None:
        return "Messages are kept until you ask us to erase them."
    days = period / timedelta(days=1)
    count, unit = (round(days), "day") if days >= 2 else (max(1, round(period / timedelta(hours=1))), "hour")
    return f"Messages are kept {count} {unit}{'s' if count != 1 else ''}."


def export_links(token: str) -> tuple[tuple[str, str], ...]:
    """Return the files one can take along from a page: what each is called, and its address."""
    return tuple((name, url_for("rights.export", token=token, kind=kind)) for name, kind in _KINDS)
