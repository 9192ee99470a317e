"""Two people, two roles, a fixed hour: nobody opens the gate alone."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.accounts.roles import Role, conflict
from portal.markets.gate_rules import (
    RELEASE_AT,
    Confirmation,
    GateKey,
    is_agreed,
    key_of,
    may_confirm,
    release_moment,
    second_thought_ends,
)

CITY = ZoneInfo("America/New_York")
confirmations = st.lists(st.builds(Confirmation, st.integers(1, 4), st.sampled_from(list(GateKey))), max_size=5)
role_sets = st.frozensets(st.sampled_from([role.value for role in Role]), max_size=4)


@given(st.integers(1, 4), role_sets, confirmations)
def test_only_a_key_holder_turns_a_key_that_is_not_turned(
    member: int, roles: frozenset[str], given_: list[Confirmation]
) -> None:
    if may_confirm(member, roles, given_):
        key = key_of(roles)
        assert key in roles
        assert all(one.key != key and one.member_id != member for one in given_)


def test_a_place_is_agreed_on_by_two_members_with_a_key_each() -> None:
    """All there is: each key turned by nobody or by one of three members."""
    wrong = [
        (lead, liaison)
        for lead, liaison in product((None, 1, 2, 3), repeat=2)
        if is_agreed(
            [
                Confirmation(member, key)
                for member, key in ((lead, GateKey.COMMUNITY_LEAD), (liaison, GateKey.POLICE_LIAISON))
                if member is not None
            ]
        )
        != (lead is not None and liaison is not None and lead != liaison)
    ]
    assert wrong == []


def test_a_member_has_a_key_if_they_have_one_of_the_two_roles() -> None:
    lead, liaison = (key.value for key in GateKey)
    for others in (set(), {"administrator"}, {"organizer", "triage"}):
        assert [key_of(others | own) for own in (set(), {lead}, {liaison}, {lead, liaison})] == [
            *(None, GateKey.COMMUNITY_LEAD, GateKey.POLICE_LIAISON, None)
        ]


@given(st.lists(st.tuples(st.integers(1, 4), role_sets), max_size=8))
def test_however_people_come_the_gate_opens_only_for_two(people: list[tuple[int, frozenset[str]]]) -> None:
    turned: list[Confirmation] = []
    for member, roles in people:
        if may_confirm(member, roles, turned):
            turned.append(Confirmation(member, key_of(roles) or ""))
    assert is_agreed(turned) == (len(turned) == 2)


def test_no_account_can_hold_both_keys_and_an_administrator_holds_none() -> None:
    assert conflict({Role.COMMUNITY_LEAD, Role.POLICE_LIAISON}) is not None
    assert key_of({Role.COMMUNITY_LEAD, Role.POLICE_LIAISON}) is None
    assert key_of({Role.ADMINISTRATOR}) is None


@given(st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1)))
def test_the_release_is_at_the_fixed_hour_and_never_within_the_hour(naive: datetime) -> None:
    agreed = naive.replace(tzinfo=CITY)
    opens = release_moment(agreed)
    assert (opens.hour, opens.minute, opens.second) == (RELEASE_AT.hour, 0, 0)
    assert timedelta(hours=1) <= opens.replace(tzinfo=None) - naive <= timedelta(hours=25)


@pytest.mark.parametrize(
    ("agreed", "opens"),
    [
        ("2026-11-24 08:59", "2026-11-24 10:00"),
        ("2026-11-24 09:00", "2026-11-24 10:00"),
        ("2026-11-24 09:01", "2026-11-25 10:00"),
    ],
)
def test_too_late_for_today_is_tomorrow(agreed: str, opens: str) -> None:
    moment = release_moment(datetime.fromisoformat(agreed).replace(tzinfo=CITY))
    assert moment == datetime.fromisoformat(opens).replace(tzinfo=CITY)


@pytest.mark.parametrize(("minutes", "left"), [((300, 59), 1), ((59, 300), 1), ((300, 60), 0)])
def test_nobody_hurries_a_release_through_within_the_hour(minutes: tuple[int, int], left: int) -> None:
    evening = datetime(2026, 11, 24, 20, tzinfo=CITY)
    turned = [evening - timedelta(minutes=one) for one in minutes]
    assert second_thought_ends(turned) == evening + timedelta(minutes=left)
