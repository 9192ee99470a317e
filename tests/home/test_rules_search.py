"""Words are found without their accents, whatever somebody types, and what is shown is what was written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from portal.home.search_rules import (
    LONGEST_WORD,
    MOST_WORDS,
    fold,
    page_of,
    question_of,
    shown_again,
    snippet,
    words_of,
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Reunión", ["reunion"]),
        ("REUNIO\u0301N", ["reunion"]),
        ("El Ñandú, ¿qué?", ["el", "nandu", "que"]),
        ("snake_case and-dash", ["snake", "case", "and", "dash"]),
        ("Straße ﬁn", ["strasse", "fin"]),
        ("don't 3rd 12e5", ["don", "t", "3rd", "12e5"]),
        ("\x00 * \" ' ( ) 🙂", []),
        ("x" * 99, ["x" * LONGEST_WORD]),
    ],
)
def test_a_text_is_its_words(text: str, words: list[str]) -> None:
    assert words_of(text) == words


def test_empty_words_count_only_when_there_is_no_other() -> None:
    assert question_of("La reunión de los vecinos").words == ("reunion", "vecinos")
    assert question_of("the").words == ("the",)
    assert not question_of(' *\x00" ')


@given(some.text())
def test_whatever_is_typed_makes_a_question_of_plain_words(text: str) -> None:
    question = question_of(text)
    assert len(question.words) <= MOST_WORDS
    assert all(word.isalnum() and word == fold(word) and 0 < len(word) <= LONGEST_WORD for word in question.words)
    assert shown_again(text).isprintable()


DANGER = """911, emergency, shots fired, gun, knife, fight, fire, house fire, a beating, shooting, overdose,
    naloxone, crisis, suicide, emergencia, balacera, balazos, pistola, cuchillo, una pelea, fuego, incendio, golpiza,
    le están pegando, sobredosis, suicidio, fight in the park, pelea en el parque, choking, navajazo, puñalada,
    choking child what to do"""
NO_DANGER = "meeting in the park, tips, fireworks, reunión en el parque, fuegos artificiales, compromisos, stop selling"


def test_danger_is_read_as_in_reports_and_texts() -> None:
    assert not [text for text in DANGER.replace("\n", "").split(",") if not question_of(text).asks_for_help]
    assert not [text for text in NO_DANGER.split(", ") if question_of(text).asks_for_help]


def test_only_the_last_word_may_be_begun() -> None:
    question = question_of("porch eve")
    assert question.is_in(["evening", "porch"])
    assert not question.is_in(["evening", "porches"])
    assert question.asks_for("Evening")
    assert not question.asks_for("porches")


@given(some.text(), some.text(alphabet="abé *", min_size=1))
def test_a_passage_of_any_text_is_short_and_in_parts_that_are_not_empty(text: str, asked: str) -> None:
    question = question_of(asked)
    if question:
        assert len("".join(part for part, _hit in snippet([text], question))) < 420
        assert all(part for part, _hit in snippet([text], question))


def test_the_passage_is_around_the_word_and_marks_it() -> None:
    text = (
        "First there is much that nobody asked for. " * 9
        + "Then **la reunión** is on [Monday](https://x.test/y). "
        + "And more. " * 30
    )
    parts = snippet(["Nothing here.", text], question_of("reunion"))
    assert ("reunión", True) in parts
    said = "".join(part for part, _hit in parts)
    assert said.startswith("… ")
    assert said.endswith(" …")
    assert "Then la reunión is on Monday" in said
    assert len(said) < 260


def test_a_text_that_does_not_have_the_word_is_shown_from_its_beginning() -> None:
    parts = snippet(["All lamps work.", "More."], question_of("elm"))
    assert "".join(part for part, _hit in parts) == "All lamps work." and not any(hit for _part, hit in parts)
    assert snippet(["", " "], question_of("elm")) == []


@pytest.mark.parametrize(
    ("typed", "page"), [("2", 2), ("10", 10), ("11", 1), ("0", 1), ("-1", 1), ("٣", 1), ("", 1), ("x", 1)]
)
def test_a_page_that_is_none_is_the_first(typed: str, page: int) -> None:
    assert page_of(typed) == page


def test_a_passage_begins_with_a_whole_word() -> None:
    parts = snippet(["Nicholas Corsaro and Rod Brunson. International Journal of Drug Policy"], question_of("policy"))
    assert "".join(part for part, _hit in parts).startswith("Nicholas ")
