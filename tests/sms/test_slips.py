"""Residents answer about promises by text, over the real webhook: counted once, kept nowhere, no report."""

from datetime import timedelta
from functools import partial

import pytest
import time_machine
from sqlalchemy import select

from portal.commitments import hearings
from portal.commitments.hearings import call_hearing, how_to_answer, print_slips
from portal.commitments.promises import HearingItem
from portal.core.clock import now, today
from portal.core.i18n import speaking
from portal.core.texted import segments, show_code
from portal.core.web import Portal
from portal.indicators.surveys import (
    HOW_TO_ANSWER,
    THANKS,
    SurveyTally,
    call_survey,
    print_slips as print_survey_slips,
)
from portal.reports.reports import Thread, ThreadMessage
from portal.sms.replies import NOT_KEPT
from portal.sms.texts import LONGEST_SITE
from tests.conftest import Work
from tests.make import both, make_commitment, make_market, make_member, make_office
from tests.sms.talk import ROSA, RUTH, Say, how_many, phone


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
        return [item.counts for item in session.scalars(select(HearingItem).order_by(HearingItem.position)).unique()]


def test_a_family_answers_from_one_phone(say: Say, work: Work) -> None:
    for code in slips(work, 3):
        assert "counted" in say(f"{code} 10", RUTH)
    assert counted(work)[0]["kept"] == 3


def one_of_each(work: Work) -> tuple[str, str]:
    """A slip about two promises, and one of a survey in Spanish."""
    (promises,) = slips(work)
    with work() as session:
        market = make_market(session, "Ash Street")
        lead = make_member(session, ["community_lead"])
        survey = call_survey(market, today(), today() + timedelta(days=3), lead.id)
        (residents,) = print_survey_slips(survey, {"es": 1}, lead.id)["es"]
    return promises, show_code(residents)


def survey_counts(work: Work) -> dict[str, int]:
    with work() as session:
        rows = session.scalars(select(SurveyTally).where(SurveyTally.count > 0))
        return {row.measure: row.count for row in rows}


def test_slip_with_other_words_is_told_how_without_report(say: Say, work: Work) -> None:
    promises, residents = one_of_each(work)
    rests = "", " 1", " 1 9", " 7 8 9", ", 1, 2.", " si", " they all lie", ": ¡no cumplen nada!"
    for number, rest in enumerate(rests):
        if rest != ", 1, 2.":
            assert "then 2 figures: 1 kept" in say(f"{promises}{rest}", phone(number)), rest
        assert "tres cifras" in say(f"{residents}{rest}", phone(90 + number)), rest
    assert how_many(work, Thread) == 0
    assert "contamos" in say(f"{residents} 1 2 0", RUTH)
    assert "counted" in say(f"{promises} 1 0")


@pytest.mark.parametrize(
    ("promised", "asked"),
    [
        ("kept not kept", "yes no yes"),
        ("Cumplido, incumplido", "Sí. No. Sí."),
        ("y n", "y n y"),
    ],
)
def test_an_answer_in_words_counts_like_figures(say: Say, work: Work, promised: str, asked: str) -> None:
    promises, residents = one_of_each(work)
    assert "counted" in say(f"{promises} {promised}")
    assert "contamos" in say(f"Código: {residents} {asked}", RUTH)
    assert [(one["kept"], one["broken"]) for one in counted(work)] == [(1, 0), (0, 1)]
    assert survey_counts(work) == {"asked": 1, "aware": 1, "trust": 1}
    assert how_many(work, Thread) == 0


def test_slip_code_in_longer_text_is_told_not_reported(say: Say, work: Work) -> None:
    seen = "they sell at the corner of Ash every night"
    for code, sender in zip(one_of_each(work), (ROSA, RUTH), strict=True):
        before = how_many(work, Thread)
        told = say(f"Hello, my paper says {code[:4]} {code[5:]} but {seen}", sender)
        assert "without the code" in told or "sin esas letras" in told
        assert how_many(work, Thread) == before
        assert "arrived" in say(seen, sender)
        say(f"and {code} again", sender)
    # The report that is spoken of is not added to either.
    assert how_many(work, ThreadMessage) == how_many(work, Thread) == 2


def test_slip_too_late_or_twice_is_no_report(say: Say, work: Work) -> None:
    promises, residents = one_of_each(work)
    assert "counted" in say(f"{promises} kept not kept")
    assert "opens nothing" in say(f"{promises} kept not kept")
    (late,) = slips(work)
    with time_machine.travel(now() + timedelta(days=5)):
        assert "not taken now" in say(f"{late} kept kept")
        assert "ahora no se reciben" in say(f"{residents} yes no yes", RUTH)
    assert how_many(work, Thread) == 0


def test_an_unknown_phone_is_answered_in_both_languages(say: Say, work: Work) -> None:
    promises, residents = one_of_each(work)
    for code, rest, english, spanish in (
        (promises, "1", "Send the code", "Mande las letras"),
        (promises, "1 1", "your answer is counted", "ya contamos"),
    ):
        told = say(f"{code} {rest}", RUTH)
        assert english in told
        assert spanish in told
    # The slip of a survey has a language of its own.
    told = say(f"{residents} 1 2 1", RUTH)
    assert "ya contamos" in told and "counted" not in told
    # So has a phone that spoke Spanish.
    (other,) = slips(work)
    say("ESPAÑOL")
    told = say(f"{other} sí no")
    assert "ya contamos" in told and "counted" not in told


def test_what_only_looks_like_a_code_is_a_report(say: Say, work: Work) -> None:
    assert "arrived" in say("k7f2-qd3b")
    assert how_many(work, Thread) == 1


def test_codes_cannot_be_tried_without_end(app: Portal, say: Say, work: Work) -> None:
    most = app.settings.codes_per_address
    answers = [say(f"k7f2-qd3{letter} 1", f"+1336555{number:04}") for number, letter in enumerate("bcd")]
    assert all("opens nothing" in answer for answer in answers)
    (code,) = slips(work)
    for _try in range(most + 1):
        say("k7f2-qd3b 1", RUTH)
    before = how_many(work, Thread)
    for rest in ("1 1", "they all lie"):
        say(f"{code} {rest}", RUTH)
    # The desk reads no code of a slip, even now.
    assert (counted(work)[0]["kept"], how_many(work, Thread)) == (0, before)


BOTH = [
    *(partial(str, text) for name, text in vars(hearings).items() if name.startswith("SLIP_")),
    partial(how_to_answer, 9),
    partial(str, THANKS),
]


def test_answers_are_short_in_both_languages_together(app: Portal) -> None:
    for words in BOTH:
        answers = []
        for lang in ("en", "es"):
            with app.app_context(), speaking(lang):
                assert segments(f"Common Ground: {words()}").segments == 1
                answers.append(f"{words()} {NOT_KEPT}")
                assert segments(f"Common Ground: {HOW_TO_ANSWER}").segments == 1
                assert segments(f"Common Ground: {HOW_TO_ANSWER} {NOT_KEPT}").segments <= 2
        assert segments("x" * LONGEST_SITE + ": " + " / ".join(answers)).segments <= 2
