"""Standard measures come once; figures are written over those that are there; a hidden place hides its areas."""

from datetime import date

import pytest

from portal.core.statuses import NotFound
from portal.indicators import counts
from portal.indicators.counts import found_area, known_area, load_standard_measures, measures, record
from portal.indicators.measures import AreaPart
from tests.make import let_in, make_market, make_member

MARCH = date(2026, 3, 1)


@pytest.mark.both_databases
def test_measures_are_seeded_once(session) -> None:
    assert load_standard_measures() == len(measures())
    assert load_standard_measures() == 0
    assert all(
        one.name.is_whole and one.about.is_whole and one.source.is_whole and one.unit.is_whole for one in measures()
    )
    keys = {one.key for one in measures()}
    assert {one.of_key for one in measures()} - {None} <= keys


@pytest.mark.both_databases
def test_a_figure_is_written_over_and_what_stood_there_is_told(session) -> None:
    load_standard_measures()
    area, calls = found_area(None, AreaPart.CITY), counts.measure_named("calls")
    first, second = (counts.FigureEntry(area.id, calls.id, MARCH, value) for value in (12, 0))
    assert record([first]) == {first: None}
    assert record([second]) == {second: 12}
    assert counts.figures(area, calls) == {MARCH: 0}


def test_areas_are_as_hidden_as_their_place(session) -> None:
    hidden = make_market(session, "Hollow Lane", released=False)
    inside, outside = make_member(session, ("community_lead",)), make_member(session, ("evaluator",))
    let_in(session, hidden, inside)
    ring, place = found_area(hidden, AreaPart.RING), found_area(hidden, AreaPart.PLACE)
    assert counts.areas_of(hidden) == [place, ring]
    assert known_area(ring.id, inside.id) is ring
    assert list(counts.known_areas(outside.id)) == []
    with pytest.raises(NotFound):
        known_area(ring.id, outside.id)
