"""What stays of answers when they are erased, and what goes before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select, update

from portal.core.clock import now
from portal.core.db import session
from portal.meetings.models import Meeting
from portal.meetings.rsvp.actions.keys import contact_hash
from portal.meetings.rsvp.actions.wishes import forget_contact
from portal.meetings.rsvp.models import Rsvp, Seats
from portal.meetings.rsvp.queries import Sums, answers_from, meetings_answered, seats_of


def keep_sums(ids: Sequence[int]) -> None:
    """Add answers that are about to be erased to the sums of their meetings."""
    dying = session.scalars(select(Rsvp).where(Rsvp.id.in_(ids)).order_by(Rsvp.meeting_id)).all()
    for meeting_id in {rsvp.meeting_id for rsvp in dying}:
        seats = session.get(Seats, meeting_id)
        if seats is None:
            seats = seats_of(meeting_id)
            session.add(seats)
        own = [rsvp for rsvp in dying if rsvp.meeting_id == meeting_id]
        seats.sums = Sums.from_json(seats.sums).add(own).to_json()
    session.flush()


def free_text_codes() -> None:
    """Let other meetings have the codes of those that are over."""
    over = select(Meeting.id).where(Meeting.ends_at <= now() - timedelta(days=1))
    session.execute(
        update(Seats).where(Seats.text_code.is_not(None), Seats.meeting_id.in_(over)).values(text_code=None)
    )


def forget_phone(number: str) -> None:
    """Erase a number from every answer; how many come stays."""
    for meeting_id in meetings_answered():
        for rsvp in answers_from(meeting_id, contact_hash(meeting_id, number)):
            forget_contact(rsvp)
