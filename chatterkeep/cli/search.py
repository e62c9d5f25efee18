"""`flask search`: finds messages by words, and builds the index that they are found by."""

import click

from chatterkeep.cli.group import Group, services
from chatterkeep.cli.output import confirm, json_option, print_rows, progress, say, yes_option
from chatterkeep.domain.audit import COMMAND_LINE
from chatterkeep.domain.search import Hit, read_query
from chatterkeep.services.indexing import STEPS

_OFF = "The search is off here. To turn it on: CHATTERKEEP_SEARCH=on"

group = Group(
    "search",
    help="What was said: find it by words, build the index of words.",
    examples=("flask search find 'marmalade skies'", "flask search rebuild"),
)


@group.command("find", examples=("flask search find 'marmalade skies'", "flask search find '\"favorite song\" -skies'"))
@click.argument("words")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="How many, at most.")
@json_option
def find(words: str, limit: int, as_json: bool) -> None:
    """List the newest messages in which all words occur. The audit keeps that you searched, not for what.

    "Words in quotes" must stand side by side, a -word must not occur.
    """
    if not services().search.on:
        raise click.ClickException(_OFF)
    found = services().search.find(read_query(words), None, COMMAND_LINE, services().clock(), limit)
    print_rows([_row(hit) for hit in found.hits.hits], as_json, "Nothing found.")
    if not found.current:
        say("The index is out of date, so words may be missing. Run: flask search rebuild")
    elif found.waiting:
        say(f"{found.waiting:,} conversations are not wholly in the index yet.")
    if found.hits.following:
        say("There may be more: these are the newest.")


@group.command("rebuild", examples=("flask search rebuild",))
def rebuild() -> None:
    """Build the index of words anew, beside running servers. What was stopped half-way goes on where it was.

    Until it is done, a search finds only what is in it already, and says so.
    """
    indexing = services().indexing
    if not indexing.on:
        raise click.ClickException(_OFF)
    if not indexing.is_being_filled():
        with progress("Emptying", STEPS) as advance:
            for steps in indexing.empty():
                advance(steps)
    with progress("Indexing", indexing.messages()) as advance:
        for messages in indexing.fill():
            advance(messages)
    indexing.finish()
    left = indexing.waiting()
    say(
        f"Done, but {left} conversations are new or cannot be read." if left else "Done: all messages are in the index."
    )


@group.command("drop", examples=("flask search drop", "flask search drop --yes"))
@yes_option
def drop(yes: bool) -> None:
    """Empty the index of words, once the search is off."""
    indexing = services().indexing
    if indexing.on:
        raise click.ClickException("The search is on, and would fill the index again. First: CHATTERKEEP_SEARCH=off")
    confirm("Take all words out of the index?", yes)
    with progress("Emptying", STEPS) as advance:
        for steps in indexing.empty():
            advance(steps)
    say("The index is empty.")


def _row(hit: Hit) -> dict[str, object]:
    return {
        "at": hit.mark.at,
        "conversation": hit.conversation_id,
        "seq": hit.mark.seq,
        "phone": hit.who.phone and hit.who.phone.masked,
        "author": hit.author,
        "kind": hit.kind,
        "text": hit.text,
    }
