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

VOTERS = [
    Voter("ruth", TableSide.COMMUNITY, is_essential=True),
    Voter("elias", TableSide.COMMUNITY),
    Voter("alma", TableSide.COMMUNITY),
    Voter("karen", TableSide.AGENCIES),
]


def order(
    *slots: dict[str, SlotChoice], needed: dict[TableSide, int] | None = None, busy: tuple[int, ...] = ()
) -> list[int]:
    in_the_way = dict(enumerate(busy, 1))
    found = [
        rules.standing(place, VOTERS, said, needed or {}, in_the_way.get(place, 0))
        for place, said in enumerate(slots, 1)
    ]
    return [one.slot for one in rules.best_first(found)]


def test_what_outweighs_what() -> None:
    # An essential person everybody else.
    assert order({"ruth": NO, "elias": YES, "alma": YES, "karen": YES}, {"ruth": MAYBE}) == [2, 1]
    assert order({"elias": YES, "alma": YES}, {"ruth": YES}) == [2, 1]
    # A side that lacks people every yes.
    crowd = {"ruth": YES, "elias": YES, "alma": YES}
    assert order(crowd, {"ruth": YES, "karen": MAYBE}, needed={TableSide.AGENCIES: 1}) == [2, 1]
    assert order(crowd, {"ruth": YES, "karen": MAYBE}) == [1, 2]
    # Then yes, then no, then the order in which they were asked.
    assert order({"ruth": YES, "elias": NO}, {"ruth": YES, "elias": YES, "alma": NO, "karen": NO}) == [2, 1]
    assert order({"ruth": YES, "elias": NO}, {"ruth": YES}) == [2, 1]
    assert order({"ruth": YES}, {"ruth": YES}, busy=(1, 0)) == [2, 1]
    assert order({"ruth": YES}, {"ruth": YES}) == [1, 2]


def test_sides_come_from_houses() -> None:
    assert rules.side_of([], is_police=False) is TableSide.COMMUNITY
    assert rules.side_of(["congregation"], is_police=False) is TableSide.COMMUNITY
    assert rules.side_of(["congregation", "agency"], is_police=False) is TableSide.AGENCIES
    assert rules.side_of([], is_police=True) is TableSide.AGENCIES


choices = some.sampled_from([YES, MAYBE, NO])
voters = some.lists(
    some.builds(Voter, some.sampled_from("abcdefgh"), some.sampled_from(list(TableSide)), some.booleans()),
    unique_by=lambda one: one.key,
    max_size=8,
)
answers = some.dictionaries(some.sampled_from("abcdefghxyz"), choices)
sides = some.dictionaries(some.sampled_from(list(TableSide)), some.integers(0, 6))


@given(voters, answers, sides)
def test_only_who_is_asked_is_counted(
    people: list[Voter], said: dict[str, SlotChoice], needed: dict[TableSide, int]
) -> None:
    found = rules.standing(1, people, said, needed)
    keys = {one.key for one in people}
    assert found.counts.yes + found.counts.maybe + found.counts.no == len(keys & set(said))
    assert found == rules.standing(1, people, {key: one for key, one in said.items() if key in keys}, needed)
    for side, need in needed.items():
        can = sum(one.side is side and said.get(one.key) in rules.CAN for one in people)
        assert found.lacking.get(side, 0) == max(need - can, 0)


@given(voters, answers, sides, some.sampled_from("abcdefgh"))
def test_a_yes_makes_no_slot_worse(
    people: list[Voter], said: dict[str, SlotChoice], needed: dict[TableSide, int], key: str
) -> None:
    yes, no = (rules.standing(1, people, {**said, key: choice}, needed).rank for choice in (YES, NO))
    assert yes <= rules.standing(1, people, said, needed).rank and yes <= no


@given(voters, some.lists(answers, min_size=1, max_size=6), sides, some.randoms())
def test_the_order_does_not_hang_on_who_counts_first(people, given_answers, needed, chance) -> None:
    found = [rules.standing(place, people, said, needed) for place, said in enumerate(given_answers, 1)]
    mixed = chance.sample(found, len(found))
    assert rules.best_first(found) == rules.best_first(mixed)
    assert sorted(one.slot for one in rules.best_first(found)) == sorted(one.slot for one in found)
