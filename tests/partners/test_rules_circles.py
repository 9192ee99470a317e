"""Who may sit in a circle, what each role does there, and when it has a lead again."""

from __future__ import annotations

from itertools import combinations

import pytest

from portal.accounts.roles import Role, conflict, ends_circles
from portal.partners.circle_rules import (
    ACTS,
    Act,
    CircleRole,
    acts,
    has_enough_voices,
    is_last_lead,
    may_found,
    may_hold,
    may_name_lead,
    may_sit,
    names_child,
)

# Who sits where: without police, with police.
SITS = {
    None: (True, True),
    Role.ORGANIZER: (True, True),
    Role.COMMUNITY_LEAD: (True, True),
    Role.FAITH_PARTNER: (True, True),
    Role.FACILITATOR: (True, True),
    Role.SERVICES: (True, True),
    Role.POLICE_LIAISON: (False, True),
    Role.PROPERTY: (False, False),
    Role.EVALUATOR: (False, False),
    Role.OVERSIGHT: (False, False),
    Role.TRIAGE: (False, False),
    Role.ADMINISTRATOR: (False, False),
}
# What each may do in a circle: read, write, see names, tidy, admit, lead.
MAY = {
    CircleRole.LEAD: "rwntal",
    CircleRole.FACILITATOR: "rwnta",
    CircleRole.MEMBER: "rwn",
    CircleRole.INTERPRETER: "rwn",
    CircleRole.OBSERVER: "rn",
}
LETTERS = {
    "r": Act.READ,
    "w": Act.WRITE,
    "n": Act.SEE_NAMES,
    "t": Act.TIDY,
    "a": Act.ADMIT,
    "l": Act.LEAD,
}


def test_who_may_sit(subtests: pytest.Subtests) -> None:
    for role in (None, *Role):
        with subtests.test(str(role)):
            roles = [role] if role else []
            assert (may_sit(roles, with_police=False), may_sit(roles, with_police=True)) == SITS[role]


def test_no_second_role_lets_police_or_administrators_in() -> None:
    for pair in combinations(Role, 2):
        if conflict(pair):
            continue
        if Role.ADMINISTRATOR in pair:
            assert not may_sit(pair, with_police=True)
        if Role.POLICE_LIAISON in pair:
            assert not may_sit(pair, with_police=False)
    # Nobody can hold such a pair; if somebody does all the same they stay outside.
    assert not may_sit((Role.ADMINISTRATOR, Role.FAITH_PARTNER), with_police=True)


def test_a_second_role_lets_a_volunteer_in() -> None:
    assert may_sit([Role.TRIAGE, Role.FAITH_PARTNER], with_police=False)


def test_what_each_role_may(subtests: pytest.Subtests) -> None:
    for role in (*CircleRole,):
        with subtests.test(str(role)):
            assert acts(role, []) == {LETTERS[letter] for letter in MAY[role]}


def test_police_read_and_write_and_never_more() -> None:
    police = [Role.POLICE_LIAISON]
    writers = [role for role in CircleRole if role is not CircleRole.OBSERVER]
    assert all(acts(role, police) == {Act.READ, Act.WRITE} for role in writers)
    assert acts(CircleRole.OBSERVER, police) == {Act.READ}
    assert [role for role in CircleRole if may_hold(role, police)] == [CircleRole.MEMBER, CircleRole.OBSERVER]
    assert not any(may_name_lead(role, police) for role in CircleRole)


def test_everybody_who_is_not_police_may_hold_any_role() -> None:
    assert all(may_hold(role, [Role.SERVICES]) for role in CircleRole)
    assert set(ACTS) == set(CircleRole)


def test_observers_have_no_voice() -> None:
    assert [role for role in CircleRole if not may_name_lead(role, [])] == [CircleRole.OBSERVER]


def test_when_there_is_a_lead_again(subtests: pytest.Subtests) -> None:
    for named_by, voters, community, enough in (
        ([], [1, 2, 3], [], False),
        ([1], [1, 2, 3], [], False),
        ([1, 2], [1, 2, 3], [], True),
        ([1], [1], [], True),
        ([], [], [], False),
        ([1], [1, 2, 3], [1], True),
        ([1], [1, 2, 3], [2], False),
        ([9, 8], [1, 2, 3], [], False),
        ([9], [1, 2, 3], [9], False),
    ):
        with subtests.test(f"{named_by} {voters}"):
            assert has_enough_voices(named_by, voters, community) is enough


def test_the_last_lead() -> None:
    assert is_last_lead(1, [1])
    assert not is_last_lead(1, [1, 2])
    assert not is_last_lead(1, [2])


def test_who_founds() -> None:
    assert {role for role in Role if may_found([role])} == {
        Role.COMMUNITY_LEAD,
        Role.FAITH_PARTNER,
        Role.FACILITATOR,
    }


def test_only_becoming_police_or_administrator_ends_seats() -> None:
    assert ends_circles([Role.ORGANIZER], [Role.POLICE_LIAISON])
    assert ends_circles([], [Role.ADMINISTRATOR])
    assert not ends_circles([Role.POLICE_LIAISON], [Role.POLICE_LIAISON, Role.EVALUATOR])
    assert not ends_circles([Role.ORGANIZER], [])


# --- What in a list of guests speaks of somebody under 18, and what does not ---


def test_a_child_is_found(subtests: pytest.Subtests) -> None:
    for text in (
        "Quince Cantor and her child",
        "Two kids, one baby",
        "the Almond children",
        "Quince\nPerry, 12",
        "Perry (9), wheelchair",
        "Perry, 15 years old",
        "Perry, a 15-year-old",
        "Perry, age 7",
        "Perry aged 7",
        "Perry, 15 yrs",
        "Perry, teenager",
        "Perry, 8 months",
        "Rosa y su niño",
        "Rosa con dos niñas",
        "Rosa y la nina",
        "Rosa, 12 años",
        "Rosa, 12 anos",
        "Rosa, edad 12",
        "Rosa, edad de 12",
        "Rosa, menor de edad",
        "Rosa y un bebé de 3 meses",
        "Un adolescente",
    ):
        with subtests.test(str(text)):
            assert names_child(text)


def test_who_is_grown_up_and_what_they_need_stands(subtests: pytest.Subtests) -> None:
    for text in (
        "",
        "Quince Cantor, wheelchair",
        "Perry Almond, needs a ride at 5 PM",
        "Quince, 2 seats; Perry, 1 seat",
        "Perry (22)",
        "Perry, 18",
        "Perry, 64 years old",
        "Rosa, 34 años",
        "Rosa needs child care",
        "Rosa: childcare, child seat",
        "Rosa: silla para niño, cuidado de niños",
        "Bus 12, door 3",
        "12 Fountain Avenue",
        "Rosa Niñez, mayor de edad",
    ):
        with subtests.test(str(text)):
            assert not names_child(text)
