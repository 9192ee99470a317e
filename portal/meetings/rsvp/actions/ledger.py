"""Who was told what: written in the transaction that queues it, so that neither is there without the other.

By it everybody who was told of a meeting hears of its changes, and what is no longer so is taken back. It says which
answer was told of which state of the meeting by which way; neither words nor names.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import delete, select

from portal.core.clock import now, zone
from portal.core.db import session
from portal.core.jobs import outbox
from portal.core.jobs.outbox import Parcel, Posted
from portal.core.jobs.rules import UNSETTLED
from portal.core.jobs.rules import State as ParcelState
from portal.meetings.models import Meeting
from portal.meetings.rsvp.models import Rsvp, Told
from portal.meetings.rsvp.queries import seats_of
from portal.meetings.rsvp.rules.news import News, Reminder, read_choice, windows

IN_HAND = (ParcelState.SENDING, ParcelState.UNKNOWN)


def note(rsvp: Rsvp, meeting: Meeting, kind: News | Reminder, parcel: Posted | None) -> None:
    """Write down that somebody is told; without a parcel, that a reminder is left out."""
    session.add(
        Told(
            rsvp_id=rsvp.id,
            contact_hash=rsvp.contact_hash,
            channel=rsvp.contact_kind,
            kind=kind,
            sequence=meeting.sequence,
            starts_at=meeting.starts_at,
            parcel_id=parcel.id if parcel else None,
        )
    )
    session.flush()


def take_back(rsvp: Rsvp, kinds: Iterable[News | Reminder]) -> bool:
    """Keep back what has not gone out of these; of that, they were not told. Whether there was any."""
    recalled = False
    waiting = select(Told).join(Parcel, Parcel.id == Told.parcel_id).where(Parcel.state.in_(UNSETTLED))
    for told in session.scalars(waiting.where(Told.rsvp_id == rsvp.id, Told.kind.in_(tuple(kinds)))).all():
        if told.parcel_id is not None and outbox.recall(told.parcel_id):
            session.delete(told)
            recalled = True
    session.flush()
    return recalled


def still_under_way(rsvp: Rsvp, *, in_hand: bool) -> Posted | None:
    """The last of what is on its way to them, so that what is said next does not overtake it.

    `in_hand`: only what a worker has taken already; anything else may have to wait for the morning.
    """
    states = IN_HAND if in_hand else UNSETTLED
    own = select(Parcel.id).join(Told, Told.parcel_id == Parcel.id).where(Told.rsvp_id == rsvp.id)
    found = session.scalars(own.where(Parcel.state.in_(states)).order_by(Parcel.created_at.desc())).first()
    return Posted(found) if found is not None else None


def forget_told(rsvp: Rsvp) -> None:
    """Whoever leaves, or erases their number, hears nothing more, and nothing stays of what they were told."""
    take_back(rsvp, (*News, *Reminder))
    session.execute(delete(Told).where(Told.rsvp_id == rsvp.id))


def leave_out_reminders(rsvp: Rsvp, meeting: Meeting) -> None:
    """They are just told when it is: no reminder says it again in the same hours."""
    if meeting.starts_at is None or rsvp.contact_hash is None:
        return
    said = select(Told.kind).where(Told.contact_hash == rsvp.contact_hash, Told.starts_at == meeting.starts_at)
    known = set(session.scalars(said))
    for window in windows(meeting.starts_at, read_choice(seats_of(meeting.id).reminders), zone()):
        if window.is_at_hand(now()) and window.reminder not in known:
            note(rsvp, meeting, window.reminder, None)
