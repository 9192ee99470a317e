"""Sketches of texts: near-copies share a part, other texts do not, and without the key they say nothing."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from portal.reports.alike import BANDS, FEWEST_WORDS, sketch

KEY = b"k" * 32
TEXT = "Two men stand by the laundry from nine until it is light, and cars stop for a minute and go on"


def alike(one: str, other: str, key: bytes = KEY) -> bool:
    return bool(set(sketch(one, key)) & set(sketch(other, key)))


def test_what_differs_in_case_accents_numbers_signs_or_a_word_in_front_is_alike() -> None:
    assert [
        copy
        for copy in (
            TEXT.upper(),
            f"{TEXT}!!! 17",
            f"hello {TEXT}",
            TEXT.replace(",", " ,\n"),
            TEXT.replace("e", "é"),
            TEXT.replace("men", "men 24"),
        )
        if not alike(TEXT, copy)
    ] == []


def test_another_report_is_not() -> None:
    assert [
        other
        for other in (
            "My son was offered pills on his way home from the high school by somebody in a red car",
            "Se paran en la esquina de la lavandería cada noche y venden a los que pasan en carro",
            "Two women help at the church from nine, and the lamp by the bus stop is broken again",
        )
        if alike(TEXT, other)
    ] == []


def test_few_words_have_no_sketch() -> None:
    words = TEXT.split()
    assert sketch(" ".join(words[: FEWEST_WORDS - 1]), KEY) == ()
    assert len(sketch(" ".join(words[:FEWEST_WORDS]), KEY)) == BANDS
    assert sketch("", KEY) == () == sketch("1 2 3 4 5 6 7 ?!", KEY)


def test_half_of_the_phrases_are_enough_and_a_twentieth_is_not() -> None:
    """As the formula of the module says: 0.82 and 0.01."""
    chance = random.Random(4)
    words = [f"w{chr(97 + one // 26)}{chr(97 + one % 26)}" for one in range(26 * 26)]

    def share(kept: int) -> float:
        hits = 0
        for _try in range(200):
            chance.shuffle(words)
            hits += alike(" ".join(words[:62]), " ".join(words[:kept] + words[100 : 162 - kept]))
        return hits / 200

    # Of 60 phrases in each text, 40 are in both: 40 of 80. With 8 in both it is 8 of 112.
    assert share(42) > 0.7
    assert share(10) < 0.1


@given(st.text(max_size=400))
def test_any_text_has_one_and_another_key_makes_another(text: str) -> None:
    made = sketch(text, KEY)
    assert made == sketch(text, KEY)
    assert len(made) in (0, BANDS)
    assert not set(made) & set(sketch(text, b"j" * 32))
