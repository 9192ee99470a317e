"""Surveys: a slip counts once, by any way; counts become figures; a hidden place is not betrayed."""

from datetime import date, timedelta

import pytest
from hypothesis import given, strategies as st
from sqlalchemy import func, select

from portal.accounts.users import Member
from portal.commitments.promise_rules import days_fit
from portal.core.audit import AuditEvent
from portal.core.clock import today
from portal.core.statuses import Refused
from portal.core.texted import read_code
from portal.indicators import surveys
from portal.indicators.counts import Area, Figure, Measure
from portal.indicators.statistics.terms import month_of
from portal.indicators.surveys import ASKED, SKIPPED, Survey, SurveyQuestion, SurveySlip, counted, says_of
from tests.make import let_in, make_market, make_member
from tests.page import Page, reader_of

YES = dict.fromkeys(SurveyQuestion, True)
PAPER = {"asked": 50, "aware": 21, "safe": 14, "trust": 3}


def begun(session, **given) -> tuple[Survey, dict[str, list[str]]]:
    lead = make_member(session, ("community_lead",))
    market = given["market"] if "market" in given else make_market(session, "Elm Street")
    survey = surveys.call_survey(market, today(), today() + timedelta(days=14), lead.id)
    return survey, surveys.print_slips(survey, {"en": 2, "es": 2}, lead.id)


def count_once_over(app, work) -> None:
    """The last day of the only survey was yesterday, and what came in is counted."""
    with work() as session:
        survey = session.scalars(select(Survey)).one()
        survey.opens_on, survey.closes_on = today() - timedelta(days=9), today() - timedelta(days=1)
    for _twice in range(2):
        with app.app_context():
            surveys.count_all()


def sums(survey: Survey) -> dict[str, int]:
    assert not any(one.count for one in survey.tallies if one.on_paper)
    return {one.measure: one.count for one in survey.tallies if one.count}


@pytest.mark.both_databases
def test_a_slip_counts_once_by_web_or_text(session) -> None:
    survey, codes = begun(session)
    assert surveys.answer(codes["es"][0], {**YES, SurveyQuestion.SAFE: None})
    assert not surveys.answer(codes["es"][0], YES)
    session.expire_all()
    assert sums(survey) == dict.fromkeys(("asked", "aware", "safe_skip", "trust"), 1)
    told = surveys.SURVEY_SLIPS.take(codes["en"][0], "1 0 2")
    assert told is not None
    assert ("counted" in told.words(), told.language) == (True, "en")
    assert surveys.SURVEY_SLIPS.take(codes["en"][0], "1 0 2") is None
    session.expire_all()
    assert sums(survey) == {"asked": 2, "aware": 2, "safe_skip": 2, "trust": 1}
    assert session.scalar(select(func.count()).select_from(SurveySlip)) == 2


@pytest.mark.both_databases
def test_what_is_over_becomes_figures_of_its_month_once(app, work) -> None:
    with work() as session:
        survey, codes = begun(session)
        surveys.answer(codes["es"][0], YES)
        for _twice in range(2):
            surveys.type_in(survey, PAPER, survey.author_id)
    count_once_over(app, work)
    with work() as session:
        rows = session.execute(select(Measure.key, Figure.value, Figure.month_on).join_from(Figure, Measure)).all()
        survey = session.scalars(select(Survey)).one()
        assert {row.month_on for row in rows} == {month_of(survey.closes_on)}
        # More came back than were given out, as far as anybody wrote down: then nobody knows how many were asked.
        assert {row.key: row.value for row in rows} == {"asked": 51, "aware": 22, "safe": 15, "trust": 4}
        assert session.scalar(select(func.count()).select_from(SurveySlip)) == 0
        with pytest.raises(Refused, match="survey_counted"):
            surveys.type_in(survey, PAPER, 1)


def test_a_survey_that_nobody_answered_makes_no_figure(app, work) -> None:
    with work() as session:
        begun(session)
    count_once_over(app, work)
    with work() as session:
        assert session.scalar(select(func.count()).select_from(Figure)) == 0
        assert session.scalars(select(Survey)).one().counted_on == today()


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


