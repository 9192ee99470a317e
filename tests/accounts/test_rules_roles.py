"""Which roles one person may hold together."""

from itertools import combinations, product

import pytest

from portal.accounts.rules.roles import (
    READS_REPORTS,
    RECEIVES,
    SEAT_OF,
    DeskKind,
    Role,
    conflict,
    incompatible,
    kinds_of_desks,
)

WALL = [
    *product([Role.POLICE_LIAISON], sorted(set(Role) - {Role.POLICE_LIAISON, Role.EVALUATOR})),
    *product([Role.ADMINISTRATOR], sorted(set(Role) - {Role.ADMINISTRATOR, Role.EVALUATOR})),
]


@pytest.mark.parametrize(("one", "other"), WALL)
def test_the_wall_stands_from_both_sides(one: Role, other: Role) -> None:
    assert incompatible(one, other)
    assert incompatible(other, one)
    assert set(conflict([other, one]) or ()) == {one, other}


def test_everything_else_may_be_combined() -> None:
    walled = {frozenset(pair) for pair in WALL}
    assert not any(incompatible(*pair) for pair in combinations(Role, 2) if frozenset(pair) not in walled)


@pytest.mark.parametrize("role", Role)
def test_one_role_never_conflicts_with_itself(role: Role) -> None:
    assert conflict([role, role]) is None


def test_a_conflict_is_found_among_many_and_named_in_a_fixed_order() -> None:
    held = [Role.EVALUATOR, Role.TRIAGE, Role.FACILITATOR, Role.POLICE_LIAISON]
    assert conflict(held) == conflict(reversed(held)) == (Role.FACILITATOR, Role.POLICE_LIAISON)
    assert conflict([Role.TRIAGE, Role.OVERSIGHT, Role.EVALUATOR, Role.ORGANIZER]) is None
    assert conflict([]) is None


def test_a_role_brings_a_seat_at_one_desk_and_the_wall_runs_between_desks() -> None:
    assert kinds_of_desks([Role.ORGANIZER, Role.COMMUNITY_LEAD, Role.FAITH_PARTNER]) == {DeskKind.TEAM}
    assert kinds_of_desks([Role.SERVICES, Role.TRIAGE]) == {DeskKind.OUTREACH, DeskKind.TRIAGE}
    assert set(SEAT_OF.values()) == set(DeskKind) == {*READS_REPORTS, *RECEIVES}
    # Nobody who passes on to the police, or receives beside them, can sit with them.
    others = [role for role, kind in SEAT_OF.items() if kind is not DeskKind.POLICE]
    assert all(incompatible(Role.POLICE_LIAISON, role) for role in others)
