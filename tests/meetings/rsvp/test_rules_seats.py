"""Seats, the line for them and offers: examples, and what holds whatever people do."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.hours import WAKING
from portal.meetings.rsvp.reminder_times import is_last_day, offer_until
from portal.meetings.rsvp.seats import (
    HOLDING,
    MOVES,
    InLine,
    RsvpState,
    SeatCapacity,
    SeatLevel,
    SeatsTaken,
    free_reserved,
    free_seats,
    gets_seat_at_once,
    level,
    may_grow,
    may_move,
    next_in_line,
)

ZONE = ZoneInfo("America/New_York")


def line(*parties: int) -> list[InLine]:
    return [InLine(number, party) for number, party in enumerate(parties, start=1)]


@pytest.mark.parametrize(
    ("room", "held", "free", "to_give"),
    [
        (SeatCapacity(None), SeatsTaken(500), None, 0),
        (SeatCapacity(10), SeatsTaken(), 10, 0),
        (SeatCapacity(10, 4), SeatsTaken(), 6, 4),
        (SeatCapacity(10, 4), SeatsTaken(open=6), 0, 4),
        (SeatCapacity(10, 4), SeatsTaken(open=5, reserved=3), 1, 1),
        # The room shrank, or fewer are reserved than were given away: nobody is turned out, nobody new comes in.
        (SeatCapacity(10, 2), SeatsTaken(open=5, reserved=4), 1, 0),
        (SeatCapacity(5, 0), SeatsTaken(open=9), 0, 0),
    ],
)
def test_free_seats(room: SeatCapacity, held: SeatsTaken, free: int | None, to_give: int) -> None:
    assert (free_seats(room, held), free_reserved(room, held)) == (free, to_give)


@pytest.mark.parametrize(
    ("parties", "free", "last_day", "chosen"),
    [
        ((2, 1), 3, False, (1, 2)),
        ((6, 1), 5, False, ()),
        ((6, 1), 5, True, (2,)),
        ((1, 6, 2), 4, False, (1,)),
        ((1, 6, 2), 4, True, (1, 3)),
        ((3, 3), 0, True, ()),
        # A party that no longer fits into the whole room holds nobody up.
        ((11, 2), 5, False, (2,)),
    ],
)
def test_the_order_of_the_line_is_kept_until_the_last_day(
    parties: tuple[int, ...], free: int, last_day: bool, chosen: tuple[int, ...]
) -> None:
    assert next_in_line(line(*parties), SeatCapacity(10), SeatsTaken(open=10 - free), last_day) == chosen


def test_who_comes_now_passes_nobody() -> None:
    room, held = SeatCapacity(10), SeatsTaken(open=8)
    assert gets_seat_at_once(2, [], room, held, last_day=False)
    assert not gets_seat_at_once(3, [], room, held, last_day=False)
    assert not gets_seat_at_once(1, line(4), room, held, last_day=False)
    assert gets_seat_at_once(1, line(4), room, held, last_day=True)
    assert not gets_seat_at_once(1, line(4, 2), room, held, last_day=True)
    assert gets_seat_at_once(12, line(4), SeatCapacity(None), held, last_day=False)


def test_a_party_grows_as_a_new_one_would_come() -> None:
    assert may_grow(0, line(1), SeatCapacity(4), SeatsTaken(4), last_day=False)
    assert may_grow(2, [], SeatCapacity(4), SeatsTaken(2), last_day=False)
    assert not may_grow(1, line(1), SeatCapacity(4), SeatsTaken(2), last_day=False)


@pytest.mark.parametrize(
    ("room", "held", "waits", "told"),
    [
        (SeatCapacity(None), SeatsTaken(900), False, SeatLevel.OPEN),
        (SeatCapacity(20), SeatsTaken(5), False, SeatLevel.OPEN),
        (SeatCapacity(20), SeatsTaken(17), False, SeatLevel.FEW),
        (SeatCapacity(200), SeatsTaken(181), False, SeatLevel.FEW),
        (SeatCapacity(20), SeatsTaken(20), False, SeatLevel.FULL),
        # A seat is free, but somebody in line is waiting for it.
        (SeatCapacity(20), SeatsTaken(10), True, SeatLevel.FULL),
    ],
)
def test_what_everybody_hears(room: SeatCapacity, held: SeatsTaken, waits: bool, told: SeatLevel) -> None:
    assert level(room, held, waits) is told


def test_states_lead_on() -> None:
    assert set(MOVES) == set(RsvpState)
    assert all(not may_move(state, state) for state in RsvpState)
    assert not may_move(RsvpState.COMING, RsvpState.EXPIRED)
    assert not may_move(RsvpState.CANCELLED, RsvpState.OFFERED)


# ── Whatever people do ───────────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Party:
    id: int
    party: int
    state: RsvpState
    position: int
    offered_until: datetime | None = None


@dataclass
class Evening:
    """A meeting as the rules alone would run it, so that nothing but them is on trial."""

    room: SeatCapacity
    starts_at: datetime
    now: datetime
    parties: list[Party] = field(default_factory=list)
    given_seats: int = 0

    @property
    def held(self) -> SeatsTaken:
        return SeatsTaken(open=sum(one.party for one in self.parties if one.state in HOLDING))

    @property
    def line(self) -> list[InLine]:
        waiting = sorted((one for one in self.parties if one.state is RsvpState.WAITING), key=lambda one: one.position)
        return [InLine(one.id, one.party) for one in waiting]

    def settle(self) -> None:
        for one in self.parties:
            if one.state is RsvpState.OFFERED and one.offered_until and one.offered_until <= self.now:
                self.move(one, RsvpState.EXPIRED)
        until = offer_until(self.now, self.starts_at, ZONE, WAKING)
        if until is None:
            return
        last_day = is_last_day(self.starts_at, self.now)
        before = self.line
        chosen = next_in_line(before, self.room, self.held, last_day)
        for number in chosen:
            self.check_fair(before, number, last_day)
            self.move(self.parties[number], RsvpState.OFFERED)
            self.parties[number].offered_until = until

    def check_fair(self, before: list[InLine], chosen: int, last_day: bool) -> None:
        """Nobody is passed who could have been seated; on the last day only by those who fit when they do not."""
        ahead = before[: [one.id for one in before].index(chosen)]
        still = [one for one in ahead if self.parties[one.id].state is RsvpState.WAITING]
        free = free_seats(self.room, self.held) or 0
        assert all(one.party > free for one in still)
        assert last_day or all(one.party > (self.room.most_together or 0) for one in still)

    def arrive(self, party: int) -> None:
        self.settle()
        if self.room.most_together is not None and party > self.room.most_together:
            return
        last_day = is_last_day(self.starts_at, self.now)
        seated = gets_seat_at_once(party, self.line, self.room, self.held, last_day)
        assert not seated or last_day or not self.line
        state = RsvpState.COMING if seated else RsvpState.WAITING
        self.parties.append(Party(len(self.parties), party, state, len(self.parties)))
        self.check()

    def step(self, which: int, state: RsvpState) -> None:
        self.settle()
        if self.parties:
            one = self.parties[which % len(self.parties)]
            walks_in = one.state is RsvpState.WAITING and state is RsvpState.COMING
            if may_move(one.state, state) and state is not RsvpState.OFFERED and not walks_in:
                if one.state in (RsvpState.CANCELLED, RsvpState.EXPIRED):
                    return
                self.move(one, state)
        self.settle()
        self.check()

    def move(self, one: Party, state: RsvpState) -> None:
        assert may_move(one.state, state)
        one.state, one.offered_until = state, None

    def check(self) -> None:
        assert self.held.all <= (self.room.capacity or 0) - self.room.reserved
        for one in self.parties:
            assert (one.state is RsvpState.OFFERED) == (one.offered_until is not None)
            if one.offered_until is not None:
                assert one.offered_until <= self.starts_at - timedelta(hours=2)


acts = st.lists(
    st.one_of(
        st.tuples(st.just("arrive"), st.integers(1, 12)),
        st.tuples(st.just("leave"), st.integers(0, 40)),
        st.tuples(st.just("take"), st.integers(0, 40)),
        st.tuples(st.just("wait"), st.integers(1, 40)),
    ),
    max_size=60,
)


@given(acts, st.integers(1, 20), st.integers(0, 5), st.integers(1, 14 * 24))
def test_never_more_than_there_is_room_for_and_nobody_is_passed(
    acts: list[tuple[str, int]], capacity: int, reserved: int, ahead: int
) -> None:
    now = datetime(2026, 3, 2, 12, tzinfo=UTC)
    evening = Evening(SeatCapacity(capacity, min(reserved, capacity)), now + timedelta(hours=ahead), now)
    for act, number in acts:
        match act:
            case "arrive":
                evening.arrive(number)
            case "leave":
                evening.step(number, RsvpState.CANCELLED)
            case "take":
                evening.step(number, RsvpState.COMING)
            case _:
                evening.now += timedelta(hours=number)
                evening.settle()
                evening.check()
    evening.now = max(evening.now, evening.starts_at)
    evening.settle()
    assert not [one for one in evening.parties if one.state is RsvpState.OFFERED]


@given(acts, st.integers(1, 20))
def test_as_long_as_there_is_time_nobody_waits_for_seats_that_are_free(
    acts: list[tuple[str, int]], capacity: int
) -> None:
    now = datetime(2026, 3, 2, 12, tzinfo=UTC)
    evening = Evening(SeatCapacity(capacity), now + timedelta(days=60), now)
    for act, number in acts:
        if act == "arrive":
            evening.arrive(number)
        else:
            evening.step(number, RsvpState.CANCELLED if act == "leave" else RsvpState.COMING)
        first = next(iter(evening.line), None)
        assert first is None or first.party > (free_seats(evening.room, evening.held) or 0)