def test_a_lead_calls_prints_and_types_in(app, work) -> None:
    with work() as session:
        lead, organizer, first = (
            make_member(session, ("community_lead",)),
            make_member(session, ("organizer",)),
            today(),
        )
        make_market(session, "Elm Street")
    read = reader_of(app, lead)
    # Whoever counts nothing else comes to the surveys from the room at once; others by its tab.
    assert reader_of(app, organizer).client.get("/es/team/figures/").location.endswith("/es/team/surveys/")
    new = read("/es/team/surveys/new").form("/surveys/new")
    slips = new.submit(slips_en="2", slips_es="1")
    assert len(list(slips.find_all("ul.slips strong"))) == 3
    wrong = (
        read("/es/team/figures/")
        .follow("Encuestas")
        .follow("Calle Elm")
        .form()
        .submit(status=422, asked="3", aware="4")
    )
    assert wrong.form().values["aware"] == "4"
    assert wrong.form().submit(asked="5").form().values["asked"] == "5"
    assert "al menos un papelito" in new.submit(status=422, slips_en="0", slips_es="0").text
    turned = new.submit(status=422, opens_on=f"{first}", closes_on=f"{first - timedelta(days=1)}")
    assert "antes del primero" in turned.text


@pytest.mark.both_databases
def test_form_sent_twice_makes_one_survey_with_same_slips(app, work) -> None:
    with work() as session:
        lead = make_member(session, ("community_lead",))
        make_market(session, "Elm Street")

    def codes(slips: Page) -> list[str]:
        return [one.text or "" for one in slips.find_all("ul.slips strong")]

    read = reader_of(app, lead)
    form = read("/en/team/surveys/new").form("/surveys/new")
    first, second = (form.submit(slips_en="2", slips_es="1") for _tap in range(2))
    assert codes(first) == codes(second) and len(set(codes(first))) == 3
    assert "made already" in second.text and "made already" not in first.text
    with work():
        assert surveys.answer(read_code(codes(first)[0]), YES)
    third = form.submit(slips_en="2", slips_es="1")
    assert codes(third) == codes(first), "nobody sees that somebody answered"
    other = read("/en/team/surveys/new").form("/surveys/new").submit(slips_en="2", slips_es="1")
    assert not set(codes(other)) & set(codes(first))
    form.submit(slips_en="3", slips_es="1")
    with work() as session:
        assert session.scalar(select(func.count()).select_from(Survey)) == 3, "other numbers are another survey"


def test_who_may_not_know_place_knows_no_survey_there(app, work) -> None:
    with work() as session:
        hidden = make_market(session, "Hollow Lane")
        inside, outside = make_member(session, ("community_lead",)), make_member(session, ("evaluator",))
        let_in(session, hidden, inside)
        survey, _codes = begun(session, market=hidden)
        hidden.released_at = None
        with pytest.raises(Refused, match="survey_hidden"):
            begun(session, market=hidden)
        address = f"/en/team/surveys/{survey.id}"
    read = reader_of(app, outside)
    assert read(address, 404).text == read("/en/team/surveys/7", 404).text
    assert "Hollow" not in read("/en/team/surveys/").text + read("/en/team/surveys/new").text
    read = reader_of(app, inside)
    assert "Hollow" in read(address).text and "Hollow" not in read("/en/team/surveys/new").text


def test_how_many_answered_is_seen_afterwards_only(app, work) -> None:
    with work() as session:
        survey, codes = begun(session)
        lead = session.get_one(Member, survey.author_id)
    read, address = reader_of(app, lead), f"/en/team/surveys/{survey.id}"
    before = read(address).text
    with work():
        assert surveys.answer(codes["es"][0], {**YES, SurveyQuestion.TRUST: None})
    assert read(address).text == before, "nobody sees that somebody answered"
    with work() as session:
        numbers = {"handed": 120, "asked": 80, "aware": 40, "safe": 30, "trust": 8, "safe_skip": 20, "trust_skip": 6}
        surveys.type_in(session.get_one(Survey, survey.id), numbers, lead.id)
    count_once_over(app, work)
    with work() as session:
        flow = surveys.flow_of(session.scalars(select(Survey)).one())
        assert (flow.handed, flow.answered, round(flow.rate or 0)) == (120, 81, 68)
        assert flow.questions[SurveyQuestion.SAFE] == (31, 30, 20)
        assert flow.questions[SurveyQuestion.TRUST] == (8, 66, 7)
        figures = select(Figure.value).join(Measure).where(Measure.key == "handed")
        assert session.scalars(figures).all() == [120]
    shown = read(address).text
    assert "Of 100 people asked, 68 answered. Nothing is weighted" in shown
    assert "Feel safe 31 30 20" in shown
    assert "Trust – – –" in shown


