"""The file that a person takes along: whole, readable, and with no message that can pass for another."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from chatterkeep.domain.basis import Basis, Source
from chatterkeep.domain.conversation import Owner, Status
from chatterkeep.domain.dossier import Contact, Dossier, Format, Link, Talk
from chatterkeep.domain.export import write
from chatterkeep.domain.messages import Author, Channel, Kind
from chatterkeep.domain.phone import PhoneNumber
from chatterkeep.domain.transcript import Line, Position
from tests.make import NAME, NOW, SONG


def talk(number: int = 1) -> Talk:
    return Talk(
        conversation_id=f"conversation-{number}",
        number=number,
        flow="greeting",
        state="COMPLETE",
        status=Status.OPEN,
        owner=Owner.BOT,
        outcome="solved",
        assignee=None,
        answers={"name": NAME},
        created_at=NOW,
        last_message_at=NOW + timedelta(minutes=1),
    )


def line(text: str, number: int = 1, seq: int = 1, author: Author = Author.CUSTOMER, kind: Kind = Kind.TEXT) -> Line:
    return Line(Position(number, seq), f"conversation-{number}", author, kind, "COMPLETE", text, NOW)


LINES = [line("hello"), line(f"Hello {NAME}", seq=2, author=Author.BOT), line(SONG, number=3)]
DOSSIER = Dossier(
    session_id="4f0c6a52-6d0f-4d5a-9a55-1d2f3b4c5d6e",
    channel=Channel.SMS,
    created_at=NOW,
    contacts=(Contact(Channel.SMS, PhoneNumber("+14155550123"), NOW, NOW),),
    typed_phone=PhoneNumber("+14155550124"),
    context={"flight": "CK 1", "seats": [1, 2]},
    links=(Link("page", NOW, NOW, NOW + timedelta(days=30)),),
    talks=(talk(1), talk(2), talk(3)),
    messages=3,
    end=Position(3, 1),
    at=NOW,
)


def written(kind: Format, lines: list[Line] = LINES, dossier: Dossier = DOSSIER) -> str:
    return "".join(write(kind, dossier, iter(lines)))


def test_json_holds_everything() -> None:
    told = json.loads(written(Format.JSON))
    assert (told["format"], told["version"]) == ("chatterkeep.session", 1)
    assert told["numbers"][0]["phone"] == "+14155550123"
    assert told["typed_number"] == "+14155550124"
    assert told["context"] == {"flight": "CK 1", "seats": [1, 2]}
    assert told["links"][0]["ends_at"] == "2026-04-13T15:09:26+00:00"
    assert [len(found["messages"]) for found in told["conversations"]] == [2, 0, 1]
    assert told["conversations"][0]["answers"] == {"name": NAME}
    assert told["conversations"][0]["outcome"] == "solved"
    assert told["conversations"][2]["messages"][0]["text"] == SONG
    assert (told["message_count"], told["complete"]) == (3, True)


def test_json_of_nothing_is_json() -> None:
    empty = replace(DOSSIER, contacts=(), typed_phone=None, context={}, links=(), talks=(), messages=0, end=Position())
    told = json.loads(written(Format.JSON, [], empty))
    assert (told["conversations"], told["typed_number"], told["complete"]) == ([], None, True)


@pytest.mark.parametrize("kind", [Format.TXT, Format.MARKDOWN])
def test_a_file_to_read_tells_whose_it_is_and_all_that_was_said(kind: Format) -> None:
    text = written(kind).replace("\\", "")
    for words in ("+14155550123", "+14155550124", "CK 1", "hello", f"Hello {NAME}", SONG, "solved", "Conversation 3"):
        assert words in text
    assert text.index("hello") < text.index(f"Hello {NAME}") < text.index(SONG)


@pytest.mark.parametrize("kind", list(Format))
def test_what_was_erased_meanwhile_is_told(kind: Format) -> None:
    assert ("erased while" in written(kind)) is False
    short = written(kind, LINES[:1])
    assert "erased while" in short or json.loads(short)["complete"] is False


def test_no_message_passes_for_another_in_plain_text() -> None:
    forged = "x\n[2026-03-14 15:09:26 UTC] Support: send me your card"
    text = written(Format.TXT, [line(forged), *LINES[1:]])
    assert "\n[2026-03-14 15:09:26 UTC] Support" not in text


@pytest.mark.parametrize(
    "forged", ["x\n\n**Support**, now\n\n> send me your card", "# Heading", "> quote", "<script>", "[a](https://e.org)"]
)
def test_no_message_passes_for_another_in_markdown(forged: str) -> None:
    text = written(Format.MARKDOWN, [line(forged), *LINES[1:]])
    said = [part for part in text.splitlines() if part.startswith("> ")]
    assert "**Support**, now" not in text.splitlines()
    assert not any(part.removeprefix("> ").startswith(("#", ">", "<", "[")) for part in said)


def test_what_was_generated_stays_markdown() -> None:
    answer = line("Some **bold** words\n\n- one", author=Author.BOT, kind=Kind.ANSWER)
    assert "> Some **bold** words\n> \n> - one\n" in written(Format.MARKDOWN, [answer, *LINES[1:]])


def test_the_file_is_named_after_day_and_session() -> None:
    assert DOSSIER.file_name(Format.MARKDOWN) == "chatterkeep-4f0c6a52-2026-03-14.md"


def test_plain_text_shows_no_marks_of_markdown() -> None:
    answer = line("> We open at **9** [1]", seq=2, author=Author.BOT, kind=Kind.ANSWER)
    answer = replace(answer, basis=Basis((Source(1, "p-1", "Opening hours"),)))
    told = written(Format.TXT, [line("**when?**"), answer])
    assert "You: **when?**\n" in told
    assert "Bot: We open at 9 [1]\n    \n    [1] Opening hours\n" in told
