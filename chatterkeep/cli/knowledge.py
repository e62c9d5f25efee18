"""`flask knowledge`: the documents that answers rest on."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click

from chatterkeep.cli.group import Group, services
from chatterkeep.cli.output import confirm, json_option, print_rows, progress, say, yes_option
from chatterkeep.domain.answers import NoAnswer
from chatterkeep.domain.audit import COMMAND_LINE
from chatterkeep.domain.documents import MOST_CHARACTERS, TEXT_FILES, Document, Found, Text, read_file
from chatterkeep.domain.errors import InvalidInput

group = Group(
    "knowledge",
    help="The documents that answers rest on: add, list, search, remove.",
    examples=("flask knowledge add opening-hours.md", "flask knowledge search 'when are you open?'"),
)

_STDIN: Final = "echo 'We are open from 9 to 18.' | flask knowledge add - --title 'Opening hours'"


@group.command(
    "add",
    examples=("flask knowledge add opening-hours.md", "flask knowledge add docs/ --language de", _STDIN),
)
@click.argument("path", type=click.Path(exists=True, allow_dash=True, path_type=Path))
@click.option(
    "--title",
    default="",
    help="What it is called; default: its first heading, the name of the file, or its first line.",
)
@click.option("--language", default="", help="ISO 639-1, such as de; default: told by its words.")
def add(path: Path, title: str, language: str) -> None:
    """Add a file, all of a folder's files, or with - what comes in. The same again changes nothing.

    A changed file replaces what it was before. Read are Markdown, text, JSON, Python and JavaScript, in UTF-8.
    """
    for name, content in _contents(path):
        added = services().knowledge.add(_text(name, content, title, language), COMMAND_LINE, services().clock())
        count = added.document.passages
        say(f"{added.result.capitalize()}: {added.document.title}, {count} passage{'s' if count != 1 else ''}.")
        click.echo(added.document.id)
    try:
        _embed()
    except NoAnswer as error:
        say(f"There are no embeddings of it yet ({error}). A running server tries again, and flask knowledge embed.")


@group.command("list", examples=("flask knowledge list", "flask knowledge list --json"))
@json_option
def list_documents(as_json: bool) -> None:
    """List the documents, newest first."""
    print_rows([_row(document) for document in _all()], as_json, "No documents yet. Add one: flask knowledge add FILE")


@group.command("remove", examples=("flask knowledge remove 5f0c6f0e-3f1b-4a52-9d7e-0a2a6f8f3f61 --yes",))
@click.argument("document_id")
@yes_option
def remove(document_id: str, yes: bool) -> None:
    """Remove a document: from now on no answer rests on it."""
    document = services().knowledge.document(document_id)
    confirm(f"Remove {document.title}?", yes)
    services().knowledge.remove(document.id, COMMAND_LINE, services().clock())
    say(f"Removed: {document.title}.")


@group.command("search", examples=("flask knowledge search 'when are you open?'",))
@click.argument("question")
@json_option
def search(question: str, as_json: bool) -> None:
    """List the passages that fit a question best, also those that fit too badly for an answer."""
    click.get_current_context().call_on_close(services().embeddings.close)
    found = services().knowledge.ask(question)
    print_rows([_found(one, whole=as_json) for one in found], as_json, "Nothing found.")


@group.command("rebuild", examples=("flask knowledge rebuild",))
def rebuild() -> None:
    """Index all passages anew, beside running servers: after an update that cuts words in another way. Repeatable."""
    with progress("Indexing", services().knowledge.count()) as advance:
        for passages in services().knowledge.rebuild():
            advance(passages)
    say("Done: all passages are in the index.")


@group.command("embed", examples=("flask knowledge embed", "flask knowledge embed --anew"))
@click.option("--anew", is_flag=True, help="Also of passages that have theirs, as after a change at the server.")
def embed(anew: bool) -> None:
    """Make the embeddings that passages lack, beside running servers, which do so by themselves. Repeatable."""
    if not services().embeddings.on:
        raise click.ClickException("There is no model for it: CHATTERKEEP_EMBEDDING_MODEL names one.")
    if anew:
        services().embeddings.forget()
    try:
        _embed()
    except NoAnswer as error:
        raise click.ClickException(f"The server of embeddings gave none: {error}. Run: flask doctor") from error
    say("Done: all passages have their embeddings.")


def _embed() -> None:
    click.get_current_context().call_on_close(services().embeddings.close)
    waiting = services().embeddings.waiting()
    if waiting:
        with progress("Embedding", waiting) as advance:
            for passages in services().embeddings.fill():
                advance(passages)


def _contents(path: Path) -> Iterator[tuple[str, bytes]]:
    if str(path) == "-":
        yield "", sys.stdin.buffer.read(4 * MOST_CHARACTERS + 1)
    elif path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.suffix.lower() in TEXT_FILES and file.is_file())
        if not files:
            raise click.ClickException(f"{path} holds none of {', '.join(TEXT_FILES)}.")
        yield from ((file.relative_to(path).as_posix(), file.read_bytes()) for file in files)
    else:
        yield path.name, path.read_bytes()


def _text(name: str, content: bytes, title: str, language: str) -> Text:
    try:
        return read_file(name, content, title, language)
    except InvalidInput as error:
        raise click.ClickException(f"{name or 'What came in'}: {error}") from error


def _all() -> Iterator[Document]:
    page = services().knowledge.browse()
    while page:
        yield from page
        page = services().knowledge.browse(page[-1].id)


def _row(document: Document) -> dict[str, object]:
    return {
        "id": document.id,
        "title": document.title,
        "origin": document.origin,
        "language": document.language,
        "passages": document.passages,
        "added_by": document.added_by,
        "created_at": document.created_at,
    }


def _found(found: Found, *, whole: bool) -> dict[str, object]:
    return {
        "score": round(found.score, 2),
        "cover": round(found.cover, 2),
        "similarity": round(found.similarity, 2),
        "source": found.place.label,
        "passage": found.place.id,
        "text": found.place.text if whole else found.place.text[:80],
    }
