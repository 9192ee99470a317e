"""Results are computed in a worker, once for the same figures, and again when they change."""

from datetime import timedelta

import pytest

from portal.core.clock import now, today
from portal.indicators import studies
from portal.indicators.counts import Area, Figure, FigureEntry, areas_of, figures, measure_named, write_figures
from portal.indicators.statistics import findings
from portal.indicators.statistics.plans import KNOWN, digest
from portal.indicators.studies import Study, findings_of, note_deviation, registration_of, stale_material, study_of
from portal.markets.places import Market
from tests.indicators.evaluation.city import make_figures, make_studied_place, make_study
from tests.make import both, make_market, make_member


@pytest.fixture
def study_id(work) -> int:
    """A study whose results are due."""
    with work() as session:
        return make_studied_place(session)[1].id


def run(app, job, *ids) -> None:
    with app.app_context():
        job(*ids)


@pytest.mark.both_databases
def test_a_worker_computes_what_is_due_once(app, work, monkeypatch, study_id) -> None:
    with work() as session:
        assert stale_material(session.get_one(Study, study_id))
    run(app, studies.compute_stale)
    with work() as session:
        study = session.get_one(Study, study_id)
        found = findings_of(study)
        assert len(found) == len(KNOWN)
        assert found[0].is_main
        assert found[0].percent_high < 0
        assert not stale_material(study)
        registration, published = studies.published_findings(session.get_one(Market, study.market_id), today())
        assert published == found
        assert registration.before_call_in
    monkeypatch.setattr(findings, "findings", lambda *_args: pytest.fail("computed again"))
    run(app, studies.compute_stale)
    run(app, studies.compute, study_id)


def test_what_ends_early_is_said_until_another_try_ends(app, work, time_machine, monkeypatch, study_id) -> None:
    begun = now()
    with monkeypatch.context() as broken:
        broken.setattr(findings, "findings", lambda *_args: 1 / 0)
        for minutes, has_failed in ((0, False), (61, True), (62, True)):
            time_machine.move_to(begun + timedelta(minutes=minutes))
            run(app, studies.compute_stale)
            with work() as session:
                assert studies.has_failed(session.get_one(Study, study_id)) is has_failed
    run(app, studies.compute_stale)
    with work() as session:
        study = session.get_one(Study, study_id)
        assert findings_of(study) and not studies.has_failed(study)


def test_changed_figures_make_it_stale_until_computed_anew(app, work, study_id) -> None:
    run(app, studies.compute, study_id)
    with work() as session:
        study = session.get_one(Study, study_id)
        place, measure = areas_of(session.get_one(Market, study.market_id))[0], measure_named("drug_calls")
        write_figures([FigureEntry(place.id, measure.id, min(figures(place, measure)), 400)])
        before = findings_of(study)
        assert stale_material(study)
        # Nothing is published that speaks of other numbers, and nothing is left out since nobody has computed it yet.
        registration, published = studies.published_findings(session.get_one(Market, study.market_id), today())
        assert registration is not None
        assert published and published != before
    run(app, studies.compute_stale)
    with work() as session:
        study = session.get_one(Study, study_id)
        assert not stale_material(study)
        assert findings_of(study) == published != before


def test_late_snapshot_speaks_of_no_month_after_its_own(app, work, study_id) -> None:
    run(app, studies.compute, study_id)
    with work() as session:
        earlier = today() - timedelta(days=150)
        study = session.get_one(Study, study_id)
        market = session.get_one(Market, study.market_id)
        assert {one.months_after for one in findings_of(study)} == {12}
        note_deviation(market, study, both("Less", "Menos"), both("Snow", "Nieve"), today(), make_member(session).id)
        registration, published = studies.published_findings(market, earlier)
        # The first look had not come on that day.
        assert {(one.months_after, one.refusal) for one in published} == {(0, "not_yet")}
        # Nor of what was noted or locked later. What the team reads is not touched.
        assert registration.deviations == ()
        assert len(studies.published_findings(market, today())[0].deviations) == 1
        assert studies.published_findings(market, study.locked_at.date() - timedelta(days=2)) == (None, ())
        assert not stale_material(study)


def test_without_call_in_months_count_from_lock_on(app, work) -> None:
    with work() as session:
        market = make_market(session)
        make_figures(session, market)
        study = make_study(session, market)
        study.locked_at = now() - timedelta(days=450)
    with work() as session:
        market = session.get_one(Market, study.market_id)
        registration, published = studies.published_findings(market, today())
        (one,) = registration.intended
        assert published == ()
        assert (one.measure, one.refusal, one.level, one.next_look) == ("drug_calls", None, 98.75, 24)
        assert one.percent_low < one.percent < one.percent_high < 0
        early, _nothing = studies.published_findings(market, today() - timedelta(days=200))
        assert [one.refusal for one in early.intended] == ["not_yet"]
        # What the team reads, and every earlier snapshot, has no such field.
        assert "intended" not in registration_of(study_of(market)).model_dump()


def test_what_nothing_can_be_fitted_to_is_no_error(app, work, study_id) -> None:
    with work() as session:
        session.execute(Figure.__table__.update().values(value=0))
    run(app, studies.compute, study_id)
    with work() as session:
        study = session.get_one(Study, study_id)
        assert {one.refusal for one in findings_of(study)} == {"no_fit"}
        session.delete(study)
    run(app, studies.compute, study_id)
    run(app, studies.compute_stale)


def test_asking_wakes_a_worker_once_it_is_committed(app, work, monkeypatch) -> None:
    woken = []
    monkeypatch.setattr(type(app.engine), "enqueue", lambda _self, *asked, **_more: woken.append(asked))
    with work() as session:
        _market, study = make_studied_place(session)
        assert woken == []
    assert ("study", study.id) in woken


def test_areas_drawn_anew_are_noted_once_by_themselves(app, work) -> None:
    with work() as session:
        market = make_market(session)
        areas = make_figures(session, market)
        areas["comparison-1"].geometry = areas["ring-1"].geometry = "{}"
        study_id = make_study(session, market).id
    run(app, studies.compute_stale)
    with work() as session:
        assert session.get_one(Study, study_id).deviations == []
        session.get_one(Area, areas["comparison-1"].id).geometry = "{ }"
    for _hour in range(2):
        run(app, studies.compute_stale)
    with work() as session:
        study = session.get_one(Study, study_id)
        (only,) = registration_of(study).deviations
        assert "comparison-1." in only.what.en
        assert "comparison-1." in only.what.es
        assert study.digest == digest(study.text)
