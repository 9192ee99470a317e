"""Results are computed in a worker, once for the same figures, again when they change, and never twice at once."""

from datetime import timedelta

import pytest

from portal.core.clock import now, today
from portal.core.db import db
from portal.indicators.counts import Area, Figure, FigureEntry, areas_of, figures, measure_named, record
from portal.indicators.evaluation import running, studies
from portal.indicators.evaluation.plans import KNOWN, LEASE, MOST_TRIES, digest
from portal.indicators.evaluation.studies import Study, findings_of, is_stale, note_deviation, registration_of, study_of
from portal.markets.places import Market
from tests.indicators.evaluation.city import make_figures, make_studied_place, make_study
from tests.make import both, make_market, make_member

ASKED: list[tuple] = []


@pytest.fixture
def study_id(work) -> int:
    with work() as session:
        return make_studied_place(session)[1].id


def read(work, study_id: int) -> tuple[str, int, int]:
    with work() as session:
        result = session.get_one(Study, study_id).result
        return result.state, result.progress, result.tries


def run(app, job, *ids) -> None:
    with app.app_context():
        job(*ids)


@pytest.mark.both_databases
def test_a_worker_computes_what_is_due(app, work, study_id) -> None:
    assert read(work, study_id) == ("due", 0, 0)
    run(app, running.compute_asked)
    assert read(work, study_id) == ("done", 100, 0)
    with work() as session:
        study = session.get_one(Study, study_id)
        found = findings_of(study)
        assert len(found) == len(KNOWN)
        assert found[0].is_main
        assert found[0].percent_high < 0
        assert not is_stale(study)
        registration, published = running.published_findings(session.get_one(Market, study.market_id), today())
        assert published == found
        assert registration.before_call_in


def test_twice_is_as_once(app, work, study_id, monkeypatch) -> None:
    run(app, running.compute, study_id)
    monkeypatch.setattr(running, "_findings", lambda *_args: pytest.fail("computed again"))
    for job in (running.compute_asked, running.ask_where_stale, running.bring_up_to_date):
        run(app, job)
    run(app, running.compute, study_id)
    assert read(work, study_id)[0] == "done"


def change_a_figure(work, study_id: int) -> None:
    with work() as session:
        market = session.get_one(Market, session.get_one(Study, study_id).market_id)
        place, measure = areas_of(market)[0], measure_named("drug_calls")
        month = min(figures(place, measure))
        record([FigureEntry(place.id, measure.id, month, 400)])


def test_changed_figures_make_it_stale_until_it_is_computed_anew(app, work, study_id) -> None:
    run(app, running.compute, study_id)
    change_a_figure(work, study_id)
    with work() as session:
        study = session.get_one(Study, study_id)
        before = findings_of(study)
        assert is_stale(study)
        # Nothing is published that speaks of other numbers, and nothing is left out since nobody has computed it yet.
        registration, published = running.published_findings(session.get_one(Market, study.market_id), today())
        assert registration is not None
        assert published and published != before
    run(app, running.bring_up_to_date)
    with work() as session:
        study = session.get_one(Study, study_id)
        assert not is_stale(study)
        assert findings_of(study) == published != before


def test_a_snapshot_that_comes_late_speaks_of_no_month_after_its_own(app, work, study_id) -> None:
    run(app, running.compute, study_id)
    with work() as session:
        earlier = today() - timedelta(days=150)
        study = session.get_one(Study, study_id)
        market = session.get_one(Market, study.market_id)
        assert {one.months_after for one in findings_of(study)} == {12}
        note_deviation(market, study, both("Less", "Menos"), both("Snow", "Nieve"), today(), make_member(session).id)
        registration, published = running.published_findings(market, earlier)
        # The first look had not come on that day.
        assert {(one.months_after, one.refusal) for one in published} == {(0, "not_yet")}
        # Nor of what was noted or locked later. What the team reads is not touched.
        assert registration.deviations == ()
        assert len(running.published_findings(market, today())[0].deviations) == 1
        assert running.published_findings(market, study.locked_at.date() - timedelta(days=2)) == (None, ())
        assert not is_stale(study)


