"""Words that are searched and those that mean the same; and quarters of a year."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as some

from portal.home.quarters import Quarter, ended, last_ended, quarter_of, unbroken
from portal.home.search_rules import (
    GROUPS,
    LONGEST_WORD,
    MOST_WORDS,
    PHRASES,
    fold,
    page_of,
    question_of,
    same_as,
    shown_again,
    snippet,
    words_of,
)


def test_a_text_is_its_words() -> None:
    assert [
        (text, words)
        for text, words in (
            ("Reunión", ["reunion"]),
            ("REUNIO\u0301N", ["reunion"]),
            ("El Ñandú, ¿qué?", ["el", "nandu", "que"]),
            ("snake_case and-dash", ["snake", "case", "and", "dash"]),
            ("Straße ﬁn", ["strasse", "fin"]),
            ("don't 3rd 12e5", ["don", "t", "3rd", "12e5"]),
            ("\x00 * \" ' ( ) 🙂", []),
            ("x" * 99, ["x" * LONGEST_WORD]),
        )
        if words_of(text) != words
    ] == []


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
def test_passage_of_any_text_is_short_without_empty_parts(text: str, asked: str) -> None:
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


def test_text_without_the_word_is_shown_from_its_beginning() -> None:
    parts = snippet(["All lamps work.", "More."], question_of("elm"))
    assert "".join(part for part, _hit in parts) == "All lamps work." and not any(hit for _part, hit in parts)
    assert snippet(["", " "], question_of("elm")) == []


def test_a_page_that_is_none_is_the_first() -> None:
    assert [
        (typed, page)
        for typed, page in (("2", 2), ("10", 10), ("11", 1), ("0", 1), ("-1", 1), ("٣", 1), ("", 1), ("x", 1))
        if page_of(typed) != page
    ] == []


def test_a_passage_begins_with_a_whole_word() -> None:
    parts = snippet(["Nicholas Corsaro and Rod Brunson. International Journal of Drug Policy"], question_of("policy"))
    assert "".join(part for part, _hit in parts).startswith("Nicholas ")


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


def test_word_finds_another_for_same_thing_and_marks_it() -> None:
    for asked, text in (
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
    ):
        question = question_of(asked)
        assert question.is_in(words_of(text))
        assert any(map(question.asks_for, text.replace(":", "").split()))


def test_other_words_are_not_found() -> None:
    assert [
        (asked, text)
        for asked, text in (("lighthouse", "lamp"), ("market", "meeting"), ("junta raite", "Reunión"))
        if question_of(asked).is_in(words_of(text))
    ] == []


def test_a_day_lies_in_one_quarter() -> None:
    for day, quarter in (
        (date(2026, 1, 1), (2026, 1)),
        (date(2026, 3, 31), (2026, 1)),
        (date(2026, 4, 1), (2026, 2)),
        (date(2026, 12, 31), (2026, 4)),
    ):
        found = quarter_of(day)
        assert found == quarter
        assert found.first_day <= day <= found.last_day


@given(some.dates(date(2001, 1, 1), date(2900, 1, 1)))
def test_quarter_is_over_on_day_after_its_last(day: date) -> None:
    quarter = quarter_of(day)
    assert not quarter.is_over(day)
    assert not quarter.is_over(quarter.last_day)
    assert quarter.is_over(quarter.last_day + timedelta(days=1))
    assert quarter.next.before == quarter
    assert last_ended(day).next == quarter
    assert ended(day, 5) == sorted(ended(day, 5), reverse=True)


def test_what_is_no_quarter_of_ours_is_never_counted() -> None:
    assert [
        quarter
        for quarter in ((1999, 4), (2025, 0), (2025, 5), (3000, 1), (2**62, 1), (0, 1))
        if Quarter(*quarter).is_over(date(2026, 1, 1))
    ] == []


def test_a_gap_ends_the_sum() -> None:
    counted = [Quarter(2025, 4), Quarter(2026, 1), Quarter(2025, 1), Quarter(2026, 2)]
    assert unbroken(counted) == [Quarter(2026, 2), Quarter(2026, 1), Quarter(2025, 4)]
    assert unbroken([]) == []
