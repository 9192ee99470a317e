"""What time brings to leads: they are reminded of sessions that come, and of what is owed."""

from __future__ import annotations

from functools import partial

from portal.accounts.reminders.jobs import remind_all
from portal.core.jobs.engine import Engine
from portal.core.jobs.timetable import HOUR
from portal.partners.board.reminding import ABOUT, open_circles, reminders_of, session_words


def start(jobs: Engine) -> None:
    """Add it to the timetable."""
    jobs.timed("reminders of circles", HOUR, partial(remind_all, ABOUT, open_circles, reminders_of, session_words))
