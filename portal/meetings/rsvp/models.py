"""Seats of a meeting and the answers to it. Answers die with the meeting: see the deletion schedule."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, random_id
from portal.meetings.rsvp.rules.answers import CONTACTS, MOST_PEOPLE, MOST_RIDE_SEATS, RIDES, Ride, by_band
from portal.meetings.rsvp.rules.seats import STATES, Room, State


class Seats(Base):
    """How many people there is room for, the meeting's code for texts, and the sums that outlive the answers."""

    __tablename__ = "meetings_seats"
    __table_args__ = (
        CheckConstraint("capacity BETWEEN 1 AND 9999", name="capacity"),
        CheckConstraint("reserved BETWEEN 0 AND coalesce(capacity, 0)", name="reserved"),
        CheckConstraint("close_hours BETWEEN 0 AND 168", name="close_hours"),
    )

    meeting_id: Mapped[int] = mapped_column(ForeignKey("meetings_meeting.id", ondelete="CASCADE"), primary_key=True)
    capacity: Mapped[int | None]
    reserved: Mapped[int] = mapped_column(default=0)
    """Of these, how many only organizers give away."""
    close_hours: Mapped[int] = mapped_column(default=0)
    """So long before the start answers are taken for the last time; it moves with the meeting."""
    text_code: Mapped[str | None] = mapped_column(String(4), unique=True)
    """What people text to answer; given back once the meeting is over."""
    sums: Mapped[dict[str, Any] | None] = mapped_column(JSON)

    @property
    def room(self) -> Room:
        return Room(self.capacity, self.reserved)


class Rsvp(Base):
    """One answer: how many come and what they need. Nobody is asked for a name.

    Nothing here can be joined with a report or a subscription: `contact_hash` is made with a key of this very meeting.
    """

    __tablename__ = "meetings_rsvp"
    __table_args__ = (
        CheckConstraint(f"state IN {STATES!r}", name="state"),
        CheckConstraint(f"party BETWEEN 1 AND {MOST_PEOPLE}", name="party"),
        CheckConstraint(f"ride IN {RIDES!r}", name="ride"),
        CheckConstraint(f"ride_seats BETWEEN 0 AND {MOST_RIDE_SEATS}", name="ride_seats"),
        CheckConstraint(f"contact_kind IN {CONTACTS!r}", name="contact_kind"),
        CheckConstraint("(state = 'offered') = (offered_until IS NOT NULL)", name="offer"),
        CheckConstraint("(contact IS NULL) = (contact_hash IS NULL)", name="contact"),
        UniqueConstraint("meeting_id", "contact_hash", "letter"),
        Index(None, "meeting_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    """Follows from the form's nonce, so that a form that is sent twice is one answer."""
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meetings_meeting.id", ondelete="CASCADE"))
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    state: Mapped[str] = mapped_column(String(10))
    party: Mapped[int]
    given: Mapped[bool] = mapped_column(default=False)
    """On a reserved seat, given by an organizer."""
    position: Mapped[int]
    """Where it stands in the line of its meeting."""
    offered_until: Mapped[datetime | None] = mapped_column(index=True)
    ages: Mapped[str] = mapped_column(String(40), default="")
    """Of the children who need childcare: "3,5,11"."""
    interpreter: Mapped[str] = mapped_column(String(5), default="")
    ride: Mapped[str] = mapped_column(String(6), default=Ride.NONE)
    ride_seats: Mapped[int] = mapped_column(default=0)
    access_needs: Mapped[bytes | None] = mapped_column(LargeBinary)
    first_name: Mapped[bytes | None] = mapped_column(LargeBinary)
    contact_kind: Mapped[str | None] = mapped_column(String(4))
    contact: Mapped[bytes | None] = mapped_column(LargeBinary)
    contact_hash: Mapped[str | None] = mapped_column(String(64))
    letter: Mapped[str | None] = mapped_column(String(1))
    """Tells families apart who share a phone."""
    parcel_id: Mapped[int | None] = mapped_column(ForeignKey("core_outbox.id", ondelete="SET NULL"))
    """What was written to them last: taken back if it is no longer so before it has gone out."""
    language: Mapped[str] = mapped_column(String(2))
    answered_on: Mapped[date]
    ask_by: Mapped[date | None]
    """Until when it was asked whether childcare and ride are still needed."""
    confirmed_on: Mapped[date | None]

    @property
    def child_ages(self) -> tuple[int, ...]:
        return tuple(int(age) for age in self.ages.split(",") if age)

    @property
    def bands(self) -> tuple[int, ...]:
        return by_band(self.child_ages)

    @property
    def is_coming(self) -> bool:
        return self.state == State.COMING

    @property
    def needs_preparing(self) -> bool:
        """Whether somebody has to be ready for them: with childcare, or with a seat in a car."""
        return bool(self.ages or self.ride)
