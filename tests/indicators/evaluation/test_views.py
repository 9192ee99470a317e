"""From a plan to results on the screen; nothing typed is lost; a hidden place stays hidden."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from portal.core.clock import now, today
from portal.core.statuses import Refused
from portal.indicators import studies
from portal.indicators.counts import FigureEntry, figures, found_area, measure_named, write_figures
from portal.indicators.statistics.plans import digest
from portal.indicators.statistics.terms import AreaPart, plus
from portal.indicators.studies import Study, areas_to_compare, lock_plan, study_of
from portal.markets.places import Market
from tests.conftest import Work
from tests.indicators.evaluation.city import MONTHS_AGO, call_in_day, make_figures, make_studied_place, make_study
from tests.indicators.evaluation.material import counts
from tests.make import both, make_market, make_member
from tests.page import SAME_ORIGIN, Page, Reader

QUOTES = ("Plan of a study",)


@pytest.fixture
def market_id(work: Work, evaluator: Reader) -> int:
    """A place with figures, while an evaluator is signed in."""
    with work() as session:
        market = make_market(session)
        make_figures(session, market)
        return market.id


def plan_of(work: Work, market_id: int, **planned: object) -> None:
    with work() as session:
        make_study(session, session.get_one(Market, market_id), **planned)


def day_of(work: Work, days: int = 0) -> str:
    """Which day it is depends on the city."""
    with work():
        return (today() + timedelta(days=days)).isoformat()


def study_page(page: Reader, market_id: int, lang: str = "es") -> Page:
    return page(f"/{lang}/team/studies/{market_id}", quotes=QUOTES)


def stored(work: Work, market_id: int) -> Study:
    with work() as session:
        study = study_of(session.get_one(Market, market_id))
        assert study is not None
        session.refresh(study)
        session.expunge_all()
        return study


def test_from_the_plan_to_the_results(app, page: Reader, work, market_id) -> None:
    form = page("/es/team/studies/").follow("Elm").follow("Hacer un plan").form()
    assert form.values.getlist("comparison") == ["1", "2", "3"]
    assert form.values["main_model"] == "did:newey_west"
    saved = form.submit(measures=["drug_calls"], primary="drug_calls", months_before="36", quotes=QUOTES)
    foreseen = "¿Qué se podría ver?"
    for words in (
        "La medida con la que se decide:",
        foreseen,
        "menos de cinco zonas parecidas",
        "A los 24 meses: se notaría una baja",
        "nunca podrá decir que está bastante seguro",
    ):
        assert words in saved.text, words
    locked = saved.form("/lock").submit(sure="y", quotes=QUOTES)
    study = stored(work, market_id)
    assert study.digest in locked.text and locked.has("figure svg")
    with work():
        called_in = call_in_day().isoformat()
    entered = locked.form("/day").submit(delivered_on=called_in, quotes=QUOTES)
    assert foreseen in entered.text and "Se está calculando" in entered.text
    with app.app_context():
        studies.compute(study.id)
    computed = study_page(page, market_id)
    assert computed.has("figure svg") and foreseen not in computed.text
    assert "el número de llamadas por drogas bajó alrededor de" in computed.text
    assert len(list(computed.find_all("table tbody tr"))) == 4 + 1, "the models, and the streets around"


def test_area_that_hides_much_is_named_before_lock(page: Reader, work, market_id) -> None:
    with work() as session:
        market, measure = session.get_one(Market, market_id), measure_named("drug_calls")
        first = min(figures(areas_to_compare(market)[0], measure))
        for rank, name, times in ((4, both("", ""), 1), (5, both("Five blocks", "Cinco cuadras"), 9)):
            area = found_area(market, AreaPart.COMPARISON, rank, name=name)
            drawn = list(counts(30, 1.0, 40 + rank).values())[: 36 + MONTHS_AGO]
            values = [*drawn[:20], *(times * count for count in drawn[20:])]
            write_figures(
                FigureEntry(area.id, measure.id, plus(first, month), count) for month, count in enumerate(values)
            )
        make_study(session, market, locked=False, comparison=(1, 2, 3, 4, 5), investigation=0)
    assert "Cinco cuadras cambia de otra manera" in study_page(page, market_id).text


def test_the_text_can_be_hashed_by_anybody(client: FlaskClient, work, market_id) -> None:
    url = f"/en/team/studies/{market_id}/plan.txt"
    assert client.get(url).status_code == 404
    plan_of(work, market_id, locked=False)
    assert client.get(url).status_code == 404
    plan_of(work, market_id)
    answer = client.get(url)
    assert answer.mimetype == "text/plain"
    assert digest(answer.data.decode()) == stored(work, market_id).digest


def test_nothing_typed_is_lost(page: Reader, market_id) -> None:
    form = page(f"/es/team/studies/{market_id}/plan").form()
    for primary in ({}, {"primary": "nuisance"}):
        judged = form.submit(422, measures=["violent", "drug_calls"], **primary)
        assert "exactamente una" in " ".join(judged.find("#primary-error").itertext())
    wrong = judged.form().submit(422, comparison=["2"], months_before="3", main_model="did:placebo")
    again = wrong.form()
    assert again.values.getlist("measures") == ["violent", "drug_calls"]
    assert again.values.getlist("comparison") == ["2"]
    assert (again.values["months_before"], again.values["main_model"]) == ("3", "did:placebo")
    third = again.submit(422, months_before="36")
    assert third.has("#comparison-error")
    assert third.form().submit(422, months_after="soon", measures=[]).has("#months_after-error")
    third.form().submit(primary="violent", comparison=["1", "2", "3"], quotes=QUOTES)


def test_two_people_at_one_plan(page: Reader, work, market_id) -> None:
    form = page(f"/en/team/studies/{market_id}/plan").form()
    plan_of(work, market_id, locked=False, wash_out=3, with_ring=False)
    newer = form.submit(409, measures=["violent"], months_after="18")
    assert "Somebody else saved this" in newer.text
    assert "Calls about drugs" in newer.text
    assert newer.form().values["months_after"] == "18"
    newer.form().submit(200, primary="violent", quotes=QUOTES)
    assert stored(work, market_id).planned.months_after == 18


def test_a_plan_that_changed_meanwhile_is_not_locked_unread(page: Reader, work, market_id) -> None:
    def another_plan() -> None:
        plan_of(work, market_id, locked=False, wash_out=2)

    def another_area() -> None:
        with work() as session:
            found_area(session.get_one(Market, market_id), AreaPart.RING, 2)

    plan_of(work, market_id, locked=False)
    for change in (another_plan, another_area):
        form = study_page(page, market_id, "en").form("/lock")
        change()
        told = form.submit(200, sure="y", quotes=QUOTES)
        assert "Read it again" in told.text
        assert stored(work, market_id).locked_at is None
    told.form("/lock").submit(422, quotes=QUOTES)
    told.form("/lock").submit(200, sure="y", quotes=QUOTES)
    assert "Outline of ring-2: none" in stored(work, market_id).text


def test_a_locked_plan_has_no_form(page: Reader, work, market_id) -> None:
    form = page(f"/en/team/studies/{market_id}/plan").form()
    plan_of(work, market_id)
    page(f"/en/team/studies/{market_id}/plan", 404)
    before = stored(work, market_id).text
    assert form.send(measures=["violent"]).status_code in (404, 409)
    assert stored(work, market_id).text == before


def test_a_deviation_is_written_in_both_languages(page: Reader, work, evaluator) -> None:
    with work() as session:
        market, _study = make_studied_place(session)
    form = study_page(page, market.id).form("/deviation")
    half = form.submit(422, what_en="Two areas.", done_on=day_of(work), quotes=QUOTES).form("/deviation")
    assert half.values["what_en"] == "Two areas."
    texts = {"what_es": "Dos zonas.", "why_en": "One was torn down.", "why_es": "Una se demolió."}
    late = half.submit(422, done_on=day_of(work, 1), quotes=QUOTES, **texts)
    saved = late.form("/deviation").submit(200, done_on=day_of(work), quotes=QUOTES)
    again = saved.form("/deviation")
    assert again.values["measure"] == ""
    again.submit(200, measure="drug_calls", what_en="B.", done_on=day_of(work), quotes=QUOTES, **texts)
    with work() as session:
        deviations = study_of(session.get_one(Market, market.id)).deviations
        assert [(one.what.en, one.why.es, one.measure) for one in deviations] == [
            ("Two areas.", "Una se demolió.", None),
            ("B.", "Una se demolió.", "drug_calls"),
        ]


def test_overlapping_areas_keep_plan_from_being_locked(page: Reader, work, market_id) -> None:
    shape = '{"type":"Polygon","coordinates":[[[0,0],[0,1],[1,1],[0,0]]]}'
    with work() as session:
        market = session.get_one(Market, market_id)
        study = make_study(session, market, locked=False)
        for area in areas_to_compare(market):
            area.geometry = shape if area.rank != 2 else None
        session.flush()
        with pytest.raises(Refused, match="study_overlaps"):
            lock_plan(market, study, make_member(session, ("community_lead",)).id)
        assert study.locked_at is None
    said = study_page(page, market_id, "en")
    assert "“Comparison area 1” lies over “Comparison area 3”." in said.text
    assert not said.has('form[action$="/lock"]')
    with work() as session:
        areas_to_compare(session.get_one(Market, market_id))[2].geometry = shape.replace("[1,1]", "[-1,1]")
    study_page(page, market_id).form("/lock").submit(sure="y", quotes=QUOTES)
    assert stored(work, market_id).locked_at is not None


def test_an_impossible_day_is_refused_beside_its_field(page: Reader, work, market_id) -> None:
    plan_of(work, market_id)
    form = study_page(page, market_id).form("/day")
    assert form.submit(422, delivered_on=day_of(work, 1), quotes=QUOTES).has("#delivered_on-error")
    told = form.submit(422, delivered_on="2025-11-31", quotes=QUOTES)
    assert "Ese día no existe." in " ".join(told.find("#delivered_on-error").itertext())


def test_older_than_the_figures(app, page: Reader, work, evaluator) -> None:
    with work() as session:
        market, study = make_studied_place(session)
        study.result.unfinished_since = now() - timedelta(hours=1)
    assert "No se pudo calcular" in study_page(page, market.id).text
    with app.app_context():
        studies.compute(study.id)
    with work() as session:
        session.get_one(Study, study.id).result.inputs = "0" * 64
    assert "Older than the figures" in study_page(page, market.id, "en").text


def test_a_hidden_place_and_none_are_the_same(client: FlaskClient, work, evaluator) -> None:
    with work() as session:
        hidden = make_market(session, "Hollow Lane", released=False)
        make_study(session, hidden)
    for path in ("", "/plan", "/plan.txt"):
        urls = (f"/en/team/studies/{one}{path}" for one in (hidden.id, hidden.id + 1))
        here, nowhere = (client.get(url, headers=SAME_ORIGIN) for url in urls)
        assert here.status_code == nowhere.status_code == 404
        assert here.data == nowhere.data
    assert "Hollow" not in client.get("/en/team/studies/").text
