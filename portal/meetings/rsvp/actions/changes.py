"""What everybody who answered is told when a meeting changes. Every function wants a meeting that is held locked."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from portal.meetings.models import Meeting
from portal.meetings.rsvp.actions.host import tell_host_anew
from portal.meetings.rsvp.actions.ledger import leave_out_reminders, take_back
from portal.meetings.rsvp.actions.line import NOT_GONE
from portal.meetings.rsvp.actions.outgoing import tell
from portal.meetings.rsvp.queries import answers_of
from portal.meetings.rsvp.rules.news import News
from portal.meetings.rsvp.rules.times import LAST_OFFER


def tell_moved(meeting: Meeting, before: datetime | None) -> None:
    """Write to everybody who answered that day, hours or place are others; offers still end in time.

    `before`: when it was to start until now. Nobody is reminded at that hour any more.
    """
    for rsvp in answers_of(meeting.id, *NOT_GONE):
        if rsvp.offered_until is not None and meeting.starts_at is not None:
            rsvp.offered_until = min(rsvp.offered_until, meeting.starts_at - LAST_OFFER)
        tell(rsvp, meeting, News.MOVED, before=before)
        leave_out_reminders(rsvp, meeting)
    tell_host_anew(meeting)


def tell_cancelled(meeting: Meeting) -> None:
    """Write to everybody who answered that it does not take place."""
    for rsvp in answers_of(meeting.id, *NOT_GONE):
        tell(rsvp, meeting, News.CANCELLED)
    tell_host_anew(meeting)


def tell_withdrawn(meeting: Meeting, needs: Collection[str]) -> None:
    """Write to everybody who counted on what is not there any more."""
    for rsvp in answers_of(meeting.id, *NOT_GONE):
        if set(needs) & set(rsvp.counts_on):
            tell(rsvp, meeting, News.WITHDRAWN)


def recall_withdrawn(meeting: Meeting, needs: Collection[str]) -> None:
    """These are offered again: nobody reads in the morning that there are none. What else is gone is told anew."""
    for rsvp in answers_of(meeting.id, *NOT_GONE) if needs else ():
        recalled = bool(set(needs) & set(rsvp.counts_on)) and take_back(rsvp, (News.WITHDRAWN,))
        if recalled and set(meeting.gone) & set(rsvp.counts_on):
            tell(rsvp, meeting, News.WITHDRAWN)
