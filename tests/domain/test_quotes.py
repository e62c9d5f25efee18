"""What is quoted of a passage: whole if it is short, else what is about the question; as Markdown either way."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatterkeep.domain.markdown import literal, plain_text
from chatterkeep.domain.passages import Markup
from chatterkeep.domain.quotes import LONGEST, quote
from chatterkeep.web.richtext import render

PLAIN, MARKDOWN = Markup.PLAIN, Markup.MARKDOWN
FILLER = "The harbour was built long ago, and nobody knows by whom. " * 12

AS_THEY_ARE = [
    "Gift vouchers are valid for two years! Order at shop_orders@cafe.example.",
    "See https://cafe.example/gift_vouchers_2025 & pay [cash] (or not), 2 * 3 < 7 | 8 > 1.",
    "- one\n- two",
    "C:\\temp and 50% off -- today #1",
]
HOSTILE = [
    "# no heading",
    "> no quote",
    "*no* emphasis, **no** weight, _no_ lines, __init__ and snake_case_",
    "`no code` and ~~not struck~~",
    "[no link](https://evil.example) ![no picture](https://evil.example/x.png)",
    "[x]: https://evil.example\n\n[x]",
    "Title\n===",
    "Title\n---",
    "a | b\n--- | ---\nc | d",
    "&copy; &#65; &amp;",
    "a\\_b \\* c\\",
    "~~~\nno fence\n~~~",
    "***",
]


@pytest.mark.parametrize("text", AS_THEY_ARE)
def test_plain_text_is_quoted_letter_by_letter(text: str) -> None:
    assert quote(text, "voucher", PLAIN) == text


@pytest.mark.parametrize("text", AS_THEY_ARE[:2] + HOSTILE)
def test_what_would_be_markup_is_shown_as_it_is(text: str) -> None:
    assert plain_text(literal(text)) == text
    html = render(f"> {literal(text)}".replace("\n", "\n> "))
    assert not re.search(r"<(em|strong|code|del|table|hr|pre)\b", html)
    assert all(
        address.removeprefix("mailto:") in text for address in re.findall(r'href="([^"]*)"', html)
    )  # only what it writes out


def test_markdown_stays_markdown() -> None:
    text = "## Prices\n\n**Coffee** costs *4 dollars*; see [our menu](https://cafe.example/menu).\n\n- cash\n- card"
    assert quote(text, "coffee", MARKDOWN) == text.removeprefix("## Prices\n\n")


def test_a_table_is_quoted_as_a_table() -> None:
    table = "| Drink | Price |\n|---|---|\n| Coffee | 4 |\n| Tea | 3 |"
    assert quote(f"Our prices:\n{table}", "tea", MARKDOWN) == f"Our prices:\n\n{table}"
    assert "<table>" in render(quote(f"Our prices:\n{table}", "tea", MARKDOWN))


def test_rows_of_a_long_table_stand_below_its_head() -> None:
    rows = "\n".join(f"| Drink number {number} | {number} dollars |" for number in range(60))
    said = quote(f"| Drink | Price |\n|:--|--:|\n{rows}", "drink 40", MARKDOWN)
    assert said.startswith("| Drink | Price |\n|:--|--:|\n…\n| Drink number")
    assert "| Drink number 40 | 40 dollars |" in said
    assert len(said) <= LONGEST


def test_of_a_long_list_the_items_about_the_question_are_quoted() -> None:
    items = "\n".join(f"- Item {number} is kept in drawer {number} of the long cupboard." for number in range(40))
    said = quote(items, "Where is item 30?", MARKDOWN)
    assert "- Item 30 is kept" in said
    assert all(line == "…" or line.startswith("- Item") for line in said.splitlines())


def test_of_a_long_text_the_sentences_about_the_question_are_quoted() -> None:
    said = quote(f"{FILLER}The zeppelin leaves at midnight. {FILLER}", "When does the zeppelin leave?", PLAIN)
    assert said.startswith("… ")
    assert "The zeppelin leaves at midnight." in said
    assert said.endswith(" …")
    assert len(said) <= LONGEST


def test_code_is_quoted_whole_with_its_comments() -> None:
    code = "```sh\n# no heading\nmake run\n```"
    assert quote(f"Start it:\n\n{code}", "start", MARKDOWN) == f"Start it:\n\n{code}"


def test_lines_that_were_only_broken_become_one() -> None:
    assert quote("We are open\nfrom 9 to 18,\n**also** today.", "open", MARKDOWN) == (
        "We are open from 9 to 18, **also** today."
    )


def test_a_passage_of_headings_alone_is_quoted_without_their_marks() -> None:
    assert quote("# Opening hours", "open", MARKDOWN) == "Opening hours"


def test_what_looks_like_a_heading_in_plain_text_stays() -> None:
    assert plain_text(quote("# a comment\nx = 1", "comment", PLAIN)) == "# a comment\nx = 1"


@given(st.text("ab. \n#!?漢|-*`", max_size=3000), st.text("ab ", max_size=30))
def test_a_quotation_is_short_whatever_the_passage(passage: str, question: str) -> None:
    assert len(quote(passage, question, MARKDOWN)) <= LONGEST
    assert len(quote(passage, question, PLAIN).replace("\\", "")) <= LONGEST


def test_headings_are_left_out() -> None:
    assert quote(f"# Head\n{FILLER}The ferry leaves at noon.", "ferry", MARKDOWN).startswith("… ")
    assert "# Head" not in quote("# Head\nThe ferry leaves at noon.", "ferry", MARKDOWN)
