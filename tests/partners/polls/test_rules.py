"""Rules of polls: hours that exist once, the order of the best slots, and answers by text."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as some

from portal.core.hours import NoSuchHour
from portal.organisations.sides import TableSide
from portal.partners.polls import rules
from portal.partners.polls.rules import SlotChoice, Voter

CITY = ZoneInfo("America/New_York")
YES, MAYBE, NO = SlotChoice.YES, SlotChoice.MAYBE, SlotChoice.NO
TODAY = date(2026, 2, 1)


# --- hours ---


def test_a_time_that_is_not_is_refused() -> None:
    spring = date(2026, 3, 8)
    with pytest.raises(NoSuchHour):
        rules.span_on(CITY, spring, time(2, 30), 60)
    assert rules.wrong_slot(CITY, spring, time(2, 30), None, TODAY) == "no_hour"
    assert rules.wrong_slot(CITY, spring, time(3), None, TODAY) is None
    assert rules.wrong_slot(CITY, date(2026, 11, 1), time(1, 30), None, date(2026, 10, 1)) is None
    # It lasts as long as it is said.
    span = rules.span_on(CITY, spring, time(1, 30), 60)
    assert span.ends_at - span.starts_at == timedelta(minutes=60)
    assert span.ends_at.astimezone(CITY).time() == time(3, 30)


@given(
    some.dates(date(2026, 1, 1), date(2027, 12, 31)), some.times().map(lambda one: one.replace(second=0, microsecond=0))
)
def test_a_time_is_shown_as_it_was_typed(day: date, clock: time) -> None:
    try:
        span = rules.span_on(CITY, day, clock, 90)
    except NoSuchHour:
        return
    assert span.starts_at.astimezone(CITY).replace(tzinfo=None) == datetime.combine(day, clock)


def test_times_lie_behind_the_last_day_for_answers() -> None:
    for day, closes_on, wrong in (
        (TODAY, None, "past"),
        (TODAY + timedelta(days=1), None, None),
        (TODAY + timedelta(days=3), TODAY + timedelta(days=3), "before_deadline"),
        (TODAY + timedelta(days=4), TODAY + timedelta(days=3), None),
        (TODAY + timedelta(days=181), None, "far"),
    ):
        assert rules.wrong_slot(CITY, day, time(18), closes_on, TODAY) == wrong


def test_the_last_day_counts() -> None:
    assert rules.is_open(TODAY, None, TODAY)
    assert not rules.is_open(TODAY, None, TODAY + timedelta(days=1))
    assert not rules.is_open(TODAY + timedelta(days=5), TODAY, TODAY), "a stop ends it"


# --- the best slot ---

RUTH, ELIAS, ALMA, KAREN = range(1, 5)
VOTERS = [
    Voter(RUTH, TableSide.COMMUNITY, is_essential=True),
    Voter(ELIAS, TableSide.COMMUNITY),
    Voter(ALMA, TableSide.COMMUNITY),
    Voter(KAREN, TableSide.AGENCIES),
]


def order(
    *slots: dict[int, SlotChoice], needed: dict[TableSide, int] | None = None, busy: tuple[int, ...] = ()
) -> list[int]:
    in_the_way = dict(enumerate(busy, 1))
    found = {
        place: rules.standing(VOTERS, said, needed or {}, in_the_way.get(place, 0))
        for place, said in enumerate(slots, 1)
    }
    return sorted(found, key=lambda place: found[place].rank)


def test_what_outweighs_what() -> None:
    # An essential person everybody else.
    assert order({RUTH: NO, ELIAS: YES, ALMA: YES, KAREN: YES}, {RUTH: MAYBE}) == [2, 1]
    assert order({ELIAS: YES, ALMA: YES}, {RUTH: YES}) == [2, 1]
    # A side that lacks people every yes.
    crowd = {RUTH: YES, ELIAS: YES, ALMA: YES}
    assert order(crowd, {RUTH: YES, KAREN: MAYBE}, needed={TableSide.AGENCIES: 1}) == [2, 1]
    assert order(crowd, {RUTH: YES, KAREN: MAYBE}) == [1, 2]
    # Then yes, then no, then the order in which they were asked.
    assert order({RUTH: YES, ELIAS: NO}, {RUTH: YES, ELIAS: YES, ALMA: NO, KAREN: NO}) == [2, 1]
    assert order({RUTH: YES, ELIAS: NO}, {RUTH: YES}) == [2, 1]
    assert order({RUTH: YES}, {RUTH: YES}, busy=(1, 0)) == [2, 1]
    assert order({RUTH: YES}, {RUTH: YES}) == [1, 2]


def test_sides_come_from_houses() -> None:
    assert rules.side_of([], is_police=False) is TableSide.COMMUNITY
    assert rules.side_of(["congregation"], is_police=False) is TableSide.COMMUNITY
    assert rules.side_of(["congregation", "agency"], is_police=False) is TableSide.AGENCIES
    assert rules.side_of([], is_police=True) is TableSide.AGENCIES


choices = some.sampled_from([YES, MAYBE, NO])
voters = some.lists(
    some.builds(Voter, some.integers(1, 8), some.sampled_from(list(TableSide)), some.booleans()),
    unique_by=lambda one: one.key,
    max_size=8,
)
answers = some.dictionaries(some.integers(1, 11), choices)
sides = some.dictionaries(some.sampled_from(list(TableSide)), some.integers(0, 6))


@given(voters, answers, sides)
def test_only_who_is_asked_is_counted(
    people: list[Voter], said: dict[int, SlotChoice], needed: dict[TableSide, int]
) -> None:
    found = rules.standing(people, said, needed)
    keys = {one.key for one in people}
    assert found.counts.yes + found.counts.maybe + found.counts.no == len(keys & set(said))
    assert found == rules.standing(people, {key: one for key, one in said.items() if key in keys}, needed)
    for side, need in needed.items():
        can = sum(one.side is side and said.get(one.key) in rules.CAN for one in people)
        assert found.lacking.get(side, 0) == max(need - can, 0)


@given(voters, answers, sides, some.integers(1, 8))
def test_a_yes_makes_no_slot_worse(
    people: list[Voter], said: dict[int, SlotChoice], needed: dict[TableSide, int], key: int
) -> None:
    yes, no = (rules.standing(people, {**said, key: choice}, needed).rank for choice in (YES, NO))
    assert yes <= rules.standing(people, said, needed).rank and yes <= no
