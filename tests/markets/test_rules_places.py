"""Names that tell nothing, seats that lapse, cover, and how a place may be said to stand."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.accounts.roles import Role
from portal.core.i18n import Bilingual
from portal.markets.gate_rules import Confirmation, GateKey, exposed, opens_at, still_count
from portal.markets.names import named_in, telling_word, words
from portal.markets.status import (
    LONGEST_TO_REVIEW,
    MAY_KNOW,
    STATUSES,
    Lapse,
    Status,
    gaps,
    holding_since,
    is_last_lead,
    lapse,
    may_be_admitted,
    problem,
)

TODAY = date(2026, 11, 24)
SOON = TODAY + timedelta(days=14)


@pytest.mark.parametrize(
    "name",
    [
        "Drug Corner",
        "The DRUGS lot",
        "La esquina de la droga",
        "Plaza Narco",
        "Dealer's Row",
        "Crack Alley",
        "Punto de venta",
        "La Venta",
        "Cocaína",
        "Heroin Hill",
        "Callejón del crimen",
        "Gang Street",
        "Las pandillas",
        "Dro\u0301ga",
        "D r u g corner",
        "The d.r.u.g.s lot",
        "A D R U G corner",
        "Dr\u200bugs",
        "Me\u00adth Row",
        "Kokain Park",
        "Callejón Fentanilo",
        "Weed Corner",
        "La Marihuana",
        "The Open-Air Market",
        "El mercado al aire libre",
    ],
)
def test_a_name_that_tells_is_refused(name: str) -> None:
    assert telling_word(name)


@pytest.mark.parametrize(
    "name",
    [
        "Market Street",
        "J F K Plaza",
        "Tumbleweed Park",
        "Open Market Hall",
        "P. T. Barnum Square",
        "Traffic Circle",
        "Cracker Barrel Lot",
        "Plaza de las Heroínas",
        "Ventana Park",
        "Canal Steps",
        "Las gradas del canal",
        "Methodist Church",
        "Ganges Avenue",
        "Elm & 4th",
        "",
    ],
)
def test_a_name_like_any_other_is_not(name: str) -> None:
    assert telling_word(name) is None


@given(st.text(), st.sampled_from(["drug", "DROGA", "crack", "dealer", "Venta"]))
def test_a_telling_word_is_found_wherever_it_stands(text: str, word: str) -> None:
    assert telling_word(f"{text} {word}")


@given(st.text())
def test_words_are_plain(text: str) -> None:
    assert all((word.isascii() and word.islower()) or word.isdigit() for word in words(text))


def test_the_role_wall_stands_before_any_admission() -> None:
    assert {role for role in Role if may_be_admitted({role})} == MAY_KNOW
    assert {
        Role.FACILITATOR,
        Role.SERVICES,
        Role.TRIAGE,
        Role.ADMINISTRATOR,
        Role.OVERSIGHT,
        Role.EVALUATOR,
    }.isdisjoint(MAY_KNOW)


@pytest.mark.parametrize(
    ("named", "left", "roles", "inside", "found"),
    [
        (False, False, {"organizer"}, True, Lapse.NOBODY),
        (True, True, {"organizer"}, True, Lapse.LEFT),
        (True, False, {"triage"}, True, Lapse.ROLE),
        (True, False, set(), True, Lapse.ROLE),
        (True, False, {"organizer"}, False, Lapse.OUT),
        (True, False, {"organizer", "triage"}, True, None),
    ],
)
def test_a_seat_lapses(named: bool, left: bool, roles: set[str], inside: bool, found: Lapse | None) -> None:
    assert lapse(is_named=named, has_left=left, roles=roles, is_admitted=inside) is found


def test_the_last_lead_stays() -> None:
    assert is_last_lead(1, [1])
    assert not is_last_lead(1, [1, 2])
    assert not is_last_lead(3, [1])


def test_a_hidden_place_is_exposed_when_it_is_the_only_one_with_meetings() -> None:
    assert exposed([7, 7, None], {1, 2}) == {7}
    assert exposed([7, 1], {1, 2}) == frozenset()
    assert exposed([1, None], {1}) == frozenset()
    assert exposed([7, 8], {1}) == {7, 8}
    assert exposed([], {1}) == frozenset()


def test_a_key_counts_while_its_holder_holds_it() -> None:
    lead, liaison = Confirmation(1, GateKey.COMMUNITY_LEAD), Confirmation(2, GateKey.POLICE_LIAISON)
    here = {1: {"community_lead"}, 2: {"police_liaison"}}
    assert still_count([lead, liaison], here) == [lead, liaison]
    assert still_count([lead, liaison], {1: {"community_lead"}}) == [lead]
    assert still_count([lead, liaison], here | {1: {"organizer"}}) == [liaison]
    assert still_count([lead], {1: {"police_liaison"}}) == []


def test_a_place_opens_when_its_call_in_ends_but_never_later_than_agreed() -> None:
    ten = datetime(2026, 11, 25, 10, tzinfo=UTC)
    assert opens_at(ten, None) == ten
    assert opens_at(ten, ten - timedelta(hours=14)) == ten - timedelta(hours=14)
    assert opens_at(ten, ten + timedelta(hours=14)) == ten


NOTHING = Bilingual("", "")


@dataclass(frozen=True)
class Said:
    name: Bilingual
    about: Bilingual
    own_name: Bilingual = NOTHING
    services: Bilingual = NOTHING
    why_here: Bilingual = NOTHING


def test_what_is_said_is_said_in_both_languages_or_in_neither() -> None:
    whole = Said(Bilingual("a", "b"), Bilingual("c", "d"))
    assert gaps(whole) == []
    assert gaps(replace(whole, about=Bilingual("c", " "))) == ["about_es"]
    assert gaps(replace(whole, own_name=Bilingual("", "x"))) == ["own_name_en"]
    assert gaps(replace(whole, own_name=Bilingual("y", "x"))) == []


def day(months_ago: int) -> date:
    year, month = divmod(TODAY.year * 12 + TODAY.month - 1 - months_ago, 12)
    return date(year, month + 1, TODAY.day)


def test_holding_is_counted_from_the_last_slip() -> None:
    history = [("recovering", day(2)), ("slipping", day(5)), ("holding", day(20)), ("message_delivered", day(24))]
    assert holding_since(history) == day(2)
    assert holding_since([("held_12", day(1)), ("holding", day(13)), ("message_delivered", day(15))]) == day(13)
    assert holding_since([("slipping", day(1)), ("holding", day(13))]) is None
    assert holding_since([]) is None


@pytest.mark.parametrize(
    ("history", "status", "since", "found"),
    [
        ([], Status.MESSAGE_DELIVERED, TODAY, None),
        ([], Status.HOLDING, TODAY, "status_order"),
        ([("message_delivered", day(3))], Status.HOLDING, TODAY, None),
        ([("message_delivered", day(3))], Status.HOLDING, day(4), "status_since"),
        ([("message_delivered", day(3))], Status.HOLDING, TODAY + timedelta(days=1), "status_since"),
        ([("message_delivered", day(3))], Status.HELD_12, TODAY, "status_order"),
        ([("holding", day(11))], Status.HELD_12, TODAY, "status_months"),
        ([("holding", day(12))], Status.HELD_12, TODAY, None),
        ([("recovering", day(3)), ("slipping", day(4)), ("holding", day(30))], Status.HELD_12, TODAY, "status_months"),
        ([("held_12", day(12)), ("holding", day(24))], Status.HELD_24, TODAY, None),
        ([("held_12", day(1)), ("holding", day(23))], Status.HELD_24, TODAY, "status_months"),
        ([("holding", day(2))], Status.HOLDING, day(9), None),
    ],
)
def test_a_place_is_said_to_stand_only_as_it_can(
    history: list[tuple[str, date]], status: Status, since: date, found: str | None
) -> None:
    assert problem(history, status, since, SOON, TODAY) == found


@pytest.mark.parametrize("review", [TODAY, TODAY - timedelta(days=1), TODAY + LONGEST_TO_REVIEW + timedelta(days=1)])
def test_the_next_review_lies_ahead(review: date) -> None:
    assert problem([], Status.MESSAGE_DELIVERED, TODAY, review, TODAY) == "status_review"


@given(st.lists(st.sampled_from(STATUSES), max_size=12))
def test_nobody_holds_twelve_months_within_a_year(path: list[str]) -> None:
    """Whatever is tried in a year, nothing that names months is ever said."""
    history: list[tuple[str, date]] = []
    for number, status in enumerate(path):
        since = day(11) + timedelta(days=number * 20)
        if problem(history, Status(status), since, since + timedelta(days=7), since) is None:
            history.insert(0, (status, since))
    assert not {status for status, _ in history} & {"held_12", "held_24", "held_36", "graduated"}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("We meet at Birch Street.", "Birch Street"),
        ("nos vemos en la CALLE  ÁLAMO, a las seis", "Calle Álamo"),
        ("nos vemos en la calle alamo", "Calle Álamo"),
        ("https://example.org/birch-street/map", "Birch Street"),
        ("Bir\u200bch Street", "Birch Street"),
        ("на улице Мира", "Улице мира"),
    ],
)
def test_a_name_is_found_in_a_text(text: str, name: str) -> None:
    assert named_in(text, ["Elm", name]) == name


@pytest.mark.parametrize("text", ["", "Birchwood Street", "Birch. A street", "The birches of Streeter"])
def test_parts_of_words_are_no_name(text: str) -> None:
    assert named_in(text, ["Birch Street", "", "!"]) is None
