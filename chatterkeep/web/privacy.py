"""Words and addresses about what is kept of people, the same on every page that says them."""

from datetime import timedelta

from flask import url_for

_KINDS = (("Text", "txt"), ("Markdown", "md"), ("JSON", "json"))


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
