"""A promise is late by the calendar, and kept or broken by the word of the other side alone."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.accounts.roles import Role
from portal.commitments.promise_states import (
    JUDGES,
    PromiseActor,
    PromiseState,
    PromiseVerdict,
    days_late,
    may_judge,
    may_write,
    share_kept,
    standing,
    tally,
)
from portal.organisations.sides import SIDES, OrganisationKind, TableSide

DUE = date(2026, 6, 1)
OURS, THEIRS = 1, 2


def test_it_is_late_from_the_day_after_and_nobody_has_to_say_so() -> None:
    assert standing(DUE, None, DUE) is PromiseState.DUE
    assert standing(DUE, None, DUE + timedelta(days=1)) is PromiseState.LATE


@given(st.dates(), st.sampled_from(PromiseVerdict))
def test_a_verdict_stands_whatever_the_day(today: date, verdict: PromiseVerdict) -> None:
    assert standing(DUE, verdict, today).value == verdict.value


def test_days_late_are_counted_from_the_day_it_was_due() -> None:
    assert [days_late(DUE, DUE + timedelta(days=day)) for day in (-3, 0, 1, 40)] == [0, 0, 1, 40]


@pytest.mark.parametrize(("role", "kind"), list(product(Role, OrganisationKind)))
def test_nobody_judges_for_their_own_side(role: Role, kind: OrganisationKind) -> None:
    agencies = {Role.POLICE_LIAISON, Role.SERVICES}
    judges = may_judge(PromiseActor(frozenset({role}), frozenset()), OURS, kind)
    assert judges == (role in JUDGES[SIDES[kind]])
    assert not (judges and SIDES[kind] is TableSide.AGENCIES and role in agencies)


@pytest.mark.parametrize("role", Role)
def test_nobody_judges_a_promise_of_their_own_organisation(role: Role) -> None:
    person = PromiseActor(frozenset({role, Role.FAITH_PARTNER, Role.COMMUNITY_LEAD}), frozenset({OURS}))
    assert not may_judge(person, OURS, OrganisationKind.AGENCY)


def test_who_stands_between_the_sides_does_not_judge() -> None:
    both = PromiseActor(frozenset({Role.FACILITATOR, Role.COMMUNITY_LEAD}), frozenset())
    assert not may_judge(both, OURS, OrganisationKind.POLICE)
    assert may_write(both, OURS)


@pytest.mark.parametrize("role", Role)
def test_who_writes_down_promises_of_their_own_organisation_and_of_others(role: Role) -> None:
    person = PromiseActor(frozenset({role}), frozenset({OURS}))
    own = {Role.ORGANIZER, Role.FAITH_PARTNER, Role.POLICE_LIAISON, Role.SERVICES}
    every = {Role.FACILITATOR, Role.COMMUNITY_LEAD}
    assert may_write(person, OURS) == (role in own | every)
    assert may_write(person, THEIRS) == (role in every)


def test_no_share_of_a_few() -> None:
    few = tally([PromiseState.KEPT] * 10 + [PromiseState.BROKEN] * 9 + [PromiseState.DUE] * 30)
    assert share_kept(few) is None
    assert share_kept({**few, PromiseState.LATE: 1}) == 50
