"""What time brings: offers end, seats go to the next in line, codes of meetings that are over are free again."""

from __future__ import annotations

from portal.core.db import db
from portal.core.errors import NotFound
from portal.core.jobs.engine import Engine
from portal.core.jobs.timetable import DAY, MINUTE
from portal.meetings.rsvp.actions import free_text_codes, give_text_codes, settle_seats
from portal.meetings.rsvp.queries import locked_meeting, meetings_to_settle


def start(jobs: Engine) -> None:
    """Add them to the timetable."""
    jobs.timed("seats", MINUTE, settle_all)
    jobs.timed("codes of meetings", DAY, share_out_codes)


def settle_all() -> None:
    """Each meeting by itself: one that fails does not hold up the others' seats for longer than a minute."""
    with db.work():
        ids = meetings_to_settle()
    for meeting_id in ids:
        with db.work():
            _settle(meeting_id)


def _settle(meeting_id: int) -> None:
    try:
        meeting = locked_meeting(meeting_id)
    except NotFound:
        # Its place was hidden, or it was taken back, since the list was made.
        return
    settle_seats(meeting)


def share_out_codes() -> None:
    """Back from meetings that are over, and to those that have none. Once a day is enough: there are nine thousand."""
    with db.work():
        free_text_codes()
        give_text_codes()
