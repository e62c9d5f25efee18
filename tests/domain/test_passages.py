"""Cutting a document into passages: nothing is lost, nothing is too long, and each knows what it stands under."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatterkeep.domain.passages import MOST_CHARACTERS, MOST_WORDS, Markup, rejoined, split
from chatterkeep.domain.words import spans_of

parts = st.sampled_from(
    (
        *("# One\n", "## Two\n", "###### Six ###\n", "\n\n", "```\n", "A sentence of some words. ", "x", " ", "\t"),
        *(
            "漢字",
            "ไทย",
            "- item\n",
            "1. first\n",
            "é",
            "\u3000",
            "word " * 60,
            "longwordwithoutend" * 30,
            "#no heading\n",
        ),
    )
)
texts = st.lists(parts, max_size=60).map("".join)


def words(text: str) -> int:
    return sum(1 for _ in spans_of(text))


@given(texts, st.sampled_from(Markup))
def test_all_that_can_be_read_is_in_them_in_order(text: str, markup: Markup) -> None:
    place = 0
    for passage in split(text, markup):
        # the same words may stand in several places; the last one with nothing left out before it is meant
        starts = (found.start() for found in re.finditer(f"(?={re.escape(passage.text)})", text))
        start = max(start for start in starts if not text[place:start].strip())
        place = max(place, start + len(passage.text))
    assert not text[place:].strip()


@given(texts, st.sampled_from(Markup))
def test_each_is_within_its_bounds(text: str, markup: Markup) -> None:
    for passage in split(text, markup):
        assert passage.text
        assert len(passage.text) <= MOST_CHARACTERS
        assert words(passage.text) <= MOST_WORDS


def test_a_question_and_its_answer_are_a_passage_of_their_own() -> None:
    text = (
        "# Opening hours\n\nWe open at nine, on Saturdays at ten.\n\n# Returns\n\nYou can return shoes within 30 days."
    )
    assert [passage.heading for passage in split(text, Markup.MARKDOWN)] == ["Opening hours", "Returns"]


def test_a_section_is_a_passage_under_its_headings() -> None:
    long = "This sentence has a few words in it. " * 5
    text = f"# Shop\n\n## Hours\n\n{long}\n\n## Delivery\n\n### Islands\n\n{long}\n\n## Paying\n\n{long}"
    assert [passage.heading for passage in split(text, Markup.MARKDOWN)] == [
        "Shop > Hours",
        "Shop > Delivery > Islands",
        "Shop > Paying",
    ]


def test_short_sections_share_a_passage() -> None:
    text = "\n\n".join(f"## Question {number}\n\nYes." for number in range(40))
    passages = split(text, Markup.MARKDOWN)
    assert 1 < len(passages) < 20
    assert passages[0].heading == "Question 0"


def test_a_long_section_is_cut_between_sentences_and_repeats_the_last_one() -> None:
    text = " ".join(f"This is sentence number {number} of a very long section." for number in range(60))
    first, second, *_ = split(text, Markup.MARKDOWN)
    last = re.findall(r"This is sentence number \d+", first.text)[-1]
    assert second.text.startswith(last)
    assert first.text.endswith(".")


def test_a_hash_is_no_heading_in_code_and_in_plain_text() -> None:
    code = "# Real\n\n```\n# comment\n```\n"
    assert [passage.heading for passage in split(code, Markup.MARKDOWN)] == ["Real"]
    assert [passage.heading for passage in split("# not here", Markup.PLAIN)] == [""]


def test_ten_thousand_headings_of_a_letter_each_share_passages() -> None:
    passages = split("\n".join(f"# {number}\nx" for number in range(10_000)), Markup.MARKDOWN)
    assert len(passages) <= 2_500


@pytest.mark.parametrize("text", ["", " \n\t\n", "\n\n\n"])
def test_nothing_to_read_is_no_passage(text: str) -> None:
    assert split(text, Markup.MARKDOWN) == []


@given(st.text("ab. \n#-é漢", max_size=4000))
def test_what_was_split_is_joined_again(text: str) -> None:
    whole = rejoined(passage.text for passage in split(text, Markup.MARKDOWN))
    assert "".join(whole.split()) == "".join(text.split())
