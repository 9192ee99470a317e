"""Whether it only moved: counts before and after by area, what they say, and the team's map of them."""

from __future__ import annotations

from datetime import date

import pytest
import shapely
from flask.testing import FlaskClient

from portal.indicators.areas import written
from portal.indicators.counts import areas_of, found_area, load_standard_measures
from portal.indicators.measures import AreaPart, plus
from portal.indicators.spillover import BeforeAndAfter, Way, before_and_after
from tests.conftest import Work
from tests.indicators.evaluation.city import make_studied_place
from tests.make import make_market, make_member, sign_in
from tests.page import Reader

CALL_IN = date(2025, 6, 1)


@pytest.mark.parametrize(
    ("before", "after", "way"),
    [
        (9, 0, Way.TOO_FEW),
        (10, 0, Way.FEWER),
        (10, 8, Way.ALIKE),
        (40, 20, Way.FEWER),
        (40, 70, Way.MORE),
        (40, 44, Way.ALIKE),
    ],
)
def test_what_two_counts_say(before, after, way) -> None:
    assert BeforeAndAfter(before, after, 12).way is way
    assert (BeforeAndAfter(before, after, 12).percent is None) == (way is Way.TOO_FEW)


def test_each_month_is_held_against_the_same_one_of_the_calendar_before() -> None:
    counts = {plus(CALL_IN, age): age + 100 for age in range(-24, 15)}
    found = before_and_after(counts, CALL_IN)
    # The newest twelve of fourteen: 3 to 14 months after, beside 9 months before to 1 before, and 12 to 10 before.
    assert found.months == 12
    assert found.after == sum(age + 100 for age in range(3, 15))
    assert found.before == sum(age + 100 for age in (*range(-9, 0), -12, -11, -10))
    assert before_and_after({month: 5 for month in counts if month <= CALL_IN}, CALL_IN).months == 0


def test_a_month_without_its_counterpart_is_left_out() -> None:
    counts = {plus(CALL_IN, age): 10 for age in (-11, 1, 2)}
    assert before_and_after(counts, CALL_IN) == BeforeAndAfter(10, 10, 1)


def test_the_team_sees_where_it_changed(work: Work, client: FlaskClient) -> None:
    with work() as session:
        member = make_member(session, ("evaluator",))
        market, _study = make_studied_place(session, ratio=0.3)
        for number, area in enumerate(areas_of(market)):
            if area.part != AreaPart.PLACE:
                area.geometry = written(shapely.box(-79.9 + number / 50, 35.9, -79.89 + number / 50, 35.91))
        market_id, area_id = market.id, areas_of(market)[0].id
    sign_in(client, member)
    read = Reader(client)
    page = read(f"/en/team/figures/areas/{area_id}/drug_calls").follow("Did it only move?")
    assert "1. The place itself" in page.text and "fewer" in page.text and "never published" in page.text
    read(f"/es/team/figures/places/{market_id}/drug_calls/around")
    read(f"/en/team/figures/places/{market_id}/aware/around", 404)
    empty = read(f"/en/team/figures/places/{market_id}/violent/around")
    assert "nothing to compare yet" in empty.text


def test_nobody_sees_the_map_of_a_hidden_place(work: Work, client: FlaskClient) -> None:
    with work() as session:
        member = make_member(session, ("evaluator",))
        load_standard_measures()
        market = make_market(session, "Hollow Lane", released=False)
        found_area(market, AreaPart.PLACE)
        market_id = market.id
    sign_in(client, member)
    Reader(client)(f"/en/team/figures/places/{market_id}/drug_calls/around", 404)
