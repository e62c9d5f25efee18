"""What an answerer is asked: the newest lines that fit, in their order, the question last."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatterkeep.domain.messages import MAX_TEXT, Author, Kind
from chatterkeep.domain.prompt import Prompt, PromptLine, Role, build_prompt, estimate_tokens
from chatterkeep.domain.transcript import Line, Position

SYSTEM = "You are kind."
PLENTY = 100_000


def say(author: Author, text: str, kind: Kind = Kind.TEXT) -> Line:
    return Line(Position(1, 1), "c", author, kind, "open", text, datetime(2026, 1, 1, tzinfo=UTC))


def ask(text: str) -> Line:
    return say(Author.CUSTOMER, text)


def reply(text: str) -> Line:
    return say(Author.BOT, text)


def cost(prompt: Prompt) -> int:
    return sum(estimate_tokens(line.text) for line in prompt.lines)


authors = st.sampled_from(Author)
kinds = st.sampled_from([Kind.TEXT, Kind.TEXT, Kind.NOTE])


@st.composite
def conversations(draw: st.DrawFn) -> list[Line]:
    """Lines whose texts tell where they stand, so that what a prompt holds can be told."""
    said = draw(st.lists(st.tuples(authors, kinds, st.text("aé漢 ", max_size=40)), max_size=12))
    lines = [say(author, f"<{number}>{text}", kind) for number, (author, kind, text) in enumerate(said)]
    return [*lines, ask(f"<{len(lines)}>why?")]


@given(conversations(), st.integers(0, 200))
def test_a_prompt_stays_within_its_budget_or_holds_nothing_but_the_question(lines: list[Line], budget: int) -> None:
    prompt = build_prompt(SYSTEM, lines, budget)
    bare = (PromptLine(Role.SYSTEM, SYSTEM), PromptLine(Role.USER, lines[-1].text))
    assert cost(prompt) <= budget or prompt.lines == bare


@given(conversations(), st.integers(0, 200))
def test_a_prompt_holds_the_newest_of_what_was_said_in_its_order_and_nothing_else(lines: list[Line], n: int) -> None:
    prompt = build_prompt(SYSTEM, lines, n)
    spoken = [line.text for line in lines if line.author is not Author.SYSTEM and line.kind is Kind.TEXT]
    assert "\n".join(spoken).endswith("\n".join(line.text for line in prompt.lines[1:]))
    assert prompt.question.endswith(lines[-1].text)
    assert prompt.lines[0] == PromptLine(Role.SYSTEM, SYSTEM)


@given(conversations(), st.integers(0, 200))
def test_the_two_sides_take_turns_beginning_with_the_customer(lines: list[Line], budget: int) -> None:
    roles = [line.role for line in build_prompt(SYSTEM, lines, budget).lines[1:]]
    assert roles == [Role.USER if number % 2 == 0 else Role.ASSISTANT for number in range(len(roles))]
    assert roles[-1] is Role.USER


@given(conversations())
def test_notes_and_lines_of_the_system_never_enter(lines: list[Line]) -> None:
    asked = "\n".join(line.text for line in build_prompt(SYSTEM, lines, PLENTY).lines)
    hidden = [line for line in lines if line.author is Author.SYSTEM or line.kind is Kind.NOTE]
    assert not [line for line in hidden if line.text[: line.text.index(">") + 1] in asked]


@given(st.text(), st.text())
def test_lines_put_together_cost_no_more_than_apart(one: str, other: str) -> None:
    assert estimate_tokens(f"{one}\n{other}") <= estimate_tokens(one) + estimate_tokens(other)


def test_a_burst_of_messages_is_one_question() -> None:
    prompt = build_prompt(SYSTEM, [ask("hi"), reply("Hello!"), ask("my order"), ask("where is it?")], PLENTY)
    assert prompt.lines == (
        PromptLine(Role.SYSTEM, SYSTEM),
        PromptLine(Role.USER, "hi"),
        PromptLine(Role.ASSISTANT, "Hello!"),
        PromptLine(Role.USER, "my order\nwhere is it?"),
    )
    assert prompt.question == "my order\nwhere is it?"


def test_staff_and_the_bot_speak_with_one_voice() -> None:
    prompt = build_prompt(SYSTEM, [ask("hi"), reply("Hello!"), say(Author.AGENT, "Ann here."), ask("Ann?")], PLENTY)
    assert prompt.lines[2] == PromptLine(Role.ASSISTANT, "Hello!\nAnn here.")


def test_a_greeting_that_nobody_asked_for_stays_out() -> None:
    assert [line.text for line in build_prompt(SYSTEM, [reply("Welcome!"), ask("hi")], PLENTY).lines] == [SYSTEM, "hi"]


def test_a_reply_without_a_word_so_far_stays_out() -> None:
    prompt = build_prompt(SYSTEM, [ask("hi"), reply(""), ask("hello?")], PLENTY)
    assert prompt.question == "hi\nhello?"


def test_the_line_that_just_fits_is_kept() -> None:
    lines = [ask("one"), ask("two")]
    exact = estimate_tokens(SYSTEM) + estimate_tokens("one") + estimate_tokens("two")
    assert build_prompt(SYSTEM, lines, exact).question == "one\ntwo"
    assert build_prompt(SYSTEM, lines, exact - 1).question == "two"


def test_a_line_too_long_hides_all_that_came_before_it() -> None:
    assert build_prompt(SYSTEM, [ask("short"), ask("long " * 100), ask("now?")], 60).question == "now?"


def test_the_longest_question_is_asked_whole_whatever_it_costs() -> None:
    assert build_prompt(SYSTEM, [ask("?" * MAX_TEXT)], 0).question == "?" * MAX_TEXT


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [reply("Hello!")],
        [ask("hi"), reply("Hello!")],
        [ask("hi"), say(Author.SYSTEM, "closed")],
        [ask("hi"), say(Author.AGENT, "rude", Kind.NOTE)],
        [ask("hi"), say(Author.CUSTOMER, "rude", Kind.NOTE)],
    ],
)
def test_without_a_question_there_is_no_prompt(lines: list[Line]) -> None:
    with pytest.raises(ValueError, match="customer"):
        build_prompt(SYSTEM, lines, PLENTY)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [("", 4), ("word", 5), ("words", 6), ("слово", 8), ("漢字", 6), ("\U0001f600", 6), ("a\ud800", 6)],
)
def test_a_token_is_four_characters_of_english_and_less_of_others(text: str, tokens: int) -> None:
    assert estimate_tokens(text) == tokens
