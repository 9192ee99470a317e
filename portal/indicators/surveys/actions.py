"""Calling a survey, taking answers, typing in what came on paper, and turning the counts into figures.

Answering adds one to counts and erases the slip, in one transaction: nothing says which slip gave which answer, when,
or from which phone.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from datetime import date

from flask import current_app
from sqlalchemy import delete, select

from portal.commitments.rules.ballots import MOST_SLIPS, is_open
from portal.core.audit import record
from portal.core.clock import today
from portal.core.codes import code_from
from portal.core.crypto import derive, keyed_hash
from portal.core.db import random_id, session
from portal.core.errors import Refused
from portal.indicators.actions import Count, found_area, load_standard_measures
from portal.indicators.actions import record as write_down
from portal.indicators.models import Area, Measure
from portal.indicators.rules.measures import Part
from portal.indicators.rules.months import month_of
from portal.indicators.surveys.models import Survey, SurveySlip, SurveyTally
from portal.indicators.surveys.queries import slip
from portal.indicators.surveys.rules import (
    CHANNELS,
    COUNTED,
    LANGUAGES,
    Says,
    adds_up,
    counted,
    days_fit,
)
from portal.markets.models import Market
from portal.markets.queries import is_shown

CODE_BYTES = 16
PAPER = "paper"
Paper = Mapping[str, Mapping[str, int]]
"""Counts by language, then by measure."""


def call_survey(market: Market, opens_on: date, closes_on: date, author_id: int) -> Survey:
    """Let residents of a place answer between two days. Raises `Refused`."""
    if not is_shown(market.id):
        # Its month would tell, once the place is public, since when there was work.
        raise Refused("survey_hidden")
    if not days_fit(opens_on, closes_on, today()):
        raise Refused("survey_days")
    survey = Survey(id=random_id(), market_id=market.id, opens_on=opens_on, closes_on=closes_on, author_id=author_id)
    session.add(survey)
    # All counts are there from the beginning: two who answer first need not both make one.
    survey.tallies = [
        SurveyTally(language=lang, channel=channel, measure=measure)
        for lang in LANGUAGES
        for channel in CHANNELS
        for measure in COUNTED
    ]
    session.flush()
    record("market.survey_called", "market", market.id, author_id)
    return survey


def print_slips(survey: Survey, wanted: Mapping[str, int], by_id: int) -> dict[str, list[str]]:
    """Codes for so many new slips in each language, told once and kept nowhere. Raises `Refused`."""
    if not 1 <= sum(wanted.values()) <= MOST_SLIPS or survey.counted_on or today() > survey.closes_on:
        raise Refused("survey_slips")
    codes = {lang: [code_from(secrets.token_bytes(CODE_BYTES)) for _ in range(count)] for lang, count in wanted.items()}
    session.add_all(
        SurveySlip(code_hash=hash_of(code), survey_id=survey.id, language=lang)
        for lang, some in codes.items()
        for code in some
    )
    session.flush()
    record("market.survey_printed", "market", survey.market_id, by_id)
    return codes


def survey_for(code: str) -> Survey | None:
    """The survey that a slip is for, while slips are taken."""
    found = slip(hash_of(code))
    survey = session.get(Survey, found.survey_id) if found else None
    is_taken = survey and not survey.counted_on and is_open(survey.opens_on, survey.closes_on, today())
    return survey if is_taken else None


def answer(code: str, says: Says, channel: str) -> bool:
    """Count what somebody says, and use the slip up. False: it is no slip that is taken now."""
    used = slip(hash_of(code), to_use=True)
    survey = survey_for(code) if used else None
    if used is None or survey is None:
        return False
    for measure in counted(says):
        _grow(survey, used.language, channel, measure)
    session.delete(used)
    session.flush()
    return True


def type_in(survey: Survey, paper: Paper, by_id: int) -> None:
    """Keep what was counted on paper forms, in place of what was typed in before. Raises `Refused`."""
    if survey.counted_on:
        raise Refused("survey_counted")
    if not all(adds_up(counts) for counts in paper.values()):
        raise Refused("survey_sums")
    for lang, counts in paper.items():
        for measure in COUNTED:
            _tally(survey, lang, PAPER, measure).count = counts[measure]
    session.flush()
    record("market.survey_typed", "market", survey.market_id, by_id)


def count_survey(survey: Survey) -> None:
    """Turn the counts into figures of its month, by language and in all; slips that nobody used are erased."""
    load_standard_measures()
    area = session.scalar(select(Area).where(Area.market_id == survey.market_id, Area.part == Part.PLACE.value))
    area = area or found_area(session.get_one(Market, survey.market_id), Part.PLACE)
    ids = {row.key: row.id for row in session.execute(select(Measure.key, Measure.id).where(Measure.key.in_(COUNTED)))}
    month = month_of(survey.closes_on)
    write_down(Count(area.id, ids[measure], month, value, lang) for lang, measure, value in _sums(survey))
    session.execute(delete(SurveySlip).where(SurveySlip.survey_id == survey.id))
    survey.counted_on = today()
    session.flush()


def _sums(survey: Survey) -> Iterable[tuple[str, str, int]]:
    """By language, and with "" in all. Nothing if nobody answered: then nothing was counted."""
    sums = {(lang, measure): 0 for lang in ("", *LANGUAGES) for measure in COUNTED}
    for tally in survey.tallies:
        for lang in ("", tally.language):
            sums[lang, tally.measure] += tally.count
    asked = sums["", COUNTED[0]]
    return [(lang, measure, value) for (lang, measure), value in sums.items()] if asked else []


def _grow(survey: Survey, language: str, channel: str, measure: str) -> None:
    tally = _tally(survey, language, channel, measure)
    # The sum is made by the database: two who answer at once are both counted.
    tally.count = SurveyTally.count + 1


def _tally(survey: Survey, language: str, channel: str, measure: str) -> SurveyTally:
    return session.get_one(SurveyTally, (survey.id, language, channel, measure))


def hash_of(code: str) -> str:
    """How a slip is found by its code; with the database alone no code can be tried."""
    secret: str = current_app.extensions["settings"].secret
    return keyed_hash(derive(secret.encode(), "survey slip"), code)
