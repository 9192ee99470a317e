"""Codes of slips are found however they are written, and answers are never guessed at."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from portal.core.texted import CODE_LENGTH, CODE_LETTERS, MOST_CODES, read_says, spotted

FIGURES = {"1": "yes", "2": "maybe", "0": "no"}
PHRASES = {
    "yes": "yes",
    "si": "yes",
    "y": "yes",
    "s": "yes",
    "no": "no",
    "n": "no",
    "if need be": "maybe",
    "si hace falta": "maybe",
    "no se": "?",
    "no se cumplio": "no",
}
CODES = st.text(alphabet=CODE_LETTERS, min_size=CODE_LENGTH, max_size=CODE_LENGTH)
PROSE = st.lists(st.sampled_from("the corner está vendiendo at night, después ¿dónde? and porch".split()), max_size=9)


def codes_in(text: str) -> list[str]:
    return [one.code for one in spotted(text)]


@given(CODES, PROSE, PROSE, st.sampled_from(["", "-", " ", " - ", "–", ".", "\n"]), st.booleans())
def test_a_code_is_found_wherever_it_stands(
    code: str, before: list[str], after: list[str], gap: str, big: bool
) -> None:
    written = f"{code[:4]}{gap}{code[4:]}"
    text = " ".join([*before, written.upper() if big else written, *after])
    assert code in codes_in(text)
    assert next(one for one in spotted(text) if one.code == code).leads == (not before)


@given(CODES, st.lists(st.sampled_from("0123"), min_size=1, max_size=9), st.sampled_from(["", " ", ", "]))
def test_figures_may_stand_close_to_it(code: str, figures: list[str], gap: str) -> None:
    first = spotted(f"{code}{gap}{gap.join(figures)}")[0]
    assert (first.code, first.leads) == (code, True)
    assert [sign for sign in first.rest if sign not in " ,"] == figures


def test_what_cannot_be_a_code_is_none() -> None:
    assert [
        text
        for text in ("", "they sell on the corner", "k7f2", "meet 4821 3", "k7f2 qd3a 1", "k7f2qd3msi")
        if codes_in(text) != []
    ] == []


@given(st.text(max_size=1600))
def test_no_text_breaks_it(text: str) -> None:
    found = spotted(text)
    assert len(found) <= MOST_CODES
    assert all(set(one.code) <= set(CODE_LETTERS) and len(one.code) == CODE_LENGTH for one in found)
    for one in found:
        read_says(one.rest, FIGURES, PHRASES)


def test_slip_codes_are_looked_up_before_telephone_numbers() -> None:
    numbers = " ".join(f"336 555 {number}" for number in range(2222, 2230))
    assert codes_in(f"call {numbers} about k7f2-qd3m")[0] == "k7f2qd3m"


@given(st.lists(st.sampled_from(sorted({*PHRASES} - {"s", "y"})), min_size=1, max_size=9))
def test_words_between_commas_are_read_one_for_one(said: list[str]) -> None:
    expected = tuple(PHRASES[phrase] for phrase in said)
    assert read_says(" , ".join(said), FIGURES, PHRASES) == expected
    numbered = " ".join(f"{number} {phrase}" for number, phrase in enumerate(said, 1))
    assert read_says(numbered, FIGURES, PHRASES) == expected


@given(st.lists(st.sampled_from([*PHRASES, "1", "0", "9", "they", ",", "sell"]), max_size=12))
def test_answer_is_made_of_all_that_was_said(words: list[str]) -> None:
    said = read_says(" ".join(words), FIGURES, PHRASES)
    if said is not None:
        assert "they" not in words
        assert "sell" not in words
        assert 1 <= len(said) <= len(words)


def test_what_can_mean_two_things_is_asked_again() -> None:
    assert [
        (rest, said)
        for rest, said in (
            ("si si hace falta no", ("yes", "maybe", "no")),
            ("no , se", None),
            ("no se cumplio", ("no",)),
            ("no se , si", ("?", "yes")),
            ("y n y", ("yes", "no", "yes")),
            ("s n s", ("yes", "no", "yes")),
            ("yes no thanks", ("yes", "no")),
            ("si no y si", None),
            ("no y no", None),
            ("s no", None),
            ("1 yes 1 no", None),
            ("2 yes 1 no", None),
            ("yes 1", None),
            ("1 3", None),
            ("thank you", None),
            ("", None),
        )
        if read_says(rest, FIGURES, PHRASES) != said
    ] == []