def test_where_no_call_in_was_held_months_count_from_the_lock_on(app, work) -> None:
    with work() as session:
        market = make_market(session)
        make_figures(session, market)
        study = make_study(session, market)
        study.locked_at = now() - timedelta(days=450)
    with work() as session:
        market = session.get_one(Market, study.market_id)
        registration, published = running.published_findings(market, today())
        (one,) = registration.intended
        assert published == ()
        assert (one.measure, one.refusal, one.level, one.next_look) == ("drug_calls", None, 98.75, 24)
        assert one.percent_low < one.percent < one.percent_high < 0
        early, _nothing = running.published_findings(market, today() - timedelta(days=200))
        assert [one.refusal for one in early.intended] == ["not_yet"]
        # What the team reads, and every earlier snapshot, has no such field.
        assert "intended" not in registration_of(study_of(market)).model_dump()


def test_one_worker_at_a_time_and_another_after_its_lease(app, work, study_id) -> None:
    run(app, lambda: running._begin(study_id))
    assert read(work, study_id) == ("running", 0, 1)
    run(app, running.compute, study_id)
    assert read(work, study_id) == ("running", 0, 1)
    expire(work, study_id)
    run(app, running.compute, study_id)
    assert read(work, study_id) == ("done", 100, 0)


def expire(work, study_id: int) -> None:
    with work() as session:
        session.get_one(Study, study_id).result.taken_until = now() - LEASE


def test_what_ends_every_worker_is_given_up(app, work, study_id, monkeypatch) -> None:
    def end(*_args):
        raise MemoryError

    monkeypatch.setattr(running, "_findings", end)
    for number in range(MOST_TRIES):
        with pytest.raises(MemoryError):
            run(app, running.compute, study_id)
        assert read(work, study_id) == ("running", 0, number + 1)
        expire(work, study_id)
    run(app, running.compute_asked)
    assert read(work, study_id)[0] == "failed"


def test_who_asks_meanwhile_gets_another_turn(app, work, study_id, monkeypatch) -> None:
    real = running._findings

    def asked_meanwhile(study, material):
        with work() as session:
            studies.ask_for_results(session.get_one(Study, study))
        return real(study, material)

    monkeypatch.setattr(running, "_findings", asked_meanwhile)
    run(app, running.compute, study_id)
    assert read(work, study_id)[0] == "due"
    with work() as session:
        assert findings_of(session.get_one(Study, study_id))


def test_progress_is_seen_while_it_goes_on(app, work, study_id, monkeypatch) -> None:
    from portal.indicators.evaluation import findings as methods

    seen = []

    def slow(material, say):
        for progress in (3, 12, 55, 100):
            say(progress)
            seen.append(read(work, study_id)[1])
        return ()

    monkeypatch.setattr(methods, "findings", slow)
    run(app, running.compute, study_id)
    assert seen == [0, 12, 55, 55]


def test_a_study_that_is_gone_is_no_error(app, work, study_id) -> None:
    with work() as session:
        session.delete(session.get_one(Study, study_id))
    run(app, running.compute, study_id)
    run(app, running.compute_asked)


def test_figures_that_nothing_can_be_fitted_to_are_refusals(app, work, study_id) -> None:
    with work() as session:
        session.execute(Figure.__table__.update().values(value=0))
    run(app, running.compute, study_id)
    with work() as session:
        found = findings_of(session.get_one(Study, study_id))
        assert {one.refusal for one in found} == {"no_fit"}


def test_asking_wakes_a_worker_once_it_is_committed(app, work, monkeypatch) -> None:
    woken = []
    monkeypatch.setattr(type(app.engine), "enqueue", lambda _self, *asked, **_more: woken.append(asked))
    with work() as session:
        market, study = make_studied_place(session)
        assert woken == []
        study_id = study.id
    assert ("study", study_id) in woken
    with app.app_context():
        assert study_of(market) is not None
        db.close()
    assert timedelta(minutes=1) < LEASE


def test_areas_that_were_drawn_anew_are_noted_once_by_themselves(app, work) -> None:
    with work() as session:
        market = make_market(session)
        areas = make_figures(session, market)
        areas["comparison-1"].geometry = areas["ring-1"].geometry = "{}"
        study_id = make_study(session, market).id
    run(app, running.ask_where_stale)
    with work() as session:
        assert session.get_one(Study, study_id).deviations == []
        session.get_one(Area, areas["comparison-1"].id).geometry = "{ }"
    for _hour in range(2):
        run(app, running.ask_where_stale)
    with work() as session:
        study = session.get_one(Study, study_id)
        (only,) = registration_of(study).deviations
        assert "comparison-1." in only.what.en
        assert "comparison-1." in only.what.es
        assert study.digest == digest(study.text)
