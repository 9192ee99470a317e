"""Words that are searched and those that mean the same; and quarters of a year."""

from collections import Counter
from datetime import date, timedelta

from hypothesis import given, strategies as some

from portal.home import search_rules
from portal.home.demands import Quarter, ended, unbroken
from portal.home.search_rules import fold, question_of, same_as, shown_again, snippet, words_of


def test_a_text_is_its_words() -> None:
    for text, words in (
        ("Reunión", ["reunion"]),
        ("REUNIO\u0301N", ["reunion"]),
        ("El Ñandú, ¿qué?", ["el", "nandu", "que"]),
        ("snake_case and-dash", ["snake", "case", "and", "dash"]),
        ("Straße ﬁn", ["strasse", "fin"]),
        ("don't 3rd 12e5", ["don", "t", "3rd", "12e5"]),
        ("\x00 * \" ' ( ) 🙂", []),
        ("x" * 99, ["x" * search_rules.LONGEST_WORD]),
    ):
        assert words_of(text) == words


def test_empty_words_count_only_when_there_is_no_other() -> None:
    assert question_of("La reunión de los vecinos").words == ("reunion", "vecinos")
    assert question_of("the").words == ("the",)
    assert not question_of(' *\x00" ')


@given(some.text())
def test_whatever_is_typed_makes_a_question_of_plain_words(text: str) -> None:
    question = question_of(text)
    assert len(question.words) <= search_rules.MOST_WORDS
    assert all(
        word.isalnum() and word == fold(word) and 0 < len(word) <= search_rules.LONGEST_WORD for word in question.words
    )
    assert shown_again(text).isprintable()


DANGER = """911, emergency, shots fired, gun, knife, fight, fire, house fire, a beating, shooting, overdose,
    naloxone, crisis, suicide, emergencia, balacera, balazos, pistola, cuchillo, una pelea, fuego, incendio, golpiza,
    le están pegando, sobredosis, suicidio, fight in the park, pelea en el parque, choking, navajazo, puñalada,
    choking child what to do, help, socorro, narcan"""
NO_DANGER = "meeting in the park, tips, fireworks, reunión en el parque, fuegos artificiales, compromisos, stop selling"
TO_TELL = """denunciar denuncia DENUNCIAS reportar reporte queja quejas abuso quejarme complaint complain
    report tip tips police policía policias polisia brutality brutalidad snitch soplo soplón acoso harassment cops
    denunci corrupción drogas venden"""
NOTHING_TO_TELL = ("meeting", "reunión", "information", "información", "office", "agenda", "tipos", "vecinos")


def test_help_and_the_wish_to_tell_are_known() -> None:
    assert not [text for text in DANGER.replace("\n", "").split(",") if not question_of(text).asks_for_help]
    assert not [text for text in NO_DANGER.split(", ") if question_of(text).asks_for_help]
    telling = (*TO_TELL.split(), "quiero denunciar a un policía", "how do I report selling")
    assert not [text for text in telling if not question_of(text).wants_to_tell]
    assert not [text for text in NOTHING_TO_TELL if question_of(text).wants_to_tell]


def test_only_the_last_word_may_be_begun() -> None:
    question = question_of("porch eve")
    assert question.is_in(["evening", "porch"])
    assert not question.is_in(["evening", "porches"])
    assert question.asks_for("Evening")
    assert not question.asks_for("porches")
    for asked, text in (("lighthouse", "lamp"), ("market", "meeting"), ("junta raite", "Reunión")):
        assert not question_of(asked).is_in(words_of(text))


@given(some.text(), some.text(alphabet="abé *", min_size=1))
def test_passage_of_any_text_is_short_without_empty_parts(text: str, asked: str) -> None:
    question = question_of(asked)
    if question:
        assert len("".join(part for part, _hit in snippet([text], question))) < 420
        assert all(part for part, _hit in snippet([text], question))


def test_the_passage_is_around_the_word_and_marks_it() -> None:
    before, after = "First there is much that nobody asked for. " * 9, "And more. " * 30
    text = f"{before}Then **la reunión** is on [Monday](https://x.test/y). {after}"
    parts = snippet(["Nothing here.", text], question_of("reunion"))
    assert ("reunión", True) in parts
    said = "".join(part for part, _hit in parts)
    assert said.startswith("… ") and said.endswith(" …") and len(said) < 260
    assert "Then la reunión is on Monday" in said
    begun = snippet(["Nicholas Corsaro and Rod Brunson. International Journal of Drug Policy"], question_of("policy"))
    assert "".join(part for part, _hit in begun).startswith("Nicholas "), "with a whole word"
    without = snippet(["All lamps work.", "More."], question_of("elm"))
    assert "".join(part for part, _hit in without) == "All lamps work." and not any(hit for _part, hit in without)
    assert snippet(["", " "], question_of("elm")) == []


def test_groups_of_words_are_apart_and_have_phrases() -> None:
    words = [word for group in search_rules.GROUPS for word in group]
    assert [word for word, times in Counter(words).items() if times > 1] == []
    assert [word for word in words if words_of(word) != [word]] == [], "written as the index folds it"
    assert all(1 < len(group) <= 25 for group in search_rules.GROUPS), "no query becomes much longer"
    assert all(same_as(word) != {word} for word in search_rules.PHRASES.values())
    assert question_of("free child care today").words == ("free", "childcare", "today")
    assert question_of("care child").words == ("care", "child")


def test_word_finds_another_for_same_thing_and_marks_it() -> None:
    for asked, text in (
        ("drogas", "drug"),
        ("tirador", "La venta terminó"),
        ("cops", "What the police said"),
        ("junta", "La reunión es el lunes"),
        ("rehab", "There is treatment"),
        ("desintoxicación", "Hay tratamiento"),
        ("street lights", "Nine lamps"),
        ("farol", "Las luces de la calle"),
        ("ride", "We offer transport"),
        ("child care", "There is childcare"),
        ("cuidado de niños", "Hay guardería"),
        ("narcan", "Naloxone is free"),
        ("junta raite", "Reunión con transporte"),
    ):
        question = question_of(asked)
        assert question.is_in(words_of(text))
        assert any(map(question.asks_for, text.split()))


def test_a_day_lies_in_one_quarter_of_ours() -> None:
    for month, day, number in ((1, 1, 1), (3, 31, 1), (4, 1, 2), (12, 31, 4)):
        found = ended(date(2026, month, day), 1)[0].later(1)
        assert found == (2026, number)
        assert found.first_day <= date(2026, month, day) <= found.last_day
    for quarter in ((1999, 4), (2025, 0), (2025, 5), (3000, 1), (2**62, 1), (0, 1)):
        assert not Quarter(*quarter).is_over(date(2026, 1, 1))


@given(some.dates(date(2001, 1, 1), date(2900, 1, 1)))
def test_quarter_is_over_on_day_after_its_last(day: date) -> None:
    (last,) = ended(day, 1)
    quarter = last.later(1)
    assert not quarter.is_over(day)
    assert not quarter.is_over(quarter.last_day)
    assert quarter.is_over(quarter.last_day + timedelta(days=1))
    assert ended(day, 5) == sorted(ended(day, 5), reverse=True)


def test_a_gap_ends_the_sum() -> None:
    counted = [Quarter(2025, 4), Quarter(2026, 1), Quarter(2025, 1), Quarter(2026, 2)]
    assert unbroken(counted) == [Quarter(2026, 2), Quarter(2026, 1), Quarter(2025, 4)]
    assert unbroken([]) == []
