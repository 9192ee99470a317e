"""Surveys: a slip counts once, by any way; counts become figures; a hidden place is not betrayed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from portal.accounts.users import Member
from portal.core.audit import AuditEvent
from portal.core.clock import today
from portal.core.statuses import Refused
from portal.core.texted import read_code
from portal.indicators import surveys
from portal.indicators.counts import Area, Figure, Measure
from portal.indicators.measures import month_of
from portal.indicators.surveys import ASKED, SKIPPED, Survey, SurveyQuestion, SurveySlip, counted, says_of
from tests.make import let_in, make_market, make_member, sign_in

YES = dict.fromkeys(SurveyQuestion, True)
PAPER = {"asked": 50, "aware": 21, "safe": 14, "trust": 3}


def begun(session, **given) -> tuple[Survey, dict[str, list[str]]]:
    lead = make_member(session, ("community_lead",))
    market = given["market"] if "market" in given else make_market(session, "Elm Street")
    survey = surveys.call_survey(market, today(), today() + timedelta(days=14), lead.id)
    return survey, surveys.print_slips(survey, {"en": 2, "es": 2}, lead.id)


def sums(survey: Survey) -> dict[str, int]:
    assert not any(one.count for one in survey.tallies if one.on_paper)
    return {one.measure: one.count for one in survey.tallies if one.count}


@pytest.mark.both_databases
def test_a_slip_counts_once(session) -> None:
    survey, codes = begun(session)
    assert surveys.answer(codes["es"][0], {**YES, SurveyQuestion.SAFE: None})
    assert not surveys.answer(codes["es"][0], YES)
    session.expire_all()
    counted = ("asked", "aware", "safe_skip", "trust")
    assert sums(survey) == dict.fromkeys(counted, 1)
    assert session.scalar(select(func.count()).select_from(SurveySlip)) == 3


def test_a_text_is_counted_and_answered(session) -> None:
    survey, codes = begun(session)
    code = codes["en"][0]
    told = surveys.SURVEY_SLIPS.take(code, "1 0 2")
    assert told is not None
    assert ("counted" in told.words(), told.language) == (True, "en")
    assert surveys.SURVEY_SLIPS.take(code, "1 0 2") is None
    session.expire_all()
    assert sums(survey) == dict.fromkeys(("asked", "aware", "safe_skip"), 1)


@pytest.mark.both_databases
def test_what_is_over_becomes_figures_of_its_month_once(app, work) -> None:
    with work() as session:
        survey, codes = begun(session)
        surveys.answer(codes["es"][0], YES)
        surveys.type_in(survey, PAPER, survey.author_id)
        surveys.type_in(survey, PAPER, survey.author_id)
        survey.opens_on, survey.closes_on = today() - timedelta(days=9), today() - timedelta(days=1)
        month = month_of(survey.closes_on)
    with app.app_context():
        surveys.count_all()
        surveys.count_all()
    with work() as session:
        rows = session.execute(
            select(Measure.key, Figure.value, Figure.month_on)
            .join(Measure, Measure.id == Figure.measure_id)
            .join(Area, Area.id == Figure.area_id)
        ).all()
        found = {row.key: row.value for row in rows}
        assert {row.month_on for row in rows} == {month}
        assert found == {"asked": 51, "aware": 22, "safe": 15, "trust": 4}
        # More came back than were given out, as far as anybody wrote down: then nobody knows how many were asked.
        assert session.scalar(select(func.count()).select_from(SurveySlip)) == 0
        with pytest.raises(Refused, match="survey_counted"):
            surveys.type_in(session.scalars(select(Survey)).one(), PAPER, 1)


def test_a_survey_that_nobody_answered_makes_no_figure(app, work) -> None:
    with work() as session:
        survey, _codes = begun(session)
        survey.opens_on, survey.closes_on = today() - timedelta(days=9), today() - timedelta(days=1)
    with app.app_context():
        surveys.count_all()
    with work() as session:
        assert session.scalar(select(func.count()).select_from(Figure)) == 0
        assert session.scalars(select(Survey)).one().counted_on == today()


def test_more_yes_than_people_is_refused(session) -> None:
    survey, _codes = begun(session)
    with pytest.raises(Refused, match="survey_sums"):
        surveys.type_in(survey, PAPER | {"safe": 51}, survey.author_id)


def test_nothing_says_which_slip_said_what(session) -> None:
    begun(session)
    columns = {str(column) for table in (Survey, surveys.SurveyTally, SurveySlip) for column in table.__table__.columns}
    assert not [name for name in columns if "_at" in name or "number" in name or "sender" in name]
    said = [event.action for event in session.scalars(select(AuditEvent))]
    assert said == ["market.survey_called", "market.survey_printed"]


def test_a_resident_answers_on_the_web(page, work) -> None:
    with work() as session:
        _survey, codes = begun(session)
    door = page("/es/survey/")
    asked = door.form("/survey/").submit(slip=codes["es"][0].upper())
    assert "Elm" not in asked.text
    asked = asked.form("/survey/answer").in_other_language(aware="yes")
    assert asked.path == "/en/survey/answer"
    asked = asked.form("/survey/answer").in_other_language()
    assert asked.form("/survey/answer").values["aware"] == "yes"
    again = asked.form("/survey/answer").submit(status=422, aware="yes")
    done = again.form("/survey/answer").submit(safe="no", trust="skip")
    assert "se contó" in done.text
    with work() as session:
        tallies = {one.measure: one.count for one in session.scalars(select(surveys.SurveyTally)) if one.count}
        assert tallies == {"asked": 1, "aware": 1, "trust_skip": 1}
    door.form("/survey/").submit(status=422, slip=codes["es"][0])


def test_a_lead_calls_prints_and_types_in(page, work, lang: str) -> None:
    with work() as session:
        lead = make_member(session, ("community_lead",))
        make_market(session, "Elm Street")
        first = today()
    sign_in(page.client, lead)
    slips = page(f"/{lang}/team/surveys/new").form("/surveys/new").submit(slips_en="2", slips_es="1")
    assert len(list(slips.find_all("ul.slips strong"))) == 3
    survey = page(f"/{lang}/team/surveys/").follow({"en": "Elm Street", "es": "Calle Elm"}[lang])
    wrong = survey.form().submit(status=422, asked="3", aware="4")
    assert wrong.form().values["aware"] == "4"
    assert wrong.form().submit(asked="5").form().values["asked"] == "5"
    new = page(f"/{lang}/team/surveys/new").form("/surveys/new")
    none = new.submit(status=422, slips_en="0", slips_es="0")
    assert ("print at least one slip" if lang == "en" else "al menos un papelito") in none.text
    turned = new.submit(status=422, opens_on=f"{first}", closes_on=f"{first - timedelta(days=1)}")
    assert ("before the first one" if lang == "en" else "antes del primero") in turned.text


@pytest.mark.both_databases
def test_form_sent_twice_makes_one_survey_with_same_slips(page, work) -> None:
    with work() as session:
        lead = make_member(session, ("community_lead",))
        make_market(session, "Elm Street")
    sign_in(page.client, lead)
    form = page("/en/team/surveys/new").form("/surveys/new")
    first, second = (form.submit(slips_en="2", slips_es="1") for _tap in range(2))
    codes = [[one.text for one in slips.find_all("ul.slips strong")] for slips in (first, second)]
    assert codes[0] == codes[1] and len(set(codes[0])) == 3
    assert "made already" in second.text and "made already" not in first.text
    with work() as session:
        assert surveys.answer(read_code(codes[0][0]), YES)
    third = form.submit(slips_en="2", slips_es="1")
    assert [one.text for one in third.find_all("ul.slips strong")] == codes[0], "nobody sees that somebody answered"
    other = page("/en/team/surveys/new").form("/surveys/new").submit(slips_en="2", slips_es="1")
    assert not {one.text for one in other.find_all("ul.slips strong")} & set(codes[0])
    form.submit(slips_en="3", slips_es="1")
    with work() as session:
        assert session.scalar(select(func.count()).select_from(Survey)) == 3, "other numbers are another survey"


def test_residents_of_a_hidden_place_are_not_asked(page, work) -> None:
    with work() as session:
        hidden = make_market(session, "Hollow Lane", released=False)
        inside = make_member(session, ("community_lead",))
        let_in(session, hidden, inside)
        with pytest.raises(Refused, match="survey_hidden"):
            begun(session, market=hidden)
    sign_in(page.client, inside)
    assert "Hollow" not in page("/en/team/surveys/new").text


def test_who_may_not_know_place_knows_no_survey_there(page, work) -> None:
    with work() as session:
        hidden = make_market(session, "Hollow Lane")
        inside, outside = make_member(session, ("community_lead",)), make_member(session, ("evaluator",))
        let_in(session, hidden, inside)
        survey, _codes = begun(session, market=hidden)
        hidden.released_at = None
        address = f"/en/team/surveys/{survey.id}"
    sign_in(page.client, outside)
    assert page(address, 404).text == page("/en/team/surveys/7", 404).text
    assert "Hollow" not in page("/en/team/surveys/").text + page("/en/team/surveys/new").text
    sign_in(page.client, inside)
    assert "Hollow" in page(address).text


def test_nobody_sees_that_somebody_answered_before_last_day_ends(work, page) -> None:
    with work() as session:
        survey, codes = begun(session)
        lead = session.get_one(Member, survey.author_id)
    sign_in(page.client, lead)
    before = page(f"/en/team/surveys/{survey.id}").text
    with work():
        assert surveys.answer(codes["es"][0], YES)
    assert page(f"/en/team/surveys/{survey.id}").text == before


def test_how_many_of_those_asked_answered(app, work, page) -> None:
    with work() as session:
        survey, codes = begun(session)
        lead = session.get_one(Member, survey.author_id)
        surveys.answer(codes["es"][0], {**YES, SurveyQuestion.TRUST: None})
        numbers = {"handed": 120, "asked": 80, "aware": 40, "safe": 30, "trust": 8, "safe_skip": 20, "trust_skip": 6}
        surveys.type_in(survey, numbers, lead.id)
        survey.opens_on, survey.closes_on = today() - timedelta(days=9), today() - timedelta(days=1)
        address = f"team/surveys/{survey.id}"
    sign_in(page.client, lead)
    with app.app_context():
        surveys.count_all()
    with work() as session:
        flow = surveys.flow_of(session.scalars(select(Survey)).one())
        assert (flow.handed, flow.answered, round(flow.rate or 0)) == (120, 81, 68)
        assert flow.questions[SurveyQuestion.SAFE] == (31, 30, 20)
        assert flow.questions[SurveyQuestion.TRUST] == (8, 66, 7)
        figures = select(Figure.value).join(Measure).where(Measure.key == "handed")
        assert session.scalars(figures).all() == [120]
    shown = page(f"/en/{address}").text
    assert "Of 100 people asked, 68 answered. Nothing is weighted" in shown
    assert "Feel safe 31 30 20" in shown
    assert "Trust – – –" in shown
    assert "De cada 100 personas a quienes se preguntó, respondieron 68." in page(f"/es/{address}").text


@pytest.mark.both_databases
def test_whole_city_is_asked_before_any_place_is_public(app, work, page, lang: str) -> None:
    with work() as session:
        lead = make_member(session, ("community_lead",))
        make_market(session, "Hollow Lane", released=False)
    sign_in(page.client, lead)
    slips = page(f"/{lang}/team/surveys/new").form("/surveys/new").submit(place="0", slips_en="1", slips_es="1")
    name = {"en": "The whole city, no place is named", "es": "Toda la ciudad, sin nombrar ningún lugar"}[lang]
    assert name in slips.text
    assert "Hollow" not in slips.text
    asked = page(f"/{lang}/team/surveys/").follow(name)
    asked.form().submit(asked="12", aware="5", handed="30")
    with work() as session:
        survey = session.scalars(select(Survey)).one()
        survey.opens_on, survey.closes_on = today() - timedelta(days=9), today() - timedelta(days=1)
        said = {event.action for event in session.scalars(select(AuditEvent)) if "survey" in event.action}
        assert said == {"city.survey_called", "city.survey_printed", "city.survey_typed"}
    with app.app_context():
        surveys.count_all()
    with work() as session:
        found = select(Figure.value).join(Measure).join(Area, Area.id == Figure.area_id)
        of_city = found.where(Area.part == "city")
        assert [session.scalar(of_city.where(Measure.key == key)) for key in ("handed", "asked", "aware")] == [
            30,
            12,
            5,
        ]
        assert session.scalar(select(func.count()).select_from(Area)) == 1


TODAY = date(2026, 3, 1)


@given(st.lists(st.sampled_from("012"), min_size=3, max_size=3), st.sampled_from(["", " "]))
def test_figures_are_read_however_they_are_spaced(figures: list[str], gap: str) -> None:
    read = says_of(gap.join(figures))
    assert read is not None
    assert list(read.values()) == [{"1": True, "2": False, "0": None}[figure] for figure in figures]


@pytest.mark.parametrize("rest", ["yes no skip", "si no , prefiero no decirlo", "y n pass", "1 si 2 no 3 no se"])
def test_words_are_read_too(rest: str) -> None:
    assert says_of(rest) == {SurveyQuestion.AWARE: True, SurveyQuestion.SAFE: False, SurveyQuestion.TRUST: None}


def test_nothing_else_is_an_answer() -> None:
    for rest in ["", "1 2", "1 2 3", "1 2 1 1", "yes no", "yes no yes yes", "stop selling", "yes no 1"]:
        assert says_of(rest) is None


def test_who_answers_is_counted_once_and_yes_where_said() -> None:
    assert counted({SurveyQuestion.AWARE: True, SurveyQuestion.SAFE: False, SurveyQuestion.TRUST: None}) == [
        ASKED,
        "aware",
        "trust_skip",
    ]
    assert counted({}) == [ASKED, *SKIPPED.values()]


@given(st.lists(st.integers(-2, 9), min_size=4, max_size=4), st.lists(st.integers(-1, 4), min_size=3, max_size=3))
def test_nobody_says_yes_or_skips_who_did_not_answer(numbers: list[int], skipped: list[int]) -> None:
    counts = dict(zip((ASKED, *surveys.QUESTIONS), numbers, strict=True)) | dict(
        zip(SKIPPED.values(), skipped, strict=True)
    )
    pairs = zip(numbers[1:], skipped, strict=True)
    assert surveys.adds_up(counts) == all(min(pair) >= 0 and sum(pair) <= numbers[0] for pair in pairs)


@pytest.mark.parametrize(
    ("first", "last", "fits"),
    [(0, 0, True), (-5, 0, True), (-5, -1, False), (0, 60, True), (0, 61, False), (3, 2, False)],
)
def test_a_survey_has_an_end(first: int, last: int, fits: bool) -> None:
    assert surveys.days_fit(TODAY + timedelta(first), TODAY + timedelta(last), TODAY) is fits
