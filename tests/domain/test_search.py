"""What a query means, and where a text has it."""

import pytest

from chatterkeep.domain.errors import InvalidInput
from chatterkeep.domain.search import LONGEST_QUERY, read_query


@pytest.mark.parametrize(
    ("typed", "wanted", "unwanted"),
    [
        ("Hello World", [["hello"], ["world"]], []),
        ('"hello  world" -x', [["hello", "world"]], [["x"]]),
        ('a -"b c"', [["a"]], [["b", "c"]]),
        ("“curly quotes” „deutsch“", [["curly", "quotes"], ["deutsch"]], []),
        ('"never closed a', [["never", "closed", "a"]], []),
        ('צה"ל', [["צה", "ל"]], []),
        ("e-mail ada@example.com", [["e", "mail"], ["ada", "example", "com"]], []),
        ("東京都", [["東", "京", "都"]], []),
        ("a AND b OR NOT c", [["a"], ["and"], ["b"], ["or"], ["not"], ["c"]], []),
        ("a* b% c_ NEAR(d,e) col:f", [["a"], ["b"], ["c"], ["near", "d", "e"], ["col", "f"]], []),
        ("twice Twice", [["twice"]], []),
        ("a - -- b", [["a"], ["b"]], []),
        ("5-3 -2", [["5", "3"]], [["2"]]),
    ],
)
def test_a_query_is_words_phrases_and_exclusions(
    typed: str, wanted: list[list[str]], unwanted: list[list[str]]
) -> None:
    query = read_query(typed)
    assert ([*map(list, query.wanted)], [*map(list, query.unwanted)]) == (wanted, unwanted)


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("-- ?! ''", "no word"),
        ('""', "no word"),
        ("-only -these", "must not occur"),
        ("x" * (LONGEST_QUERY + 1), "at most 200"),
        ("nul\0", "no characters"),
        ("half \ud800", "no characters"),
    ],
)
def test_a_query_without_a_word_to_look_for_is_refused_with_the_reason(typed: str, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason) as refused:
        read_query(typed)
    assert refused.value.field == "q"


@pytest.mark.parametrize(
    ("typed", "text", "marked"),
    [
        ("cafe", "Café, CAFE; cafes", ["Café", "CAFE"]),
        ('"c d"', "c, d! c x d", ["c, d"]),
        ("東京", "私は東京に", ["東京"]),
        ("京都", "東京都", ["京都"]),
        ("a b", "a b a", ["a", "b", "a"]),
        ("a", "abc", None),
        ('"a b"', "b a", None),
        ("a -b", "a B", None),
        ('a -"b c"', "a c b", ["a"]),
        ("dont", "don't", None),
        ("don't", "DON’T", ["DON’T"]),
    ],
)
def test_a_text_has_what_is_searched_for_at_its_marks(typed: str, text: str, marked: list[str] | None) -> None:
    spans = read_query(typed).spans(text)
    assert (None if spans is None else [text[slice(*span)] for span in spans]) == marked


def test_a_query_never_shows_itself() -> None:
    assert "secret" not in repr(read_query("secret -secret"))
