"""A plan is locked once and for ever; only then is there a day; what is done otherwise is added, never changed."""

from datetime import timedelta

import pytest
import shapely
from sqlalchemy import select

from portal.core.audit import AuditEvent
from portal.core.clock import now, today, zone
from portal.core.i18n import Bilingual
from portal.core.statuses import Refused
from portal.indicators import studies
from portal.indicators.counts import found_area, load_standard_measures, measure_named
from portal.indicators.statistics.plans import StudyPlan, digest
from portal.indicators.statistics.terms import AreaPart, is_complete, plus
from portal.indicators.studies import enter_day, keep_plan, lock_plan, material_of, registration_of
from portal.markets.map.importing import set_boundary
from tests.indicators.evaluation.city import call_in_day, make_figures, make_studied_place, make_study
from tests.make import both, let_in, make_call_in, make_market, make_member

WHAT, WHY = (
    both("Only two areas were counted.", "Solo se contaron dos zonas."),
    both("One was torn down.", "Una se demolió."),
)


def refusal(act, *args) -> str:
    with pytest.raises(Refused) as caught:
        act(*args)
    return caught.value.key


def test_a_plan_is_locked_once_and_hashed(session) -> None:
    market, lead = make_market(session), make_member(session, ("community_lead",))
    make_figures(session, market)
    study = keep_plan(market, StudyPlan("a place of another name", (), (1,)), lead.id)
    assert refusal(lock_plan, market, study, lead.id) == "study_gaps"
    keep_plan(market, StudyPlan("", ("drug_calls",), (1, 2), primary="drug_calls"), lead.id)
    assert registration_of(study) is None
    assert studies.published_findings(market, today()) == (None, ())
    lock_plan(market, study, lead.id)
    registration = registration_of(study)
    assert registration.digest == digest(registration.plan)
    assert "Place: Elm Street\n" in registration.plan
    assert "Measure: drug_calls (Calls about drugs)\n" in registration.plan
    assert "Comparison areas: comparison-1, comparison-2\n" in registration.plan
    assert registration.before_call_in
    before = study.text, study.digest
    assert refusal(keep_plan, market, StudyPlan("elm-street", ("violent",)), lead.id) == "study_locked"
    assert refusal(lock_plan, market, study, lead.id) == "study_locked"
    assert (study.text, study.digest) == before
    acts = session.scalars(select(AuditEvent.action).where(AuditEvent.object_type == "market")).all()
    assert [act for act in acts if act.startswith("study.")] == ["study.planned", "study.planned", "study.locked"]


def test_locked_plan_names_and_does_only_what_there_is(session) -> None:
    market, lead = make_market(session), make_member(session, ("community_lead",))
    load_standard_measures()
    found_area(market, AreaPart.PLACE)
    plan = StudyPlan("elm-street", ("drug_calls",), primary="drug_calls", main="its:newey_west")
    study = keep_plan(market, plan, lead.id)
    lock_plan(market, study, lead.id)
    assert "Ring around the place: there is none, so nothing is said of whether it moved\n" in study.text
    assert "Shown beside it: none\n" in study.text
    assert not study.planned.with_ring
    # Areas that come afterwards are no part of it.
    found_area(market, AreaPart.RING)
    found_area(market, AreaPart.COMPARISON)
    enter_day(market, study, today(), lead.id)
    assert set(material_of(study, today()).series["drug_calls"]) == {"place"}
    assert study.text == studies.text_of(market, study)


def test_only_a_locked_plan_lets_anybody_enter_the_day(session) -> None:
    market, lead = make_market(session), make_member(session, ("community_lead",))
    study = make_study(session, market, locked=False)
    assert refusal(enter_day, market, study, today(), lead.id) == "study_not_locked"
    assert refusal(studies.note_deviation, market, study, WHAT, WHY, today(), lead.id) == "study_not_locked"
    lock_plan(market, study, lead.id)
    assert refusal(enter_day, market, study, today() + timedelta(days=1), lead.id) == "study_day"
    enter_day(market, study, today(), lead.id)
    assert study.result.content is None


