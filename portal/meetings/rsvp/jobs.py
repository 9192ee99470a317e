"""What time brings: offers end, seats go to the next in line, people are reminded, codes for texts are free again."""

from __future__ import annotations

from portal.core.db import db
from portal.core.errors import NotFound
from portal.core.jobs.engine import Engine
from portal.core.jobs.rows import each_row
from portal.core.jobs.timetable import DAY, MINUTE
from portal.meetings.rsvp.actions import (
    free_text_codes,
    give_text_code,
    meetings_without_text_code,
    queue_reminders,
    settle_seats,
)
from portal.meetings.rsvp.queries import locked_meeting, meetings_to_remind, meetings_to_settle


def start(jobs: Engine) -> None:
    """Add them to the timetable."""
    jobs.timed("seats", MINUTE, settle_all)
    jobs.timed("reminders", MINUTE, remind_all)
    jobs.timed("codes of meetings", DAY, share_out_codes)


def settle_all() -> None:
    """Hand on the free seats of each meeting."""
    with db.work():
        ids = meetings_to_settle()
    each_row(ids, _settle)


def _settle(meeting_id: int) -> None:
    try:
        meeting = locked_meeting(meeting_id)
    except NotFound:
        # Its place was hidden, or it was taken back, since the list was made.
        return
    settle_seats(meeting)


def remind_all() -> None:
    """Queue the reminders whose time has come; a run that dies is gone on with by the next, and doubles nothing."""
    with db.work():
        ids = meetings_to_remind()
    each_row(ids, _remind_all_of)


def _remind_all_of(meeting_id: int) -> None:
    while _remind(meeting_id):
        continue


def _remind(meeting_id: int) -> bool:
    with db.work():
        try:
            meeting = locked_meeting(meeting_id)
        except NotFound:
            return False
        return queue_reminders(meeting)


def share_out_codes() -> None:
    """Back from meetings that are over, and to those that have none. Once a day is enough: there are nine hundred."""
    with db.work():
        free_text_codes()
        waiting = meetings_without_text_code()
    each_row(waiting, give_text_code)
