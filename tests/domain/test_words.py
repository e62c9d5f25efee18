"""Texts are cut into words in every script, and what makes no difference to a reader makes none."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatterkeep.domain.words import VERSION, fold, terms_of, terms_of_phrase, words_of


def cut(text: str) -> list[str]:
    return [word.text for word in words_of(text)]


TEXTS = {
    "Hello, can't e-mail ada@example.com!": ["hello", "can", "t", "e", "mail", "ada", "example", "com"],
    "https://example.com/a_b?c=1": ["https", "example", "com", "a", "b", "c", "1"],
    "+1 (415) 555-0100, 3.14, 1,000": ["1", "415", "555", "0100", "3", "14", "1", "000"],
    "Café CAFE\u0301 cafe": ["cafe", "cafe", "cafe"],
    "l’eau d'or Straße œuvre Łódź Øre": ["l", "eau", "d", "or", "strasse", "oeuvre", "lodz", "ore"],
    "İstanbul ISPARTA ısı": ["istanbul", "isparta", "isi"],
    "ΣΊΣΥΦΟΣ ἄνθρωπος": ["σισυφοσ", "ανθρωποσ"],
    "Ёлка мой мои": ["елка", "мой", "мои"],
    "Việt Nam Đồng": ["viet", "nam", "dong"],
    "soft\u00adhyphen zero\u200bwidth": ["softhyphen", "zerowidth"],
    "ｈｅｌｌｏ ① ½": ["hello", "1", "1", "2"],
    "مَرْحَبًا أهلاً ١٢٣": ["مرحبا", "اهلا", "123"],
    "می‌خواهم میخواهم": ["میخواهم".replace("ي", "ی")] * 2,
    "שָׁלוֹם צה״ל": ["שלום", "צה", "ל"],
    "हिन्दी क्षत्रिय ०१": ["हिन्दी", "क्षत्रिय", "01"],
    "தமிழ் বাংলা": ["தமிழ்", "বাংলা"],
    "日本語の テスト": ["日", "本", "語", "の", "テ", "ス", "ト"],
    "が か ｶﾞ": ["が", "か", "ガ"],
    "한국어 iPhone手机": ["한", "국", "어", "iphone", "手", "机"],
    "ไทยง่าย": ["ไ", "ท", "ย", "ง่", "า", "ย"],
    "\u0e19\u0e49\u0e33 \u0e19\u0e49\u0e4d\u0e32": ["\u0e19\u0e49", "\u0e4d\u0e32"] * 2,
    "\u0e99\u0ec9\u0eb3 \u0e99\u0ec9\u0ecd\u0eb2": ["\u0e99\u0ec9", "\u0ecd\u0eb2"] * 2,
    "ລາວ ខ្មែរ": ["ລ", "າ", "ວ", "ខ្", "មែ", "រ"],
    "👍🏽 👍 👩‍👩‍👧 🇩🇪🇫🇷 ❤️": ["👍", "👍", "👩👩👧", "🇩🇪", "🇫🇷", "❤"],
    " -- … \u0301 \u200b ـ ": [],
}


@pytest.mark.parametrize(("text", "words"), TEXTS.items())
def test_a_text_is_cut_into_the_words_of_its_script(text: str, words: list[str]) -> None:
    assert cut(text) == words


def test_a_word_stands_where_it_says() -> None:
    text = "Ça va, l’été 東京 👍🏽?"
    assert [text[word.start : word.stop] for word in words_of(text)] == ["Ça", "va", "l", "été", "東", "京", "👍🏽"]


def test_a_letter_of_two_code_points_stands_where_both_do() -> None:
    assert [(word.start, word.stop) for word in words_of("\u0e19\u0e49\u0e4d\u0e32")] == [(0, 2), (2, 4)]


def test_neighbours_of_scripts_without_spaces_are_held_in_pairs_as_well() -> None:
    assert terms_of(["東", "京", "ada", "都"]) == {"東", "京", "東\x01京", "ada", "都"}
    assert terms_of_phrase(["東", "京", "都", "ada"]) == {"東\x01京", "京\x01都", "ada"}
    assert terms_of_phrase(["東"]) == {"東"}


def test_a_digit_that_is_newer_than_python_is_a_word_too() -> None:
    assert [word.text for word in words_of("gate \U0001ccf0")] == ["gate", "\U0001ccf0"]


@given(st.text(max_size=60))
@settings(deadline=None)
def test_any_text_is_cut_the_same_way_again(text: str) -> None:
    words = words_of(text)
    assert all(0 <= word.start < word.stop <= len(text) and word.text for word in words)
    assert [word.start for word in words] == sorted(word.start for word in words)
    assert all(terms_of_phrase([word.text]) <= terms_of(w.text for w in words) for word in words)


@given(st.text(max_size=20), st.text(max_size=20))
@settings(deadline=None)
def test_a_phrase_asks_for_nothing_that_its_text_has_not(before: str, phrase: str) -> None:
    words = cut(phrase)
    assert terms_of_phrase(words) <= terms_of([*cut(before), *words])


@pytest.mark.parametrize("word", ["Straße", "É", "ﬁ", "Ǆ", "ｶﾞ", "ß", "İ"])
def test_what_is_folded_stays_as_it_is(word: str) -> None:
    assert fold(fold(word)) == fold(word)


def test_the_version_changes_whenever_words_do() -> None:
    """If this fails, words are cut in another way than before: give VERSION a new number, then correct this."""
    seen = hashlib.sha256("|".join(" ".join(cut(text)) for text in TEXTS).encode()).hexdigest()[:12]
    assert (VERSION.partition("-")[0], seen) == ("2", "4a1267ab2d78")
