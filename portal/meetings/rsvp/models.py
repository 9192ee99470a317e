"""Seats of a meeting and the answers to it. Answers die with the meeting: see the deletion schedule."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, random_id
from portal.meetings.rsvp.rules.answers import (
    AGREED,
    CONTACTS,
    MOST_PEOPLE,
    MOST_RIDE_SEATS,
    RIDES,
    WHYS,
    Ride,
    by_band,
)
from portal.meetings.rsvp.rules.news import CHOICES, KINDS, REMINDERS, USUAL, write_choice
from portal.meetings.rsvp.rules.seats import STATES, Room, State

ONLY_REMINDERS = text(f"kind IN {tuple(one.value for one in REMINDERS)!r}")


class Seats(Base):
    """How many people there is room for, the meeting's code for texts, and the sums that outlive the answers."""

    __tablename__ = "meetings_seats"
    __table_args__ = (
        CheckConstraint("capacity BETWEEN 1 AND 9999", name="capacity"),
        CheckConstraint("reserved BETWEEN 0 AND coalesce(capacity, 0)", name="reserved"),
        CheckConstraint("close_hours BETWEEN 0 AND 168", name="close_hours"),
        CheckConstraint(f"reminders IN {CHOICES!r}", name="reminders"),
    )

    meeting_id: Mapped[int] = mapped_column(ForeignKey("meetings_meeting.id", ondelete="CASCADE"), primary_key=True)
    capacity: Mapped[int | None]
    reserved: Mapped[int] = mapped_column(default=0)
    """Of these, how many only organizers give away."""
    close_hours: Mapped[int] = mapped_column(default=0)
    """So long before the start answers are taken for the last time; it moves with the meeting."""
    text_code: Mapped[str | None] = mapped_column(String(4), unique=True)
    """What people text to answer; given back once the meeting is over."""
    reminders: Mapped[str] = mapped_column(String(20), default=write_choice(USUAL))
    """When people are reminded: "day,hours"; empty: never."""
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
        CheckConstraint(f"agreed_how IN {AGREED!r}", name="agreed_how"),
        CheckConstraint("(agreed_on IS NULL) = (wording IS NULL)", name="agreed"),
        CheckConstraint("state = 'waiting' OR NOT for_host", name="for_host"),
        CheckConstraint("(state = 'taken_out') = (why IS NOT NULL)", name="taken_out"),
        CheckConstraint(f"why IN {WHYS!r}", name="why"),
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
    for_host: Mapped[bool] = mapped_column(default=False)
    """Waits for the host to say yes, and so long it is not in the line."""
    why: Mapped[str | None] = mapped_column(String(10))
    """Why the host took it out."""
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
    agreed_on: Mapped[date | None]
    """With the next two, the record of consent to reminders: when, how, and in which words it was asked."""
    agreed_how: Mapped[str | None] = mapped_column(String(4))
    wording: Mapped[str | None] = mapped_column(ForeignKey("meetings_wording.version"))
    proved_on: Mapped[date | None]
    """When whoever reads there said so from there; what is typed on the web may be somebody else's."""
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

    @property
    def counts_on(self) -> tuple[str, ...]:
        """What of a meeting's offers it asks for, by their names there; food is for whoever comes."""
        asked = {
            "interpreter": self.interpreter,
            "childcare": self.ages,
            "food": True,
            "ride": self.ride == Ride.NEEDS,
        }
        return tuple(need for need, wanted in asked.items() if wanted)

    @property
    def may_be_reminded(self) -> bool:
        """Whether they agreed, and it is certain that it was they."""
        return self.contact is not None and self.agreed_on is not None and self.proved_on is not None


class Wording(Base):
    """The exact words in which people were asked whether they may be reminded, by version."""

    __tablename__ = "meetings_wording"

    version: Mapped[str] = mapped_column(String(16), primary_key=True)
    language: Mapped[str] = mapped_column(String(2))
    words: Mapped[str] = mapped_column(Text)


class Told(Base):
    """That somebody was written to: which state of the meeting, by which way. No words, no name; dies with the answer.

    Of one reminder of one start there is one row for one phone or mailbox: a second worker cannot write another.
    """

    __tablename__ = "meetings_told"
    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS!r}", name="kind"),
        CheckConstraint(f"channel IN {CONTACTS!r}", name="channel"),
        Index(
            None,
            "contact_hash",
            "kind",
            "starts_at",
            unique=True,
            sqlite_where=ONLY_REMINDERS,
            postgresql_where=ONLY_REMINDERS,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    rsvp_id: Mapped[int] = mapped_column(ForeignKey("meetings_rsvp.id", ondelete="CASCADE"), index=True)
    contact_hash: Mapped[str] = mapped_column(String(64))
    channel: Mapped[str] = mapped_column(String(4))
    kind: Mapped[str] = mapped_column(String(10))
    sequence: Mapped[int]
    """What calendars call this state of the meeting."""
    starts_at: Mapped[datetime]
    parcel_id: Mapped[int | None] = mapped_column(ForeignKey("core_outbox.id", ondelete="SET NULL"), index=True)
    """None for a reminder that was left out, because they had just heard of it."""