def test_whole_city_is_asked_before_any_place_is_public(app, work) -> None:
    with work() as session:
        lead = make_member(session, ("community_lead",))
        make_market(session, "Hollow Lane", released=False)
    read = reader_of(app, lead)
    slips = read("/es/team/surveys/new").form("/surveys/new").submit(place="0", slips_en="1", slips_es="1")
    name = "Toda la ciudad, sin nombrar ningún lugar"
    assert name in slips.text
    assert "Hollow" not in slips.text
    read("/es/team/surveys/").follow(name).form().submit(asked="12", aware="5", handed="30")
    count_once_over(app, work)
    with work() as session:
        said = {event.action for event in session.scalars(select(AuditEvent)) if "survey" in event.action}
        assert said == {"city.survey_called", "city.survey_printed", "city.survey_typed"}
        of_city = select(Measure.key, Figure.value).join_from(Figure, Measure).join(Area).where(Area.part == "city")
        found = {row.key: row.value for row in session.execute(of_city)}
        assert [found[key] for key in ("handed", "asked", "aware")] == [30, 12, 5]
        assert session.scalar(select(func.count()).select_from(Area)) == 1


TODAY = date(2026, 3, 1)


@given(st.lists(st.sampled_from("012"), min_size=3, max_size=3), st.sampled_from(["", " "]))
def test_figures_are_read_however_they_are_spaced(figures: list[str], gap: str) -> None:
    read = says_of(gap.join(figures))
    assert read is not None
    assert list(read.values()) == [{"1": True, "2": False, "0": None}[figure] for figure in figures]


def test_words_are_read_and_nothing_else_answers() -> None:
    for rest in ["yes no skip", "si no , prefiero no decirlo", "y n pass", "1 si 2 no 3 no se"]:
        assert says_of(rest) == {SurveyQuestion.AWARE: True, SurveyQuestion.SAFE: False, SurveyQuestion.TRUST: None}
    for rest in ["", "1 2", "1 2 3", "1 2 1 1", "yes no", "yes no yes yes", "stop selling", "yes no 1"]:
        assert says_of(rest) is None


def test_who_answers_is_counted_once_and_yes_where_said() -> None:
    answered = {SurveyQuestion.AWARE: True, SurveyQuestion.SAFE: False, SurveyQuestion.TRUST: None}
    assert counted(answered) == [ASKED, "aware", "trust_skip"]
    assert counted({}) == [ASKED, *SKIPPED.values()]


@given(st.lists(st.integers(-2, 9), min_size=4, max_size=4), st.lists(st.integers(-1, 4), min_size=3, max_size=3))
def test_nobody_says_yes_or_skips_who_did_not_answer(numbers: list[int], skipped: list[int]) -> None:
    counts = dict(zip((ASKED, *surveys.QUESTIONS), numbers, strict=True)) | dict(
        zip(SKIPPED.values(), skipped, strict=True)
    )
    pairs = zip(numbers[1:], skipped, strict=True)
    assert surveys.adds_up(counts) == all(min(pair) >= 0 and sum(pair) <= numbers[0] for pair in pairs)


def test_a_survey_has_an_end() -> None:
    for first, last, fits in [
        *((0, 0, True), (-5, 0, True), (-5, -1, False)),
        *((0, 60, True), (0, 61, False), (3, 2, False)),
    ]:
        assert days_fit(TODAY + timedelta(first), TODAY + timedelta(last), TODAY) is fits
