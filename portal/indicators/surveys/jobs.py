"""What time brings: a survey whose last day is over becomes figures."""

from __future__ import annotations

from sqlalchemy import select

from portal.core.db import db, session
from portal.core.jobs.engine import Engine
from portal.core.jobs.rows import each_row
from portal.core.jobs.timetable import HOUR
from portal.indicators.surveys.actions import count_survey
from portal.indicators.surveys.models import Survey
from portal.indicators.surveys.queries import surveys_to_count


def start(jobs: Engine) -> None:
    """Add it to the timetable."""
    jobs.timed("surveys", HOUR, count_all)


def count_all() -> None:
    """Count each survey that has ended."""
    with db.work():
        waiting = surveys_to_count()
    each_row(waiting, _count)


def _count(survey_id: int) -> None:
    survey = session.scalar(select(Survey).where(Survey.id == survey_id).with_for_update())
    if survey is not None and survey.counted_on is None:
        count_survey(survey)
