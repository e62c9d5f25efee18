"""Markdown where nothing shows it: what it says, without its marks."""

import pytest

from chatterkeep.domain.basis import Basis, Source
from chatterkeep.domain.markdown import MAX_EFFORT, footnoted, plain_text

SAID = [
    ("**Coffee** costs *4 dollars*.", "Coffee costs 4 dollars."),
    ("> We are closed.\n> Come again.\n\n[1]", "We are closed.\nCome again.\n\n[1]"),
    ("## Prices\n\nCoffee: 4\nTea: 3", "Prices\n\nCoffee: 4\nTea: 3"),
    ("See [our menu](https://cafe.example/menu).", "See our menu (https://cafe.example/menu)."),
    ("Ask <ada@cafe.example> or <https://cafe.example/>.", "Ask ada@cafe.example or https://cafe.example/."),
    ("![a map](https://cafe.example/map.png)", "a map (https://cafe.example/map.png)"),
    ("Three:\n\n- one\n- two\n  - half\n- three", "Three:\n\n- one\n- two\n  - half\n- three"),
    ("3. mix\n4. bake", "3. mix\n4. bake"),
    ("| Drink | Price |\n|---|---|\n| Tea | 3 |", "Drink | Price\nTea | 3"),
    ("```\nprint(1)\n  two\n```", "print(1)\n  two"),
    ("Run `make run`\\!", "Run make run!"),
    ("2 * 3 < 7 & shop_orders@cafe.example", "2 * 3 < 7 & shop_orders@cafe.example"),
    ("", ""),
]


@pytest.mark.parametrize(("markdown", "said"), SAID)
def test_marks_are_gone_and_words_stay(markdown: str, said: str) -> None:
    assert plain_text(markdown) == said


def test_what_would_cost_too_much_stays_as_it_is() -> None:
    stars = "*a " * (MAX_EFFORT + 1)
    assert plain_text(stars) == stars


def test_the_numbers_of_sources_are_explained_below() -> None:
    basis = Basis((Source(1, "p1", "Opening hours"), Source(2, "p2", "Menu > Drinks")))
    assert (
        footnoted("**Yes** [1], and tea [2].", basis) == "Yes [1], and tea [2].\n\n[1] Opening hours\n[2] Menu > Drinks"
    )
    assert footnoted("Hello.", Basis()) == "Hello."
