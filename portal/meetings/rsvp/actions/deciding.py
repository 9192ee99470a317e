"""What a host decides about single answers: who is counted, and who is taken out. The meeting must be locked."""

from __future__ import annotations

from collections.abc import Sequence

from portal.core.audit import record
from portal.core.db import session
from portal.meetings.models import Meeting
from portal.meetings.rsvp.actions.line import changing_seats, let_in, move, news_of
from portal.meetings.rsvp.actions.outgoing import tell
from portal.meetings.rsvp.models import Rsvp
from portal.meetings.rsvp.rules.answers import Why
from portal.meetings.rsvp.rules.seats import State

OUT_ALREADY = (State.CANCELLED, State.TAKEN_OUT)


def count_in(meeting: Meeting, rsvp: Rsvp, editor_id: int) -> None:
    """Say yes to many people, or count again whom a host took out: with a seat if there is one, else in the line."""
    if not rsvp.for_host and rsvp.state != State.TAKEN_OUT:
        return
    with changing_seats(meeting):
        let_in(meeting, rsvp)
    tell(rsvp, meeting, news_of(rsvp), unasked=True)
    record("meeting.answer_counted", "meeting", meeting.id, editor_id)


def take_out(meeting: Meeting, chosen: Sequence[Rsvp], why: Why, editor_id: int) -> int:
    """Take answers out; whoever gave one hears why, and the line moves up. Returns how many there were."""
    taken = [rsvp for rsvp in chosen if rsvp.state not in OUT_ALREADY]
    with changing_seats(meeting):
        for rsvp in taken:
            move(rsvp, State.TAKEN_OUT)
            rsvp.why, rsvp.given = why, False
        session.flush()
    for rsvp in taken:
        tell(rsvp, meeting, news_of(rsvp))
        record("meeting.answer_taken_out", "meeting", meeting.id, editor_id)
    return len(taken)
