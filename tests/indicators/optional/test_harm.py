"""Crime weighted by harm: the table of weights, the figures by it, and what is not done with them."""

from __future__ import annotations

from datetime import date

import pytest
from flask.testing import FlaskClient

from portal.indicators.counts import load_standard_measures, measure_named
from portal.indicators.evaluation.studies import measures_to_study
from portal.indicators.harm import Weights, read_weights, unweighted, weigh, weighted_counts
from portal.indicators.imports.taking import countable
from portal.indicators.measures import plus
from portal.indicators.optional import add_optional
from portal.indicators.snapshots.drafting import _measure
from tests.conftest import Work
from tests.make import make_market, make_member, sign_in
from tests.page import Reader

JANUARY = date(2026, 1, 1)
FEBRUARY = plus(JANUARY, 1)
TYPES = [("ROBBERY", 3), ("THEFT - AUTO", 5), ("NOISE", 9)]
CELLS = [(0, 7, JANUARY, 2), (0, 8, FEBRUARY, 1), (1, 7, JANUARY, 5), (2, 7, JANUARY, 9), (0, 7, plus(JANUARY, 2), 1)]


def test_weights_are_read_line_by_line() -> None:
    text = "Robbery; 365\n\nTheft, from a car\t2\nVandalism: 1\nArson = 33"
    assert read_weights(text) == ({"Robbery": 365, "Theft, from a car": 2, "Vandalism": 1, "Arson": 33}, [])


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("Robbery", [("no_weight", 1)]),
        ("Robbery; 3.5", [("no_weight", 1)]),
        ("Robbery; 100001", [("no_weight", 1)]),
        ("Theft; 1\nROBBERY; 2\nrobbery; 3", [("weight_twice", 3)]),
        ("\n".join(f"type {number} x; 1" for number in range(501)), [("too_many_weights", 0)]),
    ],
)
def test_what_is_wrong_is_told_by_line(text, wrong) -> None:
    assert [(one.key, one.line) for one in read_weights(text)[1]] == wrong


def set_weights(member_id: int) -> int:
    load_standard_measures()
    add_optional("harm", member_id)
    weigh(measure_named("harm"), Weights("Days, as in our list", {"Robbery": 365, "theft - auto": 20}), member_id)
    return measure_named("harm").id


@pytest.mark.both_databases
def test_a_file_is_counted_by_weights(session) -> None:
    harm = set_weights(make_member(session).id)
    found = {
        (one.area_id, one.month_on): one.value
        for one in weighted_counts(TYPES, CELLS, [7, 8, 9], [JANUARY, FEBRUARY])
        if one.measure_id == harm
    }
    assert found == {
        (7, JANUARY): 2 * 365 + 5 * 20, (7, FEBRUARY): 0, (8, JANUARY): 0, (8, FEBRUARY): 365,
        (9, JANUARY): 0, (9, FEBRUARY): 0,
    }  # fmt: skip
    assert unweighted(TYPES) == ["NOISE"]


def test_a_file_without_a_weighted_type_changes_no_harm(session) -> None:
    set_weights(make_member(session).id)
    assert weighted_counts(TYPES[2:], [(0, 7, JANUARY, 9)], [7], [JANUARY, FEBRUARY]) == []
    assert unweighted(TYPES[2:]) == []


def test_harm_is_no_count(session) -> None:
    """So no study takes it, and no type counts in it besides by its weight."""
    set_weights(make_member(session).id)
    assert "harm" not in {one.key for one in measures_to_study()} | {one.key for one in countable()}


def test_the_weights_are_published_with_their_name(session) -> None:
    set_weights(make_member(session).id)
    shown = _measure(measure_named("harm"), guarded=False)
    assert shown.weights_name == "Days, as in our list"
    assert [(one.type, one.weight) for one in shown.weights] == [("Robbery", 365), ("theft - auto", 20)]
    assert "weights" not in _measure(measure_named("calls"), guarded=False).model_dump()


def test_weights_are_typed_and_a_study_says_why_it_does_not_take_them(work: Work, client: FlaskClient) -> None:
    with work() as session:
        member, market = make_member(session, ("evaluator",)), make_market(session)
        load_standard_measures()
        add_optional("harm", member.id)
        market_id = market.id
    sign_in(client, member)
    read = Reader(client)
    form = read("/en/team/measures/").follow("Weights").form("")
    wrong = form.submit(422, weights="Robbery; 365\nTheft", quotes=("Robbery; 365", "Theft"))
    assert "Line 2" in wrong.text and wrong.form("").values["weights"] == "Robbery; 365\nTheft"
    form.submit(weights="Robbery; 365\nTheft; 2", weights_name="Our days", quotes=("Our days",))
    with work():
        assert measure_named("harm").weights == {"name": "Our days", "of": {"Robbery": 365, "Theft": 2}}
    assert "is not offered: it sums weights" in read(f"/en/team/studies/{market_id}/plan").text
    read("/en/team/measures/calls/weights", 404)
