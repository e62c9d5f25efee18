"""How well a passage fits, and how questions become what an index is asked for."""

from collections import Counter

import pytest

from chatterkeep.domain.languages import guess_language, language_among, stems
from chatterkeep.domain.ranking import Counts, Fit, Wanted, clauses_of, fit, index_terms, question_terms

COUNTS = Counts(1000, 100.0)


def fits(question: str, passage: str, language: str = "en") -> Fit:
    terms = Counter(index_terms(passage, language))
    wanted = [Wanted(one, 10) for one in question_terms(question, ["en", "de", "es"])]
    return fit(wanted, COUNTS, terms, 100)


@pytest.mark.parametrize(
    ("question", "passage", "language"),
    [
        ("deliveries?", "Delivery is free.", "en"),
        ("DELIVERED", "We deliver within two days.", "en"),
        ("bus?", "Buses leave every ten minutes.", "en"),
        ("for my children", "A child under two sits on a lap.", "en"),
        ("shelf", "Shelves are on the first floor.", "en"),
        ("Öffnungszeit", "Unsere Öffnungszeiten", "de"),
        ("offnungszeiten", "Unsere Öffnungszeiten", "de"),
        ("devolucion", "Las devoluciones son gratis", "es"),
        ("devolución", "Las devoluciones son gratis", "es"),
        ("営業時間は?", "当店の営業時間", ""),
        ("营业时间", "本店营业时间为九点", ""),
        ("ราคา", "ราคาห้องพัก", ""),
    ],
)
def test_a_word_is_found_in_any_of_its_forms(question: str, passage: str, language: str) -> None:
    assert fits(question, passage, language).score > 0


def test_more_of_the_question_is_better_and_covers_more() -> None:
    both, one = fits("open sunday", "open on sunday"), fits("open sunday", "open on monday")
    assert (both.score > one.score, both.cover, one.cover) == (True, 1.0, 0.5)


def test_a_longer_passage_needs_more_to_be_as_good() -> None:
    wanted, terms = [Wanted(("open",), 10)], {"open": 1}
    assert fit(wanted, COUNTS, terms, 50).score > fit(wanted, COUNTS, terms, 250).score


def test_a_rare_word_tells_more_than_a_common_one() -> None:
    assert (
        Wanted(("x",), 1).weight(COUNTS) > Wanted(("y",), 500).weight(COUNTS) > Wanted(("z",), 1000).weight(COUNTS) > 0
    )


def test_one_of_two_words_is_enough_where_the_other_is_nowhere() -> None:
    rare, often, nowhere = Wanted(("discount",), 3), Wanted(("open",), 600), Wanted(("students",), 0)
    assert fit([rare, nowhere], COUNTS, {"discount": 1}, 100).cover == 0.5
    assert fit([rare, rare, nowhere, nowhere, nowhere], COUNTS, {"discount": 1}, 100).cover == 0.4
    assert fit([often, nowhere], COUNTS, {"open": 1}, 100).cover < 0.3


def test_words_that_every_text_has_are_not_asked_for() -> None:
    assert question_terms("What do you have for me?", ["en"]) == []
    assert question_terms("Was haben Sie?", ["de"]) == []
    assert question_terms("Is there something for me?", ["en"]) == question_terms("Gibt es etwas?", ["de"]) == []


def test_rare_words_are_enough_alone_and_frequent_ones_in_pairs() -> None:
    rare, often, more = Wanted(("r",), 10), Wanted(("o",), 900), Wanted(("m",), 950)
    assert clauses_of([often, more, rare], 100) == [(("r",),), (("o",), ("m",))]
    assert clauses_of([often], 100) == [(("o",),)]
    assert clauses_of([Wanted(("none",), 0)], 100) == []


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("We are open from nine to six, and closed on Sundays.", "en"),
        ("Wir haben von neun bis sechs geöffnet, und an Sonntagen ist zu.", "de"),
        ("La médiathèque est ouverte du mardi au samedi.", "fr"),
        ("Клиника открыта ежедневно, и по ночам тоже.", "ru"),
        ("营业时间", ""),
        ("xyzzy plugh", ""),
        ("", ""),
    ],
)
def test_a_language_is_known_by_its_common_words(text: str, language: str) -> None:
    assert guess_language(text) == language


def test_a_word_of_no_known_language_is_its_own_stem() -> None:
    assert stems("Häuser", "") == ("hauser",)
    assert len(stems("x" * 5000, "en")[0]) < 100


@pytest.mark.parametrize(
    ("text", "others", "language"),
    [
        ("We lend umbrellas on rainy days.", [], "en"),
        ("We lend umbrellas on rainy days.", ["de", "pl"], "en"),
        ("Umbrellas: 5 dollars", ["de", "en"], "de"),
        ("Regenschirme: 5 Euro", [], "en"),
        ("Wir verleihen Schirme an euch, wenn es regnet.", ["en"], "de"),
        ("营业时间", ["en"], ""),
        ("Щенки", ["en"], ""),
        ("kvetina " * 50, ["en"], ""),
        ("", ["en"], ""),
    ],
)
def test_a_text_too_short_to_tell_is_in_the_language_of_others(text: str, others: list[str], language: str) -> None:
    assert language_among(text, others) == language


@pytest.mark.parametrize("question", ["", "%", "?!", " \u200b"])
def test_a_question_without_a_word_asks_for_nothing(question: str) -> None:
    assert question_terms(question, ["en", "th"]) == []
