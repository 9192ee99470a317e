"""Reminders: queued when their time has come, for whoever comes and agreed; and which ones an organizer chose."""

from __future__ import annotations

from collections.abc import Sequence

from portal.core.audit import record
from portal.core.clock import now, zone
from portal.core.db import db
from portal.meetings.models import Meeting
from portal.meetings.rsvp.actions.consent import prove
from portal.meetings.rsvp.actions.hosting import open_seats
from portal.meetings.rsvp.actions.ledger import leave_out_reminders, take_back
from portal.meetings.rsvp.actions.outgoing import remind
from portal.meetings.rsvp.actions.wishes import forget_contact
from portal.meetings.rsvp.models import Rsvp
from portal.meetings.rsvp.queries import answers_of, seats_of, to_remind
from portal.meetings.rsvp.rules.news import REMINDERS, Reminder, read_choice, windows, write_choice

MOST_AT_ONCE = 100
"""In one transaction, while which nobody else can answer."""


def queue_reminders(meeting: Meeting) -> bool:
    """Queue what is due by now, by the start as it is now. The meeting must be locked. True: there may be more."""
    if meeting.starts_at is None or meeting.is_cancelled or meeting.starts_at <= now():
        return False
    left = MOST_AT_ONCE
    for window in windows(meeting.starts_at, read_choice(seats_of(meeting.id).reminders), zone()):
        if window.is_at_hand(now()):
            due = to_remind(meeting, window.reminder, left)
            for rsvp in due:
                remind(rsvp, meeting, window)
            left -= len(due)
    return left <= 0


def set_reminders(meeting: Meeting, chosen: Sequence[Reminder], editor_id: int) -> None:
    """Say when people are reminded; what is queued and no longer wanted is taken back."""
    open_seats(meeting).reminders = write_choice(chosen)
    unwanted = [reminder for reminder in REMINDERS if reminder not in chosen]
    for rsvp in answers_of(meeting.id):
        take_back(rsvp, unwanted)
    record("meeting.reminders_set", "meeting", meeting.id, editor_id)


def accept_reminders(meeting: Meeting, rsvp: Rsvp) -> None:
    """Whoever reads the number or address that was typed says that it is theirs."""
    if rsvp.proved_on is None:
        prove(rsvp)
        leave_out_reminders(rsvp, meeting)


def decline_reminders(rsvp: Rsvp) -> None:
    """It was not they: number or address are erased, and the answer of whoever typed it stays."""
    forget_contact(rsvp)
    db.after_commit(db.forget_journal)
