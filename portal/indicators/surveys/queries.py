"""Surveys that somebody may know of, and slips by their codes."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from portal.core.clock import today
from portal.core.db import session
from portal.core.errors import NotFound
from portal.indicators.surveys.models import Survey, SurveySlip
from portal.markets.models import Market
from portal.markets.queries import known_market, known_to


def surveys_known_to(member_id: int) -> Sequence[tuple[Survey, Market]]:
    """Every survey of a place that a member may know of, the newest first."""
    theirs = select(Survey, Market).join(Market, Market.id == Survey.market_id).where(known_to(member_id))
    return [(row[0], row[1]) for row in session.execute(theirs.order_by(Survey.closes_on.desc(), Survey.id))]


def known_survey(survey_id: int, member_id: int, *, to_change: bool = False) -> tuple[Survey, Market]:
    """A survey and its place, or `NotFound`: the same for one of a hidden place and for none."""
    asked = select(Survey).where(Survey.id == survey_id)
    found = session.scalar(asked.with_for_update() if to_change else asked)
    if found is None:
        raise NotFound
    return found, known_market(found.market_id, member_id)


def slip(code_hash: str, *, to_use: bool = False) -> SurveySlip | None:
    """A slip that was not used; `to_use` makes a second one who has it wait."""
    asked = select(SurveySlip).where(SurveySlip.code_hash == code_hash)
    return session.scalar(asked.with_for_update() if to_use else asked)


def slips_left(survey_id: int) -> int:
    """How many slips were not used yet."""
    return session.scalar(select(func.count()).select_from(SurveySlip).where(SurveySlip.survey_id == survey_id)) or 0


def surveys_to_count() -> Sequence[int]:
    """Surveys whose last day is over and whose counts are no figures yet."""
    over = select(Survey.id).where(Survey.closes_on < today(), Survey.counted_on.is_(None))
    return session.scalars(over).all()
