"""Words that people use: each belongs to one group, is folded, and finds what was written with another."""

from __future__ import annotations

from collections import Counter

import pytest

from portal.home.search_rules import GROUPS, PHRASES, question_of, same_as, words_of


def test_no_word_stands_in_two_groups_and_none_alone() -> None:
    assert [word for word, times in Counter(word for group in GROUPS for word in group).items() if times > 1] == []
    assert all(len(group) > 1 for group in GROUPS)


def test_every_word_is_written_as_the_index_folds_it() -> None:
    assert [word for group in GROUPS for word in group if words_of(word) != [word]] == []


def test_a_phrase_stands_for_a_word_of_a_group() -> None:
    assert all(same_as(word) != {word} for word in PHRASES.values())
    assert question_of("free child care today").words == ("free", "childcare", "today")
    assert question_of("care child").words == ("care", "child")


def test_no_query_becomes_much_longer() -> None:
    assert max(map(len, GROUPS)) <= 25


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ("drogas", "drug"),
        ("dealer", "Where people sold"),
        ("tirador", "La venta terminó"),
        ("cops", "What the police said"),
        ("policía", "La policía vino"),
        ("junta", "La reunión es el lunes"),
        ("rehab", "There is treatment"),
        ("desintoxicación", "Hay tratamiento"),
        ("street lights", "Nine lamps"),
        ("farol", "Las luces de la calle"),
        ("raite", "Hay transporte"),
        ("ride", "We offer transport"),
        ("child care", "There is childcare"),
        ("guardería", "Cuidado de niños: sí"),
        ("cuidado de niños", "Hay guardería"),
        ("queja", "Un reclamo"),
        ("narcan", "Naloxone is free"),
        ("junta raite", "Reunión con transporte"),
    ],
)
def test_a_word_finds_another_for_the_same_thing_and_marks_it(asked: str, text: str) -> None:
    question = question_of(asked)
    assert question.is_in(words_of(text))
    assert any(map(question.asks_for, text.replace(":", "").split()))


@pytest.mark.parametrize(("asked", "text"), [("lighthouse", "lamp"), ("market", "meeting"), ("junta raite", "Reunión")])
def test_other_words_are_not_found(asked: str, text: str) -> None:
    assert not question_of(asked).is_in(words_of(text))
