"""What a conversation is called: as somebody named it, else by its first question."""

from typing import Final

LONGEST_TITLE: Final = 200
"""Of a name that somebody gives, in characters."""

_SHOWN: Final = 60
"""Of a question that serves as a name."""


def title_from(question: str) -> str:
    """Return a name made from a question: one line, cut between two words where it is long."""
    words = " ".join(question.split())
    if len(words) <= _SHOWN:
        return words
    cut = words[:_SHOWN]
    whole = cut if words[_SHOWN] == " " else cut.rpartition(" ")[0]
    return (whole if len(whole) > _SHOWN // 2 else cut).rstrip(" ,;:.!?") + "…"
