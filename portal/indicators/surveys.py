"""Surveys of residents. To answer is to count and delete the slip: nothing tells which said what, when or whence."""

from __future__ import annotations

import hmac
import secrets
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import partial

from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, ForeignKey, String, delete, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.users import Member
from portal.commitments.promise_rules import is_open
from portal.core.clock import today
from portal.core.crypto import derive, keyed_hash, site_key
from portal.core.db import Base, added, db, one, random_id, session
from portal.core.i18n import LANGUAGES, speaking
from portal.core.jobs.engine import each_row
from portal.core.portal import current_portal
from portal.core.slugs import public_address
from portal.core.statuses import Refused
from portal.core.texted import NO_WORDS, UNSURE_WORDS, YES_WORDS, SlipAnswer, SlipKind, code_from, listed, read_says
from portal.indicators import counts
from portal.indicators.counts import FigureEntry, Measure, record_at
from portal.indicators.statistics.terms import month_of
from portal.markets.places import Market, is_shown, known_market


class SurveyQuestion(StrEnum):
    """The value is also the key of the measure in which yes answers are counted."""

    AWARE = "aware"
    SAFE = "safe"
    TRUST = "trust"


HANDED, ASKED = "handed", "asked"
"""Those who were given a slip or a form, and those who answered."""
QUESTIONS = tuple(SurveyQuestion)
SKIPPED = {question: f"{question.value}_skip" for question in QUESTIONS}
"""By question the counter of those who answered the others and not this one."""
FIGURES_OF = (HANDED, ASKED, *(question.value for question in QUESTIONS))
COUNTED = (*FIGURES_OF, *SKIPPED.values())
FIGURES = {"1": True, "2": False, "0": None}
"""The figures printed on the slip for text messages: 1 yes, 2 no, 0 I'd rather not say."""
_SKIPPED = """skip, pass, id rather not say, rather not say, prefer not to say, prefiero no decir, prefiero no decirlo,
    saltar, paso"""
WORDS: dict[str, bool | None] = {
    **dict.fromkeys(YES_WORDS, True),
    **dict.fromkeys(NO_WORDS, False),
    **dict.fromkeys((*UNSURE_WORDS, *listed(_SKIPPED)), None),
}
"""The same in words, folded; "I don't know" counts as neither yes nor no."""

Says = Mapping[SurveyQuestion, bool | None]


def says_of(rest: str) -> Says | None:
    """Parse the answers in the text after a code; None unless there is exactly one for each question."""
    answers = read_says(rest, FIGURES, WORDS)
    return dict(zip(QUESTIONS, answers, strict=True)) if answers and len(answers) == len(QUESTIONS) else None


def counted(says: Says) -> list[str]:
    skipped = [counter for question, counter in SKIPPED.items() if says.get(question) is None]
    return [ASKED, *(question.value for question in QUESTIONS if says.get(question)), *skipped]


def adds_up(counts: Mapping[str, int]) -> bool:
    sums = [(counts[question.value], counts.get(SKIPPED[question], 0)) for question in QUESTIONS]
    return all(min(pair) >= 0 and sum(pair) <= counts[ASKED] for pair in sums)


