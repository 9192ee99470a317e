"""Whether a month is usual: the limits, the rows of months on one side, and the team's page."""

from __future__ import annotations

from datetime import date
from math import sqrt

import numpy as np
import pytest
from flask.testing import FlaskClient

from portal.core.clock import today
from portal.indicators.counts import FigureEntry, areas_of, found_area, load_standard_measures, measure_named, record
from portal.indicators.measures import AreaPart, month_of, plus
from portal.indicators.usual import ControlChart, MonthSignal, control_chart, is_charted
from tests.conftest import Work
from tests.indicators.evaluation.city import make_studied_place
from tests.make import make_market, make_member, sign_in
from tests.page import Reader

START = date(2020, 1, 1)


def series(*values: int) -> dict[date, int]:
    return {plus(START, age): value for age, value in enumerate(values)}


def chart(*values: int, call_in: int | None = None) -> ControlChart:
    found = control_chart(series(*values), None if call_in is None else plus(START, call_in))
    assert found is not None
    return found


def test_limits_lie_on_the_square_root_with_the_error_of_the_mean() -> None:
    found = chart(*[25] * 24)
    reach = 1.5 * sqrt(1 + 1 / 24)
    assert (found.mean, found.dispersion, found.of) == (25, 1.0, 24)
    assert found.low == pytest.approx((5 - reach) ** 2) and found.high == pytest.approx((5 + reach) ** 2)


def test_months_that_vary_more_than_chance_have_wider_limits() -> None:
    wild, calm = chart(*[16, 36] * 12), chart(*[25, 27] * 12)
    assert wild.dispersion == pytest.approx((4 / 1.128) ** 2) and calm.dispersion == 1.0
    assert wild.high - wild.low > 2 * (calm.high - calm.low)


def test_what_is_usual_comes_from_the_months_before_or_else_from_the_first_two_years() -> None:
    assert chart(*[20] * 30, *[5] * 6, call_in=30).mean == 20
    assert chart(*[20] * 24, *[5] * 6, call_in=6).is_before is False
    assert chart(*[90] * 10, *[20] * 36, *[5] * 6, call_in=46).mean == 20
    assert control_chart(series(*[20] * 11), None) is None and control_chart(series(*[1] * 40), None) is None


def test_a_month_beyond_a_limit_and_eight_in_a_row_are_worth_a_look() -> None:
    months = chart(*[20, 21] * 12, 60, 2, *[22] * 9, 20, 22).months[24:]
    assert months[0].signals == (MonthSignal.HIGH,) and months[1].signals == (MonthSignal.LOW,)
    assert [one.signals for one in months[2:9]] == [()] * 7
    assert months[9].signals == months[10].signals == (MonthSignal.LONG_HIGH,)
    assert months[11].in_a_row == months[12].in_a_row == 1


def test_a_missing_month_ends_a_row() -> None:
    counts = series(*[20, 21] * 12, *[22] * 12)
    del counts[plus(START, 29)]
    found = control_chart(counts, None)
    assert found and not any(one.signals for one in found.months)


def test_a_month_without_any_event_is_no_sign_where_few_are_usual() -> None:
    assert chart(*[2, 3] * 12, 0).months[-1].signals == ()
    assert chart(*[30] * 24, 0).months[-1].signals == (MonthSignal.LOW,)


@pytest.mark.parametrize(("mean", "spread"), [(3, 1), (8, 2), (20, 1), (20, 3), (60, 2)])
def test_by_chance_about_one_month_in_a_hundred_is_worth_a_look(mean: int, spread: int) -> None:
    rng, found = np.random.default_rng(7), 0
    for _place in range(150):
        values = rng.poisson(mean, 72) if spread == 1 else rng.negative_binomial(mean / (spread - 1), 1 / spread, 72)
        months = chart(*map(int, values), call_in=36).months[36:]
        found += sum(one.in_a_row == 8 or bool({"high", "low"} & set(one.signals)) for one in months)
    assert 0.2 < 100 * found / (150 * 36) < 2


def test_surveys_and_parts_are_not_charted() -> None:
    assert is_charted("calls", None, is_weighted=False) and not is_charted("survey", None, is_weighted=False)
    assert not is_charted("calls", "calls", is_weighted=False) and not is_charted("crime", None, is_weighted=True)


def test_a_team_sees_whether_the_newest_month_is_usual(work: Work, client: FlaskClient) -> None:
    with work() as session:
        member = make_member(session, ("evaluator",))
        load_standard_measures()
        place = found_area(make_market(session), AreaPart.PLACE)
        measure, last = measure_named("drug_calls"), plus(month_of(today()), -3)
        values = [*[20, 21] * 14, 44]
        record(
            FigureEntry(place.id, measure.id, plus(last, age + 1 - len(values)), one) for age, one in enumerate(values)
        )
        # Its figures are not complete yet.
        record([FigureEntry(place.id, measure.id, plus(last, 3), 1)])
        area_id = place.id
    sign_in(client, member)
    read = Reader(client)
    series_page = read(f"/en/team/figures/areas/{area_id}/drug_calls")
    page = series_page.follow("Is the newest month usual?")
    assert "44. This month is outside of what is usual here (9 to 36)" in page.text
    assert "more than usual" in page.text and "never published" in page.text
    assert len(list(page.find_all("circle.chart-alarm"))) == 1
    spanish = read(f"/es/team/figures/areas/{area_id}/drug_calls/usual")
    assert "(de 9 a 36)" in spanish.text
    read(f"/en/team/figures/areas/{area_id}/violent/usual", 404)


def test_the_chart_of_a_studied_place_goes_by_the_months_before(work: Work, client: FlaskClient) -> None:
    with work() as session:
        member = make_member(session, ("evaluator",))
        market, _study = make_studied_place(session)
        area_id = areas_of(market)[0].id
    sign_in(client, member)
    page = Reader(client)(f"/en/team/figures/areas/{area_id}/drug_calls/usual")
    assert "before the call-in" in page.text and "The upright line is the call-in." in page.text


def test_nobody_sees_the_chart_of_a_hidden_place(work: Work, client: FlaskClient) -> None:
    with work() as session:
        member = make_member(session, ("evaluator",))
        load_standard_measures()
        place = found_area(make_market(session, "Hollow Lane", released=False), AreaPart.PLACE)
        record([FigureEntry(place.id, measure_named("calls").id, date(2025, 1, 1), 3)])
        area_id = place.id
    sign_in(client, member)
    Reader(client)(f"/en/team/figures/areas/{area_id}/calls/usual", 404)
