"""Two people, two roles, a fixed hour: nobody opens the gate alone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st

from portal.accounts.roles import Role, conflict
from portal.markets.gate_rules import (
    RELEASE_AT,
    GateKey,
    first_day,
    is_agreed,
    is_public,
    key_of,
    may_confirm,
    public_since,
    release_moment,
    second_thought_ends,
    without_names,
)
from portal.markets.places import KeyTurned
from portal.markets.status import known_days

CITY = ZoneInfo("America/New_York")
confirmations = st.lists(st.builds(KeyTurned, member_id=st.integers(1, 4), key=st.sampled_from(GateKey)), max_size=5)
role_sets = st.frozensets(st.sampled_from([role.value for role in Role]), max_size=4)


@given(st.integers(1, 4), role_sets, confirmations)
def test_only_a_key_holder_turns_an_unturned_key(member: int, roles: frozenset[str], given_: list[KeyTurned]) -> None:
    if may_confirm(member, roles, given_):
        key = key_of(roles)
        assert key in roles
        assert all(one.key != key and one.member_id != member for one in given_)


def test_a_place_needs_two_members_with_a_key_each() -> None:
    """All there is: each key turned by nobody or by one of three members."""
    for lead, liaison in product((None, 1, 2, 3), repeat=2):
        turned = [
            KeyTurned(member_id=member, key=key)
            for member, key in ((lead, GateKey.COMMUNITY_LEAD), (liaison, GateKey.POLICE_LIAISON))
            if member is not None
        ]
        assert is_agreed(turned) == (lead is not None and liaison is not None and lead != liaison), (lead, liaison)
    for key in GateKey:
        assert not is_agreed([KeyTurned(member_id=member, key=key) for member in (1, 2)]), "two members, and one key"


def test_one_of_two_roles_gives_a_key() -> None:
    lead, liaison = (key.value for key in GateKey)
    for others in (set(), {"administrator"}, {"organizer", "triage"}):
        assert [key_of(others | own) for own in (set(), {lead}, {liaison}, {lead, liaison})] == [
            *(None, GateKey.COMMUNITY_LEAD, GateKey.POLICE_LIAISON, None)
        ]
    assert conflict({Role.COMMUNITY_LEAD, Role.POLICE_LIAISON}) is not None, "no account can hold both"


@given(st.lists(st.tuples(st.integers(1, 4), role_sets), max_size=8))
def test_however_people_come_the_gate_opens_only_for_two(people: list[tuple[int, frozenset[str]]]) -> None:
    turned: list[KeyTurned] = []
    for member, roles in people:
        if may_confirm(member, roles, turned):
            turned.append(KeyTurned(member_id=member, key=key_of(roles)))
    assert is_agreed(turned) == (len(turned) == 2)


@given(st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1)))
def test_the_release_is_at_the_fixed_hour(naive: datetime) -> None:
    opens = release_moment(naive.replace(tzinfo=CITY))
    assert (opens.hour, opens.minute, opens.second) == (RELEASE_AT.hour, 0, 0)
    assert timedelta(hours=1) <= opens.replace(tzinfo=None) - naive <= timedelta(hours=25)


def test_too_late_for_today_is_tomorrow() -> None:
    for agreed, opens in (
        ("2026-11-24 08:59", "2026-11-24 10:00"),
        ("2026-11-24 09:00", "2026-11-24 10:00"),
        ("2026-11-24 09:01", "2026-11-25 10:00"),
    ):
        moment = release_moment(datetime.fromisoformat(agreed).replace(tzinfo=CITY))
        assert moment == datetime.fromisoformat(opens).replace(tzinfo=CITY)


def test_nobody_hurries_a_release_through_within_the_hour() -> None:
    for minutes, left in (((300, 59), 1), ((59, 300), 1), ((300, 60), 0)):
        evening = datetime(2026, 11, 24, 20, tzinfo=CITY)
        turned = [evening - timedelta(minutes=one) for one in minutes]
        assert second_thought_ends(turned) == evening + timedelta(minutes=left)


# --- When the public may know of a place, and of what is tied to it ---


NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def test_a_place_is_known_from_its_release() -> None:
    for released_at, known in ((None, False), (NOW + timedelta(seconds=1), False), (NOW, True), (NOW - DAY, True)):
        assert is_public(released_at, NOW) is known


def test_nothing_is_dated_before_its_place_was_known() -> None:
    for published_at, released_at, since in (
        (None, None, None),
        (None, NOW, None),
        (NOW, None, NOW),
        (NOW, NOW - DAY, NOW),
        # Written before the release: its true date would tell since when the place was being worked on.
        (NOW - DAY, NOW, NOW),
    ):
        assert public_since(published_at, released_at) == since


def test_paragraphs_that_name_the_place_are_left_out() -> None:
    for text, left in (
        ("We met.\n\nOn Elm Street it ends.\n\nCome.", "We met.\n\nCome."),
        ("In ELM  street's houses.", ""),
        ("La calle OLMEDA, mañana.", ""),
        ("la cálle olmeda", ""),
        ("Elm trees and a street.", "Elm trees and a street."),
        ("Streets of Helm street.", "Streets of Helm street."),
        ("elm-street", ""),
        ("", ""),
    ):
        assert without_names(text, ["elm-street", "Elm Street", "Calle Olmeda", "", ""]) == left
    assert without_names("We met.", ["…", " "]) == "We met.", "a name of signs alone"


def test_the_public_knows_a_place_from_night_or_release() -> None:
    assert first_day(date(2026, 3, 2), date(2026, 3, 1)) == date(2026, 3, 1)
    assert first_day(date(2026, 3, 2), date(2026, 3, 5)) == first_day(date(2026, 3, 2), None) == date(2026, 3, 2)
    march, april, may = (date(2026, month, 1) for month in (3, 4, 5))
    for decided, first, known in (
        ([may, april, march], april, [may, april]),
        ([may, april], march, [may, april]),
        ([april, march], may, [may]),
        ([], may, []),
    ):
        assert known_days(decided, first) == known, "what was decided before counts from the first day"
