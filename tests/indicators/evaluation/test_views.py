"""From a plan to results on the screen, in both languages; nothing typed is lost; a hidden place stays hidden."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from portal.core.clock import now, today
from portal.core.statuses import Refused
from portal.indicators.counts import FigureEntry, figures, found_area, measure_named, record
from portal.indicators.evaluation import running, studies
from portal.indicators.evaluation.plans import digest
from portal.indicators.evaluation.studies import Study, areas_to_compare, enter_day, lock_plan, study_of
from portal.indicators.measures import AreaPart
from portal.markets.places import Market
from tests.conftest import Work
from tests.indicators.evaluation.city import call_in_day, make_figures, make_more_areas, make_studied_place, make_study
from tests.make import make_market, make_member
from tests.page import SAME_ORIGIN, Page, Reader


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


def study_page(page: Reader, market_id: int, lang: str = "en") -> Page:
    return page(f"/{lang}/team/studies/{market_id}", quotes=(PLAN_WORDS,))


def stored(work: Work, market_id: int) -> Study:
    with work() as session:
        study = study_of(session.get_one(Market, market_id))
        assert study is not None
        session.refresh(study)
        session.expunge_all()
        return study


def test_from_the_plan_to_the_results(app, page: Reader, work, market_id, lang: str) -> None:
    begin = page(f"/{lang}/team/studies/").follow({"en": "Elm", "es": "Elm"}[lang])
    form = begin.follow({"en": "Make a plan", "es": "Hacer un plan"}[lang]).form()
    assert form.values.getlist("comparison") == ["1", "2", "3"]
    assert form.values["main_model"] == "did:newey_west"
    saved = form.submit(measures=["drug_calls"], primary="drug_calls", months_before="36", quotes=(PLAN_WORDS,))
    assert saved.has("pre")
    assert {"en": "The measure to judge by:", "es": "La medida con la que se decide:"}[lang] in saved.text
    locked = saved.form("/lock").submit(sure="y", quotes=(PLAN_WORDS,))
    study = stored(work, market_id)
    assert study.digest in locked.text
    with work():
        called_in = call_in_day().isoformat()
    locked.form("/day").submit(delivered_on=called_in, quotes=(PLAN_WORDS,))
    with app.app_context():
        running.compute(study.id)
    results = study_page(page, market_id, lang)
    assert results.has("figure svg") and locked.has("figure svg")
    assert {"en": "calls about drugs fell by about", "es": "la cifra de llamadas por drogas bajó alrededor de"}[
        lang
    ] in results.text
    assert len(list(results.find_all("table tbody tr"))) == 4 + 1, "the models, and the streets around"


PLAN_WORDS = "Plan of a study"


def test_what_study_could_see_is_read_before_lock(app, page: Reader, work, market_id, lang) -> None:
    url, heading = f"/{lang}/team/studies/{market_id}", {"en": "What could it see?", "es": "¿Qué se podría ver?"}[lang]
    with work() as session:
        study = make_study(session, session.get_one(Market, market_id), locked=False)
        foreseen = studies.foresights(session.get_one(Market, market_id), study)
    before = page(url, quotes=(PLAN_WORDS,))
    assert heading in before.text
    assert {"en": "fewer than five similar areas", "es": "menos de cinco zonas parecidas"}[lang] in before.text
    assert {"en": "After 24 months: a fall of", "es": "A los 24 meses: se notaría una baja"}[lang] in before.text
    # Nothing after the call-in moves it: it fell by two fifths then.
    assert foreseen[0].monthly == pytest.approx(30, rel=0.2)
    with work() as session:
        market = session.get_one(Market, market_id)
        lock_plan(market, study_of(market), make_member(session, ("community_lead",)).id)
        enter_day(market, study_of(market), call_in_day(), make_member(session, ("community_lead",)).id)
        assert studies.foresights(market, study_of(market))[0].months == 36
        study_id = study_of(market).id
    assert heading in page(url, quotes=(PLAN_WORDS,)).text
    with app.app_context():
        running.compute(study_id)
    assert heading not in page(url, quotes=(PLAN_WORDS,)).text


def test_area_that_hides_much_is_named_before_lock(page: Reader, work, market_id, lang: str) -> None:
    with work() as session:
        market, measure = session.get_one(Market, market_id), measure_named("drug_calls")
        make_more_areas(session, market)
        odd = areas_to_compare(market)[4]
        doubled = list(figures(odd, measure).items())[20:]
        record(FigureEntry(odd.id, measure.id, month, 9 * count) for month, count in doubled)
        make_study(session, market, locked=False, comparison=(1, 2, 3, 4, 5), investigation=0)
    said = {"en": "Five blocks changes otherwise", "es": "Cinco cuadras cambia de otra manera"}
    assert said[lang] in study_page(page, market_id, lang).text


def test_the_text_can_be_hashed_by_anybody(client: FlaskClient, work, market_id) -> None:
    url = f"/en/team/studies/{market_id}/plan.txt"
    assert client.get(url).status_code == 404
    plan_of(work, market_id, locked=False)
    assert client.get(url).status_code == 404
    plan_of(work, market_id)
    answer = client.get(url)
    assert answer.mimetype == "text/plain"
    assert digest(answer.data.decode()) == stored(work, market_id).digest


def test_nothing_typed_is_lost(page: Reader, work, market_id, lang: str) -> None:
    form = page(f"/{lang}/team/studies/{market_id}/plan").form()
    again = form.submit(
        422, measures=["violent", "drug_calls"], comparison=["2"], months_before="3", main_model="did:placebo"
    ).form()
    assert again.values.getlist("measures") == ["violent", "drug_calls"]
    assert again.values.getlist("comparison") == ["2"]
    assert (again.values["months_before"], again.values["main_model"]) == ("3", "did:placebo")
    third = again.submit(422, months_before="36")
    assert third.has("#comparison-error")
    bare = third.form().submit(422, months_after="soon", measures=[])
    assert bare.has("#months_after-error")


def test_plan_is_judged_by_exactly_one_of_its_measures(page: Reader, market_id, lang: str) -> None:
    form = page(f"/{lang}/team/studies/{market_id}/plan").form()
    for given in ({}, {"primary": "nuisance"}):
        again = form.submit(422, measures=["violent", "drug_calls"], **given)
        assert {"en": "exactly one", "es": "exactamente una"}[lang] in " ".join(again.find("#primary-error").itertext())
    again.form().submit(200, primary="violent", quotes=(PLAN_WORDS,))


def test_plan_older_than_question_asks_it_before_lock(page: Reader, work, market_id) -> None:
    plan_of(work, market_id, locked=False, primary="")
    found = study_page(page, market_id)
    assert "It cannot be locked yet" in found.text
    assert not found.has("form[action$='/lock']")


def test_two_people_at_one_plan(page: Reader, work, market_id) -> None:
    form = page(f"/en/team/studies/{market_id}/plan").form()
    plan_of(work, market_id, locked=False, wash_out=3, with_ring=False)
    newer = form.submit(409, measures=["violent"], months_after="18")
    assert "Somebody else saved this" in newer.text
    assert "Calls about drugs" in newer.text
    assert newer.form().values["months_after"] == "18"
    newer.form().submit(200, primary="violent", quotes=(PLAN_WORDS,))
    assert stored(work, market_id).planned.months_after == 18


def test_study_that_can_never_be_sure_says_so_first(page: Reader, work, market_id, lang: str) -> None:
    plan_of(work, market_id, locked=False)
    never = {"en": "never be able to say that it is fairly sure", "es": "nunca podrá decir que está bastante seguro"}
    assert never[lang] in study_page(page, market_id, lang).text


def test_a_plan_that_changed_meanwhile_is_not_locked_unread(page: Reader, work, market_id) -> None:
    plan_of(work, market_id, locked=False)
    form = study_page(page, market_id).form("/lock")
    plan_of(work, market_id, locked=False, wash_out=2)
    told = form.submit(200, sure="y", quotes=(PLAN_WORDS,))
    assert "Read it again" in told.text
    assert stored(work, market_id).locked_at is None
    told.form("/lock").submit(422, quotes=(PLAN_WORDS,))


def test_plan_is_not_locked_unread_after_area_was_added(page: Reader, work, market_id):
    plan_of(work, market_id, locked=False)
    form = study_page(page, market_id).form("/lock")
    with work() as session:
        found_area(session.get_one(Market, market_id), AreaPart.RING, 2)
    told = form.submit(200, sure="y", quotes=(PLAN_WORDS,))
    assert "Read it again" in told.text
    told.form("/lock").submit(200, sure="y", quotes=(PLAN_WORDS,))
    assert "Outline of ring-2: none" in stored(work, market_id).text


def test_whoever_plans_is_told_that_there_is_no_ring(page: Reader, work, evaluator, lang: str) -> None:
    with work() as session:
        market = make_market(session, "Bare Street")
    said = {
        "en": "There is no ring around this place yet.",
        "es": "Todavía no hay ningún anillo alrededor de este lugar.",
    }
    assert said[lang] in page(f"/{lang}/team/studies/{market.id}/plan").text


def test_a_locked_plan_has_no_form(page: Reader, client: FlaskClient, work, market_id) -> None:
    form = page(f"/en/team/studies/{market_id}/plan").form()
    plan_of(work, market_id)
    page(f"/en/team/studies/{market_id}/plan", 404)
    before = stored(work, market_id).text
    assert form.send(measures=["violent"]).status_code in (404, 409)
    assert stored(work, market_id).text == before


def test_a_deviation_is_written_in_both_languages(page: Reader, work, evaluator, lang: str) -> None:
    with work() as session:
        market, _study = make_studied_place(session)
    url = f"/{lang}/team/studies/{market.id}"
    form = page(url, quotes=(PLAN_WORDS,)).form("/deviation")
    half = form.submit(422, what_en="Two areas.", done_on=day_of(work), quotes=(PLAN_WORDS,)).form("/deviation")
    assert half.values["what_en"] == "Two areas."
    texts = {"what_es": "Dos zonas.", "why_en": "One was torn down.", "why_es": "Una se demolió."}
    late = half.submit(422, done_on=day_of(work, 1), quotes=(PLAN_WORDS,), **texts)
    late.form("/deviation").submit(200, done_on=day_of(work), quotes=(PLAN_WORDS,))
    (only,) = stored_deviations(work, market.id)
    assert only == ("Two areas.", "Una se demolió.")
    again = page(url, quotes=(PLAN_WORDS,)).form("/deviation")
    assert again.values["measure"] == "*"
    texts = {"what_en": "B.", "what_es": "B.", "why_en": "C.", "why_es": "C.", "done_on": day_of(work)}
    again.submit(200, measure="drug_calls", quotes=(PLAN_WORDS,), **texts)
    with work() as session:
        study = study_of(session.get_one(Market, market.id))
        assert {one.measure for one in study.deviations} == {None, "drug_calls"}


def test_overlapping_areas_keep_plan_from_being_locked(page: Reader, work, market_id, lang: str) -> None:
    with work() as session:
        market = session.get_one(Market, market_id)
        make_study(session, market, locked=False)
        shape = '{"type":"Polygon","coordinates":[[[0,0],[0,1],[1,1],[0,0]]]}'
        for area in areas_to_compare(market):
            area.geometry = shape if area.rank != 2 else None
    url = f"/{lang}/team/studies/{market_id}"
    said = page(url, quotes=(PLAN_WORDS,))
    assert {"en": "“Comparison area 1” lies over “Comparison area 3”.", "es": "está encima de"}[lang] in said.text
    assert not said.has('form[action$="/lock"]')
    with work() as session:
        market = session.get_one(Market, market_id)
        study = study_of(market)
        with pytest.raises(Refused, match="study_overlaps"):
            lock_plan(market, study, make_member(session, ("community_lead",)).id)
        assert study.locked_at is None
        areas_to_compare(market)[2].geometry = shape.replace("[1,1]", "[-1,1]")
    page(url, quotes=(PLAN_WORDS,)).form("/lock").submit(sure="y", quotes=(PLAN_WORDS,))
    assert stored(work, market_id).locked_at is not None


def stored_deviations(work, market_id: int) -> list[tuple[str, str]]:
    with work() as session:
        study = study_of(session.get_one(Market, market_id))
        return [(one.what.en, one.why.es) for one in study.deviations]


def test_day_in_future_is_refused_beside_field(page: Reader, work, market_id) -> None:
    plan_of(work, market_id)
    form = study_page(page, market_id).form("/day")
    assert form.submit(422, delivered_on=day_of(work, 1), quotes=(PLAN_WORDS,)).has("#delivered_on-error")


@pytest.mark.parametrize(("lang", "said"), [("en", "There is no such day."), ("es", "Ese día no existe.")])
def test_nonexistent_day_is_said_to_be_none(page: Reader, work, market_id, lang: str, said: str) -> None:
    plan_of(work, market_id)
    form = study_page(page, market_id, lang).form("/day")
    told = form.submit(422, delivered_on="2025-11-31", quotes=(PLAN_WORDS,))
    assert told.has("#delivered_on-error")
    assert said in told.text


def test_older_than_the_figures(app, page: Reader, work, evaluator) -> None:
    with work() as session:
        market, study = make_studied_place(session)
    assert "A worker is computing" in study_page(page, market.id).text
    with work() as session:
        session.get_one(Study, study.id).result.unfinished_since = now() - timedelta(hours=1)
    for lang, said in (("en", "It could not be computed"), ("es", "No se pudo calcular")):
        assert said in study_page(page, market.id, lang).text
    with app.app_context():
        running.compute(study.id)
    with work() as session:
        session.get_one(Study, study.id).result.inputs = "0" * 64
    assert "Older than the figures" in study_page(page, market.id).text


@pytest.mark.parametrize("path", ["", "/plan", "/plan.txt"])
def test_a_hidden_place_and_none_are_the_same(client: FlaskClient, work, evaluator, path: str) -> None:
    with work() as session:
        hidden = make_market(session, "Hollow Lane", released=False)
        make_study(session, hidden)
    urls = (f"/en/team/studies/{one}{path}" for one in (hidden.id, hidden.id + 1))
    here, nowhere = (client.get(url, headers=SAME_ORIGIN) for url in urls)
    assert here.status_code == nowhere.status_code == 404
    assert here.data == nowhere.data
    assert "Hollow" not in client.get("/en/team/studies/").text