class Survey(Base):
    """A survey of residents between two days. Its counts belong to the month of its last day."""

    __tablename__ = "indicators_survey"
    __table_args__ = (CheckConstraint("closes_on >= opens_on", name="order"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    market_id: Mapped[int | None] = mapped_column(ForeignKey("markets_market.id", ondelete="CASCADE"), index=True)
    """The place; None for the whole city, which can be asked before any place is public."""
    opens_on: Mapped[date]
    closes_on: Mapped[date]
    counted_on: Mapped[date | None]
    """The day on which its counts became figures; no answer or change is accepted after that."""
    author_id: Mapped[int] = mapped_column(ForeignKey("accounts_member.id"))

    tallies: Mapped[list[SurveyTally]] = relationship(lazy="selectin", cascade="all, delete-orphan")


class SurveyTally(Base):
    __tablename__ = "indicators_survey_tally"
    __table_args__ = (
        CheckConstraint(f"measure IN {COUNTED!r}", name="measure"),
        CheckConstraint("count >= 0", name="count"),
    )

    survey_id: Mapped[int] = mapped_column(ForeignKey("indicators_survey.id", ondelete="CASCADE"), primary_key=True)
    on_paper: Mapped[bool] = mapped_column(primary_key=True)
    """Whether it was typed in from paper forms, which may be done anew; else slips brought it."""
    measure: Mapped[str] = mapped_column(String(10), primary_key=True)
    count: Mapped[int] = mapped_column(default=0)


class SurveySlip(Base):
    """A printed slip that has not been used, by a keyed hash of its code. Answering deletes the row."""

    __tablename__ = "indicators_survey_slip"
    __table_args__ = (CheckConstraint(f"language IN {LANGUAGES!r}", name="language"),)

    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    survey_id: Mapped[int] = mapped_column(ForeignKey("indicators_survey.id", ondelete="CASCADE"), index=True)
    language: Mapped[str] = mapped_column(String(2))


def known_survey(survey_id: int, member_id: int, *, to_change: bool = False) -> tuple[Survey, Market | None]:
    """Return a survey and its place, None for the city. Raises `NotFound` alike for a hidden place and for none."""
    survey = one(select(Survey).where(Survey.id == survey_id), to_change=to_change)
    return survey, known_market(survey.market_id, member_id) if survey.market_id is not None else None


def unused_slip(code: str, *, to_use: bool = False) -> SurveySlip | None:
    """Return an unanswered slip by its code. `to_use` locks the row, so that a second user of the slip waits."""
    return session.get(SurveySlip, hash_of(code), with_for_update=to_use)


CODE_BYTES = 16
A_FORM = "a form that makes slips of a survey"


def survey_of_form(nonce: bytes, author_id: int) -> Survey | None:
    """Return the survey that this form has made already: it was sent twice. A second one waits for the first."""
    # On PostgreSQL two requests that write do not wait for each other by themselves.
    one(select(Member.id).where(Member.id == author_id), to_change=True)
    return session.get(Survey, _id_from(nonce, author_id))


def _id_from(nonce: bytes, author_id: int) -> int:
    drawn = hmac.digest(site_key(current_portal.settings.secret, A_FORM), b"survey %d " % author_id + nonce, "sha256")
    # As many bits as `random_id` has.
    return (int.from_bytes(drawn[:8]) >> 2) + 1


def codes_from(nonce: bytes, wanted: Mapping[str, int]) -> dict[str, list[str]]:
    """Return the codes of a form's slips by language, used ones too: nobody is to see that somebody answered."""
    key = site_key(current_portal.settings.secret, A_FORM)
    codes: dict[str, list[str]] = {}
    for lang, count in wanted.items():
        drawn = (hmac.digest(key, f"{lang} {at} ".encode() + nonce, "sha256") for at in range(count))
        codes[lang] = [code_from(digest[:CODE_BYTES]) for digest in drawn]
    return codes


def call_survey(
    market: Market | None, opens_on: date, closes_on: date, author_id: int, nonce: bytes | None = None
) -> Survey:
    """Ask residents between two days that fit, see `days_fit`. Raises `Refused` if the place is hidden."""
    if market is not None and not is_shown(market.id):
        # The month of the survey would reveal, once the place is public, since when there was work.
        raise Refused("survey_hidden")
    survey_id = _id_from(nonce, author_id) if nonce else random_id()
    days = {"opens_on": opens_on, "closes_on": closes_on}
    survey = Survey(id=survey_id, market_id=market.id if market else None, author_id=author_id, **days)
    # All counters exist from the beginning, so that the first two answers do not both insert one.
    survey.tallies = [SurveyTally(on_paper=paper, measure=measure) for paper in (False, True) for measure in COUNTED]
    added(survey)
    record_at(survey.market_id, "survey_called", author_id, survey.id)
    return survey


def print_slips(
    survey: Survey, wanted: Mapping[str, int], by_id: int, nonce: bytes | None = None
) -> dict[str, list[str]]:
    """Create slips, for one nonce the same (a second tap hides the page), storing only hashes."""
    codes = codes_from(nonce or secrets.token_bytes(CODE_BYTES), wanted)
    for lang, some in codes.items():
        session.add_all(SurveySlip(code_hash=hash_of(code), survey_id=survey.id, language=lang) for code in some)
    session.flush()
    record_at(survey.market_id, "survey_printed", by_id, survey.id)
    return codes


def survey_for(code: str) -> Survey | None:
    printed = unused_slip(code)
    survey = session.get(Survey, printed.survey_id) if printed else None
    is_taken = survey and not survey.counted_on and is_open(survey.opens_on, survey.closes_on, today())
    return survey if is_taken else None


def answer(code: str, says: Says) -> bool:
    """Count a resident's answers and delete the slip. Return False if the slip is not accepted now."""
    used = unused_slip(code, to_use=True)
    survey = survey_for(code) if used else None
    if used is None or survey is None:
        return False
    for measure in counted(says):
        # The database adds, so that two simultaneous answers are both counted.
        session.get_one(SurveyTally, (survey.id, False, measure)).count = SurveyTally.count + 1
    session.delete(used)
    session.flush()
    return True


def type_in(survey: Survey, counts: Mapping[str, int], by_id: int) -> None:
    """Save the counts of paper forms, which add up, in place of earlier ones. Raises `Refused` if counted."""
    if survey.counted_on:
        raise Refused("survey_counted")
    for measure, count in counts.items():
        session.get_one(SurveyTally, (survey.id, True, measure)).count = count
    session.flush()
    record_at(survey.market_id, "survey_typed", by_id, survey.id)


def count_all() -> None:
    with db.work():
        ended = select(Survey.id).where(Survey.closes_on < today(), Survey.counted_on.is_(None))
        waiting = session.scalars(ended).all()
    each_row(waiting, count_survey)


def count_survey(survey_id: int) -> None:
    """Turn the counts into figures of the survey's month, and delete unused slips, unless it is counted already."""
    survey = session.scalar(select(Survey).where(Survey.id == survey_id).with_for_update())
    if survey is None or survey.counted_on is not None:
        return
    counts.load_standard_measures()
    area = counts.place_area(session.get(Market, survey.market_id) if survey.market_id is not None else None)
    ids = session.execute(select(Measure.key, Measure.id).where(Measure.key.in_(FIGURES_OF)))
    sums, month = _totals(survey), month_of(survey.closes_on)
    # Nobody wrote down how many were asked, or not all: then there is no such figure. Without answers there is none.
    written_down = sums[HANDED] >= sums[ASKED]
    counts.write_figures(
        FigureEntry(area.id, row.id, month, sums[row.key])
        for row in ids
        if sums[ASKED] and (written_down or row.key != HANDED)
    )
    session.execute(delete(SurveySlip).where(SurveySlip.survey_id == survey.id))
    survey.counted_on = today()
    session.flush()


@dataclass(frozen=True)
class Flow:
    handed: int
    answered: int
    rate: float | None
    """Of 100 people asked, those who answered; None if nobody wrote down how many were asked."""
    questions: Mapping[SurveyQuestion, tuple[int, int, int]]
    """Those who said yes, who said no, who left it out."""


def flow_of(survey: Survey) -> Flow:
    sums = _totals(survey)
    handed, answered = sums[HANDED], sums[ASKED]
    yes_and_skipped = {question: (sums[question.value], sums[SKIPPED[question]]) for question in QUESTIONS}
    parts = {question: (yes, answered - yes - skipped, skipped) for question, (yes, skipped) in yes_and_skipped.items()}
    return Flow(handed, answered, 100 * answered / handed if handed >= answered > 0 else None, parts)


def _totals(survey: Survey) -> Counter[str]:
    sums = Counter[str]()
    for tally in survey.tallies:
        sums[tally.measure] += tally.count
    return sums


def hash_of(code: str) -> str:
    """Return the keyed hash of a slip's code; without the server's secret, a copy of the database cannot test codes."""
    secret: str = current_portal.settings.secret
    return keyed_hash(derive(secret.encode(), "survey slip"), code)


QUESTION_TEXTS = {
    SurveyQuestion.AWARE: _l("Have you heard of the effort against open drug selling in this city?"),
    SurveyQuestion.SAFE: _l("Do you feel safe, or fairly safe, outside here after dark?"),
    SurveyQuestion.TRUST: _l("Do you trust, or mostly trust, that the city and the police keep their word?"),
}
COLUMNS = {
    HANDED: _l("Slips and forms given out"),
    ASKED: _l("Paper forms that came back"),
    SurveyQuestion.AWARE: _l("Have heard of it"),
    SurveyQuestion.SAFE: _l("Feel safe"),
    SurveyQuestion.TRUST: _l("Trust"),
    SKIPPED[SurveyQuestion.AWARE]: _l("Left out: heard of it"),
    SKIPPED[SurveyQuestion.SAFE]: _l("Left out: safe"),
    SKIPPED[SurveyQuestion.TRUST]: _l("Left out: trust"),
}
ANSWERS = {"yes": _l("Yes"), "no": _l("No"), "skip": _l("I'd rather not say")}
REFUSALS = {
    "survey_days": _l("A survey lasts at most 60 days, and its last day may not be over."),
    "survey_hidden": _l("Residents of a place can be asked once it is public. Before, ask the whole city."),
    "survey_slips": _l("At most 500 slips at a time, and only while the survey runs."),
    "survey_sums": _l("More people said yes or left the question out than forms came back. Please check the numbers."),
    "survey_counted": _l("This survey is counted already. Nothing can be changed."),
}
AUDITED = {
    "market.survey_called": _l("called a survey"),
    "market.survey_printed": _l("printed slips of a survey"),
    "market.survey_typed": _l("typed in the counts of a survey"),
    "city.survey_called": _l("called a survey of the whole city"),
    "city.survey_printed": _l("printed slips of a survey of the whole city"),
    "city.survey_typed": _l("typed in the counts of a survey of the whole city"),
}
ON_SITE = _l("Type this code at %(address)s. It asks three questions and counts once.")
ON_SITE_OR_BY_TEXT = _l(
    "Type this code at %(address)s, or text to %(number)s: the code, then for each question 1 for yes, "
    "2 for no, 0 to skip. For example: %(example)s. It counts once."
)


def slip_texts(lang: str, number: str) -> tuple[list[str], str]:
    address = public_address("surveys.enter", lang=lang).removeprefix("https://").removeprefix("http://")
    about = {"address": address, "number": number, "example": "k7f2-qd3m 1 2 1"}
    with speaking(lang):
        words = str(ON_SITE_OR_BY_TEXT if number else ON_SITE) % about
        return [str(question) for question in QUESTION_TEXTS.values()], words


NOT_NOW = _l("Thank you, but answers are not taken now.")
HOW_TO_ANSWER = _l("Please send the code, then three figures: 1 for yes, 2 for no, 0 to skip.")
THANKS = _l("Thank you, your answer is counted. The slip is used up.")


def _take(code: str, rest: str) -> SlipAnswer | None:
    printed, says = unused_slip(code), says_of(rest)
    if printed is None:
        return None
    language = printed.language
    if survey_for(code) is None:
        return SlipAnswer(partial(str, NOT_NOW), language)
    if says is None:
        # The slip is valid and only the answers are not: it stays usable, and the text is not filed as a report.
        return SlipAnswer(partial(str, HOW_TO_ANSWER), language)
    return SlipAnswer(partial(str, THANKS), language, is_done=True) if answer(code, says) else None


SURVEY_SLIPS = SlipKind(lambda code: unused_slip(code) is not None, _take, lambda rest: says_of(rest) is not None)
