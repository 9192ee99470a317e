"""How much of a small room one answer takes before its host has looked at it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.meetings.rsvp.seats import FAMILY, MOST_PEOPLE, SeatCapacity, largest_at_once, waits_for_host

parties = st.integers(1, MOST_PEOPLE)
rooms = st.integers(1, 400).flatmap(lambda seats: st.builds(SeatCapacity, st.just(seats), st.integers(0, seats)))


@pytest.mark.parametrize(("seats", "largest"), [(None, None), (10, 6), (20, 6), (36, 7), (40, 8), (60, 12), (100, 20)])
def test_the_largest_party_at_once(seats: int | None, largest: int | None) -> None:
    assert largest_at_once(SeatCapacity(seats)) == largest


@given(parties, st.integers(0, 60))
def test_where_there_is_room_for_everybody_nobody_waits(party: int, besides: int) -> None:
    assert not waits_for_host(party, besides, SeatCapacity(None))


@given(st.integers(1, FAMILY), rooms)
def test_a_family_never_waits(party: int, room: SeatCapacity) -> None:
    assert not waits_for_host(party, 0, room)


@given(st.integers(12, 400))
def test_three_answers_never_fill_a_small_room(seats: int) -> None:
    room = SeatCapacity(seats)
    at_once = [party for party in range(1, MOST_PEOPLE + 1) if not waits_for_host(party, 0, room)]
    assert max(at_once) * 3 < seats or seats <= 3 * FAMILY


@given(parties, st.integers(1, 60), rooms)
def test_one_phone_takes_no_more_than_half_of_a_large_room(party: int, besides: int, room: SeatCapacity) -> None:
    if not waits_for_host(party, besides, room):
        assert besides + party <= max(2 * FAMILY, (room.most_together or 0) // 2)


@given(parties, st.integers(0, 60), rooms)
def test_fewer_people_never_wait_where_more_do_not(party: int, besides: int, room: SeatCapacity) -> None:
    if party > 1 and not waits_for_host(party, besides, room):
        assert not waits_for_host(party - 1, besides, room)
