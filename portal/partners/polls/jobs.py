"""What time brings: whoever has not answered is reminded once, before the last day is over."""

from __future__ import annotations

from sqlalchemy import select

from portal.core.db import db, session
from portal.core.jobs.engine import Engine
from portal.core.jobs.rows import each_row
from portal.core.jobs.timetable import HOUR
from portal.partners.polls.actions.dates import remind
from portal.partners.polls.models import Poll
from portal.partners.polls.queries import polls_to_remind, takes_answers


def start(jobs: Engine) -> None:
    """Add it to the timetable."""
    jobs.timed("polls of circles", HOUR, remind_all)


def remind_all() -> None:
    """Remind those who have not answered, poll by poll, so that a run that dies doubles nothing."""
    with db.work():
        ids = polls_to_remind()
    each_row(ids, _remind)


def _remind(poll_id: int) -> None:
    poll = session.scalar(select(Poll).where(Poll.id == poll_id).with_for_update())
    if poll is not None and poll.reminded_on is None and takes_answers(poll):
        remind(poll)
