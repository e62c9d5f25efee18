"""Words that work in every flow and every state: a person can always start over and ask for help."""

from enum import StrEnum

_END_MARKS = ".!?\"' "


class Keyword(StrEnum):
    """A command that beats the flow."""

    RESTART = "restart"
    HELP = "help"


_SPELLINGS = {
    "restart": Keyword.RESTART,
    "/restart": Keyword.RESTART,
    "start over": Keyword.RESTART,
    "help": Keyword.HELP,
    "/help": Keyword.HELP,
}


def normalise(text: str) -> str:
    """Fold case and space, for comparing what people say."""
    return " ".join(text.casefold().split())


def bare(normalised: str) -> str:
    """Return what people say without the marks at its end."""
    return normalised.strip(_END_MARKS)


def find_keyword(text: str) -> Keyword | None:
    """Return the keyword that is the whole message, or None."""
    return _SPELLINGS.get(bare(normalise(text))) if len(text) <= 40 else None
