"""Words are found without their accents, whatever somebody types, and what is shown is what was written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from portal.home.search.rules import (
    LAST_ORDER,
    LONGEST_WORD,
    MOST_WORDS,
    entry_key,
    first_key,
    fold,
    last_key,
    marked,
    page_of,
    plain,
    question_of,
    shown_again,
    snippet,
    words_of,
)

NOW = datetime(2026, 6, 1, tzinfo=UTC)


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
    le están pegando, sobredosis, suicidio"""
NO_DANGER = "fire department, fight for our block, meeting, tips, fireworks, reunión, fuegos artificiales, compromisos"


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
def test_marking_adds_and_loses_nothing(text: str, asked: str) -> None:
    question = question_of(asked)
    if question:
        assert "".join(part for part, _hit in marked(text, question)) == text
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
    assert snippet(["All lamps work.", "More."], question_of("elm")) == [("All lamps work.", False)]
    assert snippet(["", " "], question_of("elm")) == []


def test_markdown_is_read_as_text() -> None:
    assert plain("# Head\n\n- *one*\n- `two` [three](https://x.test)\n> four") == "Head one two three four"


@pytest.mark.parametrize(
    ("typed", "page"), [("2", 2), ("10", 10), ("11", 1), ("0", 1), ("-1", 1), ("٣", 1), ("", 1), ("x", 1)]
)
def test_a_page_that_is_none_is_the_first(typed: str, page: int) -> None:
    assert page_of(typed) == page


def test_keys_are_in_the_order_of_language_kind_and_time() -> None:
    keys = [
        entry_key(lang, order, at, chance)
        for lang in ("en", "es")
        for order in range(LAST_ORDER + 1)
        for at in (NOW, NOW - timedelta(days=9), None)
        for chance in (0, 2**62)
    ]
    assert keys == sorted(keys)
    assert max(keys) < 2**63
    for lang in ("en", "es"):
        for order in range(LAST_ORDER + 1):
            assert first_key(lang, order) <= entry_key(lang, order, NOW, 2**61 + 5) <= last_key(lang, order)


def test_a_passage_begins_with_a_whole_word() -> None:
    parts = snippet(["Nicholas Corsaro and Rod Brunson. International Journal of Drug Policy"], question_of("policy"))
    assert "".join(part for part, _hit in parts).startswith("Nicholas ")
