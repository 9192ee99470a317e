"""What time brings to promises: those who made them are reminded of their day."""

from __future__ import annotations

from functools import partial

from portal.accounts.reminders.jobs import remind_all
from portal.accounts.reminders.texts import due_words
from portal.commitments.actions.reminders import ABOUT, promises_to_remind, reminders_of
from portal.core.jobs.engine import Engine
from portal.core.jobs.timetable import HOUR


def start(jobs: Engine) -> None:
    """Add it to the timetable."""
    jobs.timed("reminders of promises", HOUR, partial(remind_all, ABOUT, promises_to_remind, reminders_of, due_words))
