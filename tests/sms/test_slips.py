"""Residents answer about promises by text, over the real webhook: counted once, kept nowhere, no report."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from portal.commitments.actions.hearings import call_hearing, print_slips
from portal.commitments.models import Item, Slip
from portal.commitments.texts import SLIP_ANSWERS, slip_answer
from portal.core.clock import now, today
from portal.core.codes import show_code
from portal.core.i18n import speaking
from portal.core.web import Portal
from portal.indicators.surveys.actions import call_survey
from portal.indicators.surveys.actions import print_slips as print_survey_slips
from portal.indicators.surveys.texts import how_to_answer
from portal.organisations.rules import Side
from portal.partners.polls.actions.polls import Proposal, ask_guest, propose
from portal.partners.polls.models import Answer
from portal.partners.polls.rules.slots import Span
from portal.partners.queries.circles import my_seat
from portal.reports.models import Thread
from portal.sms.rules.segments import segments
from tests.conftest import Work
from tests.make import both, make_circle, make_commitment, make_market, make_member, make_office
from tests.sms.test_rsvp import RUTH, Say, city, say, settings

__all__ = ["city", "say", "settings"]


def slips(work: Work, count: int = 1) -> list[str]:
    with work() as session:
        office = make_office(session)
        promised = [make_commitment(session, office) for _each in range(2)]
        hearing = call_hearing(
            both("Spring", "Primavera"), promised, today(), today() + timedelta(days=3), promised[0].author_id
        )
        return [show_code(code) for code in print_slips(hearing, count, promised[0].author_id)]


def counted(work: Work) -> list[dict[str, int]]:
    with work() as session:
        return [item.counts for item in session.scalars(select(Item).order_by(Item.position)).unique()]


def test_a_slip_is_counted_once_and_is_no_report(say: Say, work: Work) -> None:
    (code,) = slips(work)
    assert "your answer is counted" in say(f"{code.upper()} 1 3")
    assert [one["kept"] for one in counted(work)] == [1, 0]
    assert [one["broken"] for one in counted(work)] == [0, 1]
    assert "opens nothing" in say(f"{code} 1 3")
    with work() as session:
        assert session.scalar(select(func.count()).select_from(Thread)) == 0
        assert session.scalar(select(func.count()).select_from(Slip)) == 0


def test_a_family_answers_from_one_phone(say: Say, work: Work) -> None:
    for code in slips(work, 3):
        assert "counted" in say(f"{code} 10", RUTH)
    assert counted(work)[0]["kept"] == 3


def test_too_few_figures_are_asked_for_and_the_slip_stays_good(say: Say, work: Work) -> None:
    (code,) = slips(work)
    assert "2 figures" in say(f"{code} 1")
    assert "counted" in say(f"{code} 1 0")


@pytest.mark.parametrize("rest", ["", " 1", " 1 9", " 7 8 9", ", 1, 2."])
def test_a_slip_with_other_figures_is_asked_for_them_and_is_no_report(say: Say, work: Work, rest: str) -> None:
    (promises,) = slips(work)
    with work() as session:
        market = make_market(session, "Ash Street")
        lead = make_member(session, ["community_lead"])
        survey = call_survey(market, today(), today() + timedelta(days=3), lead.id)
        (residents,) = print_survey_slips(survey, {"es": 1}, lead.id)["es"]
        seat = my_seat(make_circle(session, lead).id, lead)
        span = Span(now() + timedelta(days=9), now() + timedelta(days=9, hours=2))
        later = Span(now() + timedelta(days=10), now() + timedelta(days=10, hours=2))
        latest = Span(now() + timedelta(days=11), now() + timedelta(days=11, hours=2))
        poll = propose(seat, Proposal({"question_en": "Q"}, [span, later, latest], today() + timedelta(days=3)))
        elder = ask_guest(seat, poll, "An elder", Side.COMMUNITY, is_essential=False).code
    if rest != ", 1, 2.":
        assert "2 figures" in say(f"{promises}{rest}")
    assert "three figures" in say(f"{residents}{rest}")
    assert "3 times" in say(f"{elder}{rest}")
    with work() as session:
        assert session.scalar(select(func.count()).select_from(Thread)) == 0
    assert "counted" in say(f"{residents} 1 2 0")
    assert "counted" in say(f"{promises} 1 0")


def test_what_only_looks_like_a_code_is_a_report(say: Say, work: Work) -> None:
    assert "arrived" in say("k7f2-qd3b")
    with work() as session:
        assert session.scalar(select(func.count()).select_from(Thread)) == 1


def test_codes_cannot_be_tried_without_end(app: Portal, say: Say, work: Work) -> None:
    most = app.extensions["settings"].codes_per_address
    answers = [say(f"k7f2-qd3{letter} 1", f"+1336555{number:04}") for number, letter in enumerate("bcd")]
    assert all("opens nothing" in answer for answer in answers)
    (code,) = slips(work)
    for _try in range(most + 1):
        say("k7f2-qd3b 1", RUTH)
    say(f"{code} 1 1", RUTH)
    assert counted(work)[0]["kept"] == 0


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize("word", SLIP_ANSWERS)
def test_an_answer_is_short(app: Portal, word: str, lang: str) -> None:
    with app.app_context(), speaking(lang):
        assert segments(f"Common Ground: {slip_answer(word, 9)}").segments == 1


@pytest.mark.parametrize("lang", ["en", "es"])
def test_how_to_answer_a_survey_is_short_too(app: Portal, lang: str) -> None:
    with app.app_context(), speaking(lang):
        assert segments(f"Common Ground: {how_to_answer()}").segments == 1


def test_somebody_on_paper_answers_which_day_suits(say: Say, work: Work) -> None:
    with work() as session:
        lead = make_member(session, ["community_lead"])
        seat = my_seat(make_circle(session, lead).id, lead)
        span = Span(now() + timedelta(days=9), now() + timedelta(days=9, hours=2))
        poll = propose(seat, Proposal({"question_en": "Q"}, [span], today() + timedelta(days=3)))
        code = ask_guest(seat, poll, "An elder", Side.COMMUNITY, is_essential=False).code
    assert "noted" in say(f"{code} 2")
    with work() as session:
        assert session.scalars(select(Answer.choice)).all() == ["maybe"]
        assert session.scalar(select(func.count()).select_from(Thread)) == 0
