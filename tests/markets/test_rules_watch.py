"""What corroborates a sign of selling, when reviews are due, and what the public reads of them."""

from datetime import date, timedelta

import pytest
from hypothesis import given, strategies as st

from portal.markets import reviews
from portal.markets.gate_rules import is_corroborated, is_fresh
from portal.markets.places import Signal

TUESDAY = date(2026, 11, 24)
THURSDAY = date(2026, 11, 26)
DAY, WEEK = timedelta(days=1), timedelta(days=7)


def heard(*days_ago: int, source: str = "a", checked: bool = False) -> list[Signal]:
    return [Signal(source=source, seen_on=TUESDAY - days * DAY, checked=checked) for days in days_ago]


def test_a_second_source_within_fourteen_days_makes_both_count() -> None:
    signs = heard(0, 3, 9)
    assert not any(is_corroborated(one, signs) for one in signs), "what one source says is heard"
    assert is_corroborated(heard(0, checked=True)[0], ()), "what was checked counts by itself"
    for apart, counts in ((0, True), (13, True), (14, False)):
        signs = [*heard(0), *heard(apart, source="b")]
        assert [is_corroborated(one, signs) for one in signs] == [counts, counts]


def test_what_was_seen_five_weeks_ago_is_settled() -> None:
    for days_ago, fresh in ((0, True), (34, True), (35, False), (-1, False)):
        assert is_fresh(TUESDAY - days_ago * DAY, TUESDAY) is fresh


def test_every_review_is_due_on_the_same_weekday() -> None:
    for days in range(14):
        today = TUESDAY + days * DAY
        assert reviews.review_day(today).weekday() == THURSDAY.weekday()
        assert 0 <= (reviews.review_day(today) - today).days <= 6


def test_the_weekly_review_can_be_held_from_monday_on() -> None:
    sunday, last = TUESDAY - 2 * DAY, THURSDAY - WEEK
    assert reviews.weekly_days(last, sunday) == reviews.weekly_days(THURSDAY, TUESDAY) == []
    assert reviews.weekly_days(last, sunday + DAY) == [THURSDAY]
    made_up_for = [THURSDAY - number * WEEK for number in (3, 2, 1, 0)]
    assert reviews.weekly_days(THURSDAY - 4 * WEEK, TUESDAY) == made_up_for


@given(st.integers(0, 400), st.integers(0, 400))
def test_no_due_day_comes_twice_however_often_one_asks(first: int, later: int) -> None:
    start = date(2026, 1, 1)
    one, other = sorted((start + first * DAY, start + later * DAY))
    opened = reviews.weekly_days(start, one)
    again = reviews.weekly_days(opened[-1] if opened else start, other)
    assert [*opened, *again] == reviews.weekly_days(start, other)


def week(weeks_ago: int, is_alarm: bool = True) -> reviews.Week:
    return reviews.Week(TUESDAY - DAY - weeks_ago * WEEK, 3, 3.0, is_alarm, outreach=False)


def test_an_alarm_asks_for_a_review_once() -> None:
    for one, last_review, asks in (
        (week(0), None, True),
        (week(0), TUESDAY - WEEK, True),
        (week(0), TUESDAY - DAY, False),
        (week(1), TUESDAY, False),
        (week(0, is_alarm=False), None, False),
        (week(6), None, False),
    ):
        assert reviews.cusum_asks([one], last_review, TUESDAY) is asks


def test_a_day_is_held_with_its_last_review() -> None:
    due = THURSDAY
    assert reviews.by_day([(due, due), (due, None)]) == [reviews.HeldReview(due, None)]
    assert reviews.by_day([(due, due - DAY), (due, due)]) == [reviews.HeldReview(due, due)]
    assert [held.due_on for held in reviews.by_day([(due - WEEK, None), (due, None)])] == [due, due - WEEK]


def test_a_review_is_missed_the_day_after() -> None:
    days = [reviews.HeldReview(THURSDAY, None)]
    on, after = reviews.record_of(days, THURSDAY), reviews.record_of(days, THURSDAY + DAY)
    assert (on.missed, on.next_on) == ((), THURSDAY)
    assert (after.missed, after.next_on) == ((THURSDAY,), None)
    many = reviews.record_of([reviews.HeldReview(THURSDAY - number * WEEK, None) for number in range(1, 12)], TUESDAY)
    assert (len(many.missed), many.missed_before) == (reviews.MOST_MISSED, 5), "so many are counted instead of named"


def test_a_review_that_was_held_late_is_not_missed() -> None:
    days = [reviews.HeldReview(THURSDAY, THURSDAY + 2 * DAY)]
    soon, later = (reviews.record_of(days, THURSDAY + gap) for gap in (3 * DAY, 40 * DAY))
    assert soon.missed == later.missed == ()
    assert soon.late == (reviews.HeldReview(THURSDAY, THURSDAY + 2 * DAY),)
    assert later.late == ()
    assert soon.last_on == THURSDAY + 2 * DAY
    assert reviews.record_of([reviews.HeldReview(THURSDAY, THURSDAY)], THURSDAY + DAY).late == ()


def test_missed_in_a_row_ends_at_the_last_held() -> None:
    held = (None, None, None, THURSDAY - 3 * WEEK, None)
    days = [reviews.HeldReview(THURSDAY - number * WEEK, held_on) for number, held_on in enumerate(held)]
    assert reviews.missed_in_a_row(days, TUESDAY) == 2
    assert reviews.missed_in_a_row(days, THURSDAY + DAY) == 3
    assert reviews.missed_in_a_row([], TUESDAY) == 0


def test_a_new_weekday_leaves_four_days_to_thirteen() -> None:
    for weekday in range(7):
        first = reviews.weekly_days(reviews.rested_until(THURSDAY, weekday), THURSDAY + 4 * WEEK, weekday)[0]
        assert first.weekday() == weekday
        assert (4 * DAY if weekday != THURSDAY.weekday() else WEEK) <= first - THURSDAY <= 13 * DAY


# --- The alarm ---


class Fixed(reviews.Baseline):
    """A baseline whose reference is a fraction, so that the sum only takes countable values."""

    @property
    def reference(self) -> float:
        return 0.5


def test_a_sum_rises_by_what_is_over_the_reference() -> None:
    assert reviews.Baseline().reference == pytest.approx(0.558, abs=0.001)
    # At the limit is an alarm, after which it starts over.
    assert reviews.cusum([0, 1, 2, 1, 1, 0, 0], Fixed(limit=2.5)) == [0, 0.5, 2, 2.5, 0.5, 0, 0]
    found = reviews.weeks([(TUESDAY, 5), (TUESDAY + WEEK, 0)], [TUESDAY], reviews.Baseline())
    assert [(week.is_alarm, week.outreach) for week in found] == [(True, True), (False, False)]
    assert found[1].total == 0


@given(st.lists(st.integers(0, 5), max_size=60))
def test_sums_are_never_negative(signals: list[int]) -> None:
    sums = reviews.cusum(signals, reviews.Baseline(limit=10**9))
    more = reviews.cusum([count + 1 for count in signals], reviews.Baseline(limit=10**9))
    assert all(total >= 0 for total in sums)
    assert all(one <= other for one, other in zip(sums, more, strict=True))


def test_two_unrelated_sources_in_fourteen_days() -> None:
    for seen, enough in (
        ([(0, "a")], False),
        ([(0, "a"), (3, "a")], False),
        ([(0, "a"), (13, "b")], True),
        ([(0, "a"), (14, "b")], False),
        ([], False),
    ):
        assert reviews.two_sources([(TUESDAY - timedelta(days), source) for days, source in seen], TUESDAY) is enough