def test_the_day_is_the_one_that_the_portal_knows(session) -> None:
    market, lead = make_market(session), make_member(session, ("community_lead",))
    ended_at = now() - timedelta(days=100)
    make_call_in(session, market, ended_at)
    study = make_study(session, market)
    assert refusal(enter_day, market, study, today(), lead.id) == "study_day"
    enter_day(market, study, ended_at.astimezone(zone()).date(), lead.id)
    assert registration_of(study).before_call_in
    study.locked_at = now()
    assert not registration_of(study).before_call_in, "locked too late"


def test_what_was_done_otherwise_is_added(session) -> None:
    market, study = make_studied_place(session)
    digest_before = study.digest
    for what, why, day in ((Bilingual("x", ""), WHY, today()), (WHAT, WHY, today() + timedelta(days=1))):
        assert refusal(studies.note_deviation, market, study, what, why, day, study.locked_by_id) == "study_deviation"
    enter_day(market, study, call_in_day(), study.locked_by_id)
    assert study.deviations == [], "the same day again"
    studies.note_deviation(market, study, WHAT, WHY, today(), study.locked_by_id)
    other = call_in_day() + timedelta(days=3)
    enter_day(market, study, other, study.locked_by_id)
    said, corrected = registration_of(study).deviations
    assert (said.on, said.what.es, said.why.en) == (today().isoformat(), WHAT.es, WHY.en)
    assert call_in_day().isoformat() in corrected.what.en and other.isoformat() in corrected.what.es
    assert study.digest == digest_before and study.delivered_on == other


def test_foresight_does_not_need_the_result(session) -> None:
    market, study = make_studied_place(session)
    foreseen = studies.foresights(market, study)[0]
    assert foreseen.months == 36
    assert foreseen.monthly == pytest.approx(30, rel=0.2), "it fell by two fifths afterwards"


def test_counts_of_people_are_no_measure_of_a_study(session) -> None:
    load_standard_measures()
    assert {one.kind for one in studies.measures_to_study()} == {"crime", "calls"}
    assert not any(one.guarded for one in studies.measures_to_study())


def test_the_material_is_what_was_planned_and_complete(session) -> None:
    _market, study = make_studied_place(session)
    material = material_of(study, today())
    assert set(material.series["drug_calls"]) == {
        *("place", "comparison-1", "comparison-2", "comparison-3", "ring-1", "comparison_ring-1")
    }
    # The figures of last month are there, but not all of them yet.
    last, lag = max(material.series["drug_calls"]["place"]), measure_named("drug_calls").lag_days
    assert is_complete(last, lag, today()) and not is_complete(plus(last, 1), lag, today())
    bare = make_market(session, "Oak Street")
    make_figures(session, bare)
    narrow = make_study(session, bare, with_ring=False, day=call_in_day())
    assert set(material_of(narrow, today()).series["drug_calls"]) == {
        "place",
        "comparison-1",
        "comparison-2",
        "comparison-3",
    }
    assert [area.rank for area in studies.areas_to_compare(bare)] == [1, 2, 3]
    assert studies.stale_material(make_study(session, make_market(session, "Ash Street"))) is None


def test_hidden_place_has_study_for_those_admitted_only(session) -> None:
    hidden = make_market(session, "Hollow Lane", released=False)
    inside, outside = make_member(session, ("community_lead",)), make_member(session, ("community_lead",))
    evaluator = make_member(session, ("evaluator",))
    let_in(session, hidden, inside, evaluator)
    study = make_study(session, hidden)
    assert studies.known_studies(inside.id) == [(hidden, study)]
    # The role wall: an evaluator knows of no hidden place, whoever let them in.
    assert studies.known_studies(outside.id) == studies.known_studies(evaluator.id) == []


def test_boundary_on_map_is_part_of_plan(session) -> None:
    market = make_market(session)
    study = make_study(session, market, locked=False)
    assert studies.outlines_of(market, study.planned) == {}
    set_boundary(market, shapely.box(-80, 36, -79.99, 36.01))
    assert set(studies.outlines_of(market, study.planned)) == {"place"}
