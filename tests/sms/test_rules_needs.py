"""What people need, by text: read whole or not at all, never a word that we or the provider act upon."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.meetings.rsvp.seats import MOST_CHILDREN, OLDEST_CHILD, Ride
from portal.sms.keywords import Keyword, fold, keyword
from portal.sms.needs import (
    MANY,
    MEANT,
    TONGUE,
    Beside,
    MissingNeed,
    Needs,
    Word,
    people_with,
    read_ages_only,
    read_beside,
)
from portal.sms.rsvp_rules import RsvpReading, read_meeting_text


@pytest.mark.parametrize(
    ("text", "beside"),
    [
        ("", Beside()),
        ("3 ride", Beside(3, needs=Needs(ride=Ride.NEEDS))),
        ("3, and we need a ride please", Beside(3, needs=Needs(ride=Ride.NEEDS))),
        ("b 2 ride", Beside(2, "B", Needs(ride=Ride.NEEDS))),
        ("no ride", Beside(needs=Needs(ride=Ride.NONE))),
        ("drive 3", Beside(needs=Needs(ride=Ride.OFFERS, ride_seats=3))),
        ("I can take 2 people", Beside(needs=Needs(ride=Ride.OFFERS, ride_seats=2))),
        ("kids 3 5", Beside(needs=Needs(ages=(3, 5)))),
        ("4 people, children ages 3 and 5", Beside(4, needs=Needs(ages=(3, 5)))),
        ("kids 3 and 5 years old, 4 people", Beside(4, needs=Needs(ages=(3, 5)))),
        ("3 kids 4 7", Beside(3, needs=Needs(ages=(4, 7)))),
        ("2 kids 4 7", Beside(needs=Needs(ages=(4, 7)))),
        ("4 kids", Beside(needs=Needs(asks=MissingNeed.AGES))),
        ("kids 6 months and 2", Beside(needs=Needs(ages=(0, 2)))),
        ("kids 45", Beside(needs=Needs(asks=MissingNeed.AGES))),
        ("a baby", Beside(needs=Needs(ages=(0,)))),
        ("no kids", Beside(needs=Needs(ages=()))),
        ("spanish", Beside(needs=Needs(interpreter="es"))),
        ("interpreter spanish ride", Beside(needs=Needs(interpreter="es", ride=Ride.NEEDS))),
        ("spanish interpreter", Beside(needs=Needs(interpreter="es"))),
        ("an interpreter for sign language", Beside(needs=Needs(interpreter="ase"))),
        ("interpreter mixteco", Beside(needs=Needs(interpreter="other"))),
        ("interpreter", Beside(needs=Needs(asks=MissingNeed.LANGUAGE))),
        ("no interpreter", Beside(needs=Needs(interpreter=""))),
        ("wheelchair", Beside(needs=Needs(access="wheelchair"))),
        ("3 ride access: a chair, Room 2", Beside(3, needs=Needs(ride=Ride.NEEDS, access="a chair, Room 2"))),
        ("3 and my mom uses a wheelchair", Beside(3, needs=Needs(access="a wheelchair"))),
        ("access", Beside(needs=Needs(asks=MissingNeed.ACCESS))),
        ("120", Beside(120)),
    ],
)
def test_english(text: str, beside: Beside) -> None:
    assert read_beside(text, "en") == beside


@pytest.mark.parametrize(
    ("text", "beside"),
    [
        ("3 transporte", Beside(3, needs=Needs(ride=Ride.NEEDS))),
        ("4 personas, ocupamos raite", Beside(4, needs=Needs(ride=Ride.NEEDS))),
        ("niños 3 y 5", Beside(needs=Needs(ages=(3, 5)))),
        ("4, cuidado de niños de 3 y 5 años", Beside(4, needs=Needs(ages=(3, 5)))),
        ("un bebé", Beside(needs=Needs(ages=(0,)))),
        ("sin niños", Beside(needs=Needs(ages=()))),
        ("intérprete", Beside(needs=Needs(interpreter="es"))),
        ("transporte e intérprete de inglés", Beside(needs=Needs(interpreter="en", ride=Ride.NEEDS))),
        ("lengua de señas", Beside(needs=Needs(interpreter="ase"))),
        ("llevo a 3", Beside(needs=Needs(ride=Ride.OFFERS, ride_seats=3))),
        ("sin transporte", Beside(needs=Needs(ride=Ride.NONE))),
        ("3 y mi mamá usa silla de ruedas", Beside(3, needs=Needs(access="silla de ruedas"))),
        ("silla de ruedas", Beside(needs=Needs(access="silla de ruedas"))),
        ("ACCESO Silla con brazos, por favor", Beside(needs=Needs(access="Silla con brazos, por favor"))),
        ("b 2 niños", Beside(None, "B", Needs(asks=MissingNeed.AGES))),
    ],
)
def test_spanish(text: str, beside: Beside) -> None:
    assert read_beside(text, "es") == beside


@pytest.mark.parametrize(
    "text",
    [
        *("elm street", "3 4", "3 ride 4", "kids at the corner", "ride to the dealer", "3 kids selling"),
        *("help", "need help", "access he has a gun", "acceso, no respira", "interpreter they sell"),
        "niños vendiendo",
    ],
)
def test_whatever_says_more_is_no_need(text: str) -> None:
    assert read_beside(text, "en") is None
    assert read_meeting_text(text, "en") is None
    assert read_meeting_text(text, "es", MissingNeed.LANGUAGE) is None


@pytest.mark.parametrize(
    ("text", "ages"),
    [("3 and 5", (3, 5)), ("5, 3", (3, 5)), ("3 años y un bebé", (0, 3)), ("4", (4,)), ("seven", (7,))],
)
def test_after_we_asked_bare_numbers_are_ages(text: str, ages: tuple[int, ...]) -> None:
    assert read_ages_only(text, "en") == ages
    assert read_meeting_text(text, "en", MissingNeed.AGES) == RsvpReading(True, "en", needs=Needs(ages=ages), sure=True)
    # Without the question they say how many come, or nothing.
    said = read_meeting_text(text, "en")
    assert said is None or said.needs.ages != ages


@pytest.mark.parametrize("text", ["4 people", "no", "skip", "", "45", "3 ride", "STOP", "ayuda"])
def test_anything_else_is_no_age(text: str) -> None:
    assert read_ages_only(text, "en") is None


@pytest.mark.parametrize("asked", [None, *MissingNeed])
@pytest.mark.parametrize(
    "word", ["STOP", "Cancel", "alto", "HELP", "ayuda", "start", "BORRAR", "spanish", "English", "Español"]
)
def test_keywords_beat_whatever_was_asked(word: str, asked: MissingNeed | None) -> None:
    assert keyword(word) in Keyword
    assert read_meeting_text(word, "en", asked) is None


def test_no_word_for_need_is_one_acted_upon() -> None:
    for phrase in (*MEANT, "access", "acceso", *(f"interpreter {tongue}" for tongue in TONGUE)):
        assert keyword(phrase) is None, phrase


@pytest.mark.parametrize(
    ("children", "said", "before", "people"),
    [(0, None, 2, 2), (2, None, 1, 3), (2, None, 4, 4), (2, None, 2, 3), (2, 2, 1, 2), (0, 5, 1, 5)],
)
def test_no_child_comes_alone(children: int, said: int | None, before: int, people: int) -> None:
    assert people_with(children, said, before) == people


words = st.sampled_from(
    [*(phrase for phrase, meant in MEANT.items() if meant is not Word.BESIDE), *TONGUE, "3", "7", "b"]
)
messages = st.lists(words, max_size=6).map(" ".join)


@given(messages, st.sampled_from(["en", "es"]))
def test_whatever_is_said_in_these_words_can_be_kept(text: str, language: str) -> None:
    beside = read_beside(text, language)
    if beside is None:
        return
    needs = beside.needs
    assert needs.ages is None or len(needs.ages) <= MOST_CHILDREN
    assert all(0 <= age <= OLDEST_CHILD for age in needs.ages or ())
    assert needs.interpreter in (None, "", *set(TONGUE.values()))
    assert (needs.ride_seats > 0) <= (needs.ride is Ride.OFFERS)


@given(messages, st.text(st.characters(categories=["Ll"]), min_size=2, max_size=12))
def test_one_unknown_word_makes_it_a_report(text: str, strange: str) -> None:
    known = set(" ".join((*MEANT, *TONGUE, *MANY, "access acceso")).split())
    if fold(strange) and not set(fold(strange).split()) & known:
        assert read_beside(f"{text} {strange}", "en") is None


@given(st.text(max_size=200), st.sampled_from(["en", "es"]), st.sampled_from([None, *MissingNeed]))
def test_any_text_is_read(text: str, language: str, asked: MissingNeed | None) -> None:
    read_beside(text, language)
    said = read_meeting_text(text, language, asked)
    assert said is None or keyword(text) in (None, Keyword.SKIP)
    coded = read_meeting_text(f"MEET 4821 {text}")
    assert coded is None or (coded.comes, coded.code) == (True, "4821")


@given(messages, st.sampled_from(["access", "ACCESO", "Access:"]), st.text(max_size=400))
def test_own_words_are_kept_as_they_were_written(before: str, access: str, own: str) -> None:
    beside = read_beside(f"{before} {access} {own}", "en")
    if beside is not None and beside.needs.access:
        assert len(beside.needs.access) <= 300
        assert beside.needs.access in own or beside.needs.access in MEANT
