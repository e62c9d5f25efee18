"""Tells where in Markdown the address of a link is being written, so that nothing private is put into it."""

from typing import Final

_NEAR: Final = 4_096
"""Characters before a place that are looked at."""


def is_destination(before: str) -> bool:
    """Tell whether what follows a text may become part of a link's address (CommonMark 0.31, 6.3 and 4.7).

    Rather says yes than no.
    """
    if len(before) > _NEAR and not before[-_NEAR:].split(maxsplit=1)[1:]:
        return True
    near = before[-_NEAR:]
    word = near.rpartition("\n")[2].rpartition(" ")[2].rpartition("\t")[2]
    if "://" in word or "](" in word or "]:" in word:
        return True
    head = near[: len(near) - len(word)].rstrip()
    if head.endswith(("](", "](<", "]:")):
        return True
    opened = near.rfind("](<")
    return opened >= 0 and ">" not in near[opened + 3 :] and "\n" not in near[opened + 3 :]
