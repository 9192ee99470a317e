"""Which months count, how they are written, and when nothing is said."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, strategies as st

from portal.indicators.statistics import terms
from portal.indicators.statistics.plans import StudyPlan, counted_in_all, of_equal_length, peak, window
from portal.indicators.statistics.schema import ModelFinding
from portal.indicators.statistics.sentences import Caveat, Refusal, caveats, refusal
from portal.indicators.statistics.terms import is_complete, plus, span

PLAN = StudyPlan("elm", ("violent",), (1,), months_before=24, months_after=18, wash_out=2)
CALL_IN = date(2025, 6, 17)
JUNE = date(2025, 6, 1)
MONTHS = st.dates(date(1900, 1, 1), date(2199, 12, 31)).map(terms.month_of)
ALL = frozenset(span(date(2020, 1, 1), date(2029, 1, 1)))


def test_call_in_and_investigation_belong_to_neither_side() -> None:
    whole = window(PLAN, CALL_IN, ALL)
    assert (whole.before[0], whole.before[-1], len(whole.before)) == (date(2023, 6, 1), date(2025, 5, 1), 24)
    assert (whole.after[0], whole.after[-1], len(whole.after)) == (date(2025, 8, 1), date(2027, 1, 1), 18)
    assert whole.zero == JUNE
    plan = StudyPlan("elm", months_before=24, months_after=24, wash_out=1, investigation=6)
    whole = window(plan, CALL_IN, ALL)
    assert (whole.before[0], whole.before[-1], len(whole.before)) == (date(2022, 12, 1), date(2024, 11, 1), 24)
    assert of_equal_length(whole).before == whole.before
    short = of_equal_length(window(replace(plan, months_after=6), CALL_IN, ALL))
    assert [month.month for month in short.before] == [month.month for month in short.after]
    assert len(short.before) == 6


def test_the_months_after_are_those_through_the_last_look() -> None:
    """Whoever looks each month finds something by chance far too often."""
    plan = StudyPlan("elm", months_after=24, wash_out=1)
    for counted, used, next_look in [
        *((0, 0, 12), (11, 0, 12), (12, 12, 24)),
        *((23, 12, 24), (24, 24, None), (40, 24, None)),
    ]:
        whole = window(plan, CALL_IN, frozenset(span(date(2022, 1, 1), plus(JUNE, counted))))
        assert (len(whole.after), whole.next_look) == (used, next_look)
        assert of_equal_length(whole).next_look == next_look


def test_months_not_counted_are_left_out_or_delay_looks() -> None:
    plan, there = StudyPlan("elm", wash_out=1), frozenset(span(date(2022, 1, 1), plus(JUNE, 13)))
    assert len(window(plan, CALL_IN, there - {plus(JUNE, 5)}).after) == 11
    assert len(window(plan, CALL_IN, there - {plus(JUNE, 12)}).after) == 11
    assert window(plan, CALL_IN, there - {plus(JUNE, 12), plus(JUNE, 13)}).after == ()
    assert len(window(PLAN, CALL_IN, ALL - {date(2024, 1, 1)}).before) == 23
    assert window(PLAN, CALL_IN, frozenset()).months == ()
    assert of_equal_length(window(PLAN, CALL_IN, frozenset(span(date(2020, 1, 1), JUNE)))).months == ()
    assert counted_in_all([{JUNE: 1}, {JUNE: 0, CALL_IN: 3}]) == {JUNE}
    assert counted_in_all([]) == frozenset()


def test_a_month_is_complete_some_days_after_its_end() -> None:
    for lag, today, complete in [
        (0, date(2025, 7, 1), True),
        (0, date(2025, 6, 30), False),
        (30, date(2025, 7, 31), True),
        (30, date(2025, 7, 30), False),
    ]:
        assert is_complete(JUNE, lag, today) is complete


def test_both_sides_have_the_same_seasons() -> None:
    for after, length in [(6, 6), (11, 11), (12, 12), (18, 12), (24, 24), (36, 24)]:
        whole = of_equal_length(window(StudyPlan("elm", months_before=30, months_after=after), CALL_IN, ALL))
        assert len(whole.before) == len(whole.after) == length
        assert sorted(month.month for month in whole.before) == sorted(month.month for month in whole.after)
        assert whole.before[-1] < whole.zero < whole.after[0]


def test_a_peak_is_seen_in_the_last_year_before() -> None:
    whole = window(PLAN, CALL_IN, ALL)
    counts = {month: 15 if month >= plus(JUNE, -12) else 10 for month in whole.months}
    assert peak(counts, whole) == pytest.approx(1.5)
    assert peak(dict.fromkeys(whole.months, 0), whole) is None
    short = window(StudyPlan("elm", months_before=23), CALL_IN, ALL)
    assert peak(counts | dict.fromkeys(short.months, 1), short) is None


def test_refusals() -> None:
    for before, after, next_look, areas, least, why in [
        (12, 6, None, None, 1, None),
        (11, 6, None, None, 1, Refusal.TOO_FEW_MONTHS),
        (12, 5, None, None, 1, Refusal.TOO_FEW_MONTHS),
        (36, 12, 24, None, 1, None),
        (36, 0, 12, None, 1, Refusal.NOT_YET),
        (11, 0, 12, None, 1, Refusal.TOO_FEW_MONTHS),
        (36, 0, None, None, 1, Refusal.TOO_FEW_MONTHS),
        (36, 24, None, 0, 1, Refusal.NO_COMPARISON),
        (36, 24, None, 1, 1, None),
        (36, 24, None, 2, 3, Refusal.TOO_FEW_AREAS),
        (36, 0, 12, 2, 3, Refusal.TOO_FEW_AREAS),
        (36, 24, None, 3, 3, None),
        (0, 0, None, 0, 3, Refusal.NO_COMPARISON),
    ]:
        assert refusal(before, after, next_look, areas, least) is why


def test_interval_comparison_and_displacement_together() -> None:
    common = {"measure": "calls", "model": "newey_west", "is_main": True, "months_before": 36, "months_after": 24}
    for design, diagnostics, said in [
        ("its", {}, [Caveat.NO_COMPARISON, Caveat.NO_RING]),
        ("did", {"ring_low": 1, "ring_high": 9}, [Caveat.MAY_HAVE_MOVED]),
        ("did", {"ring_low": -9, "ring_high": -1}, [Caveat.FELL_AROUND]),
        ("did", {"ring_low": -9, "ring_high": 1}, [Caveat.RING_UNCLEAR]),
        ("did", {"ring_low": 0, "ring_high": 3, "peak": 1.25}, [Caveat.RING_UNCLEAR]),
        ("did", {"peak": 1.2499}, [Caveat.NO_RING]),
        ("did", {"trend_before": 9.0, "trend_before_p": 0.2, "next_look": 24}, [Caveat.NO_RING]),
    ]:
        assert caveats(ModelFinding(design=design, diagnostics=diagnostics, **common)) == said


@given(MONTHS, st.integers(-900, 900))
def test_forth_and_back_is_where_it_began(month: date, steps: int) -> None:
    there = plus(month, steps)
    assert terms.between(month, there) == steps
    assert plus(there, -steps) == month
    assert terms.read(terms.written(month)) == month


def test_a_span_of_months_has_both_its_ends() -> None:
    for text in ["", "2026", "2026-13", "2026-00", "26-01", "2026-1", "2026-01-01", "２０２６-01", "202x-01"]:
        with pytest.raises(ValueError):  # noqa: PT011 - what is said is for nobody
            terms.read(text)
    months = span(date(2025, 11, 1), date(2026, 1, 1))
    assert [terms.written(month) for month in months] == ["2025-11", "2025-12", "2026-01"]
    assert not list(span(date(2026, 2, 1), date(2026, 1, 1)))
