"""Which roles one person may hold together."""

from itertools import combinations

from portal.accounts.roles import (
    READS_REPORTS,
    RECEIVES,
    SEAT_OF,
    DeskKind,
    Role,
    conflict,
    in_force,
    incompatible,
    kinds_of_desks,
)

POLICE, ACCOUNTS = Role.POLICE_LIAISON, Role.ADMINISTRATOR
TOGETHER = {
    frozenset(pair)
    for pair in combinations([role for role in Role if role not in (POLICE, ACCOUNTS)], 2)
    # Whoever reads the word of residents, or knows them, in one role may in another; see the reasons beside the rule.
}
WALL = sorted({tuple(sorted(pair)) for pair in combinations(Role, 2) if frozenset(pair) not in TOGETHER})


def test_every_pair_is_decided() -> None:
    assert len(TOGETHER) + len(WALL) == 55
    assert {pair for pair in combinations(sorted(Role), 2) if incompatible(*pair)} == {tuple(pair) for pair in WALL}
    assert all(POLICE in pair or ACCOUNTS in pair for pair in WALL)


def test_who_is_walled_off_reads_no_counts_as_evaluator() -> None:
    for walled in (POLICE, ACCOUNTS):
        assert set(conflict([Role.EVALUATOR, walled]) or ()) == {Role.EVALUATOR, walled}
        assert in_force([Role.EVALUATOR, walled]) == {walled}


def test_of_roles_given_before_only_those_count_that_may_go_together() -> None:
    assert in_force(["triage", "oversight", "evaluator"]) == {"triage", "oversight", "evaluator"}
    assert in_force(["police_liaison", "evaluator", "triage"]) == {"police_liaison"}
    assert in_force([]) == frozenset()


def test_the_wall_stands_from_both_sides() -> None:
    for one, other in WALL:
        assert incompatible(one, other)
        assert incompatible(other, one)
        assert set(conflict([other, one]) or ()) == {one, other}


def test_one_role_never_conflicts_with_itself() -> None:
    assert [role for role in Role if conflict([role, role]) is not None] == []


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
