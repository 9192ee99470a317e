"""The ways of a report, its clocks, and where it may not go."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from portal.reports.triage import (
    Category,
    Disposition,
    NextDue,
    Referral,
    TriageState,
    clock_of,
    is_weekday,
    may_move,
    may_refer,
    must_explain,
    next_business_day,
)

FRIDAY = date(2026, 11, 20)


def test_a_new_report_can_go_anywhere() -> None:
    assert [
        to
        for to in (TriageState.READ, TriageState.ASKED, TriageState.PASSED, TriageState.CLOSED)
        if not may_move(TriageState.NEW, to)
    ] == []


@given(st.sampled_from(TriageState))
def test_nothing_becomes_new_again(state: TriageState) -> None:
    assert not may_move(state, TriageState.NEW)


def test_a_closed_report_can_only_be_taken_up_again() -> None:
    assert [to for to in TriageState if may_move(TriageState.CLOSED, to)] == [TriageState.READ]


@given(st.sampled_from(Category), st.sampled_from(Referral))
def test_police_conduct_goes_to_oversight_and_nothing_else_does(category: Category, to: Referral) -> None:
    assert may_refer(category, to) == ((category is Category.CONDUCT) == (to is Referral.OVERSIGHT))


def test_reading_is_due_on_the_next_working_day() -> None:
    clock = clock_of(TriageState.NEW, FRIDAY, is_weekday)
    assert clock == NextDue("read", date(2026, 11, 23))


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)), st.integers(1, 10))
def test_business_days_never_end_on_a_weekend_and_count_right(day: date, after: int) -> None:
    end = next_business_day(day, after, is_weekday)
    between = [day + timedelta(days=number) for number in range(1, (end - day).days + 1)]
    assert is_weekday(end)
    assert sum(is_weekday(one) for one in between) == after


def test_clocks_run_from_the_day_it_came() -> None:
    assert [
        (state, step, days)
        for state, step, days in ((TriageState.READ, "pass", 3), (TriageState.PASSED, "close", 7))
        if clock_of(state, FRIDAY, is_weekday) != NextDue(step, FRIDAY + timedelta(days=days))
    ] == []


def test_no_clock_runs_while_the_resident_is_asked_or_all_is_said() -> None:
    assert [
        state for state in (TriageState.ASKED, TriageState.CLOSED) if clock_of(state, FRIDAY, is_weekday) is not None
    ] == []


def test_a_clock_says_how_it_stands() -> None:
    for days, reading in ((-1, "on_time"), (0, "due_today"), (1, "overdue")):
        clock = NextDue("pass", FRIDAY)
        assert clock.reading(FRIDAY + timedelta(days=days)) == reading


def test_only_a_refusal_needs_a_reason() -> None:
    assert {one for one in Disposition if must_explain(one)} == {Disposition.CANNOT, Disposition.NOT_OURS}
