"""Seats of meetings and the answers (RSVPs) to them, which are erased after it: tables, queries, sums for the host."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from flask_babel import gettext as _, ngettext
from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, bindparam, func, select, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.clock import now
from portal.core.db import Base, Encrypted, Moment, one, random_id, session
from portal.core.jobs.outbox import OutboundMessage, Wording
from portal.core.jobs.retries import DeliveryState
from portal.meetings.meeting import Meeting, public_meetings
from portal.meetings.readiness import MeetingState
from portal.meetings.rsvp import rules
from portal.meetings.rsvp.rules import REMINDERS, ContactKind, Ride, RsvpState, SeatLevel

ONLY_REMINDERS = text(f"kind IN {tuple(map(str, REMINDERS))!r}")


class MeetingSeats(Base):
    """The capacity of a meeting, its text code, and the sums that are kept after the answers are erased."""

    __tablename__ = "meetings_seats"
    __table_args__ = (
        CheckConstraint("capacity BETWEEN 1 AND 9999", name="capacity"),
        CheckConstraint("close_hours BETWEEN 0 AND 168", name="close_hours"),
        CheckConstraint(f"reminders IN {rules.CHOICES!r}", name="reminders"),
    )

    meeting_id: Mapped[int] = mapped_column(ForeignKey("meetings_meeting.id", ondelete="CASCADE"), primary_key=True)
    capacity: Mapped[int | None]
    close_hours: Mapped[int] = mapped_column(default=0)
    """Hours before the start at which answers close; the deadline moves with the meeting."""
    text_code: Mapped[str | None] = mapped_column(String(4), unique=True)
    """The number that residents text to answer; released once the meeting is over."""
    reminders: Mapped[str] = mapped_column(String(20), default=rules.USUAL_CHOICE)
    """The chosen reminders, "day,hours"; empty for none."""
    sums: Mapped[dict[str, Any] | None] = mapped_column(JSON)


class Rsvp(Base):
    """An answer to a meeting, without a name. `contact_hash` is keyed per meeting: it joins with nothing else."""

    __tablename__ = "meetings_rsvp"
    __table_args__ = (
        CheckConstraint(f"party BETWEEN 1 AND {rules.MOST_PEOPLE}", name="party"),
        CheckConstraint(f"ride_seats BETWEEN 0 AND {rules.MOST_RIDE_SEATS}", name="ride_seats"),
        CheckConstraint("(contact IS NULL) = (contact_hash IS NULL)", name="contact"),
        CheckConstraint("(agreed_on IS NULL) = (wording IS NULL)", name="agreed"),
        CheckConstraint("state = 'cancelled' OR why IS NULL", name="taken_out"),
        UniqueConstraint("meeting_id", "contact_hash", "letter"),
        Index(None, "meeting_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    """Derived from the nonce of the form, so that a form sent twice is one answer."""
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meetings_meeting.id", ondelete="CASCADE"))
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    state: Mapped[RsvpState]
    party: Mapped[int]
    why: Mapped[rules.Why | None]
    """The reason for which the host took it out."""
    ages: Mapped[str] = mapped_column(String(40), default="")
    """Ages of the children who need childcare: "3,5,11"."""
    interpreter: Mapped[str] = mapped_column(String(5), default="")
    ride: Mapped[Ride] = mapped_column(default=Ride.NONE)
    ride_seats: Mapped[int] = mapped_column(default=0)
    access_needs: Mapped[str] = mapped_column(Encrypted(lost=""), default="")
    first_name: Mapped[str] = mapped_column(Encrypted(lost=""), default="")
    contact_kind: Mapped[ContactKind | None]
    contact: Mapped[str | None] = mapped_column(Encrypted(lost=None))
    contact_hash: Mapped[str | None] = mapped_column(String(64))
    letter: Mapped[str | None] = mapped_column(String(1))
    """Distinguishes families who share a phone."""
    agreed_on: Mapped[date | None]
    """With the next two columns the record of consent to reminders: when, how, and with which wording."""
    agreed_how: Mapped[rules.ReminderConsent | None]
    wording: Mapped[str | None] = mapped_column(ForeignKey("meetings_wording.version"))
    proved_on: Mapped[date | None]
    """When the owner of the contact confirmed it from there; a contact typed on the web may be a stranger's."""
    language: Mapped[str] = mapped_column(String(2))
    answered_on: Mapped[date]
    ask_by: Mapped[date | None]
    """The day by which the resident was asked to confirm needs for childcare and rides."""
    confirmed_on: Mapped[date | None]
    asked_on: Mapped[date | None]
    """The day of their last question by text that no host has marked as read; its words are in `access_needs`."""

    @property
    def child_ages(self) -> tuple[int, ...]:
        return tuple(int(age) for age in self.ages.split(",") if age)

    @property
    def is_coming(self) -> bool:
        return self.state == RsvpState.COMING

    @property
    def needs_preparing(self) -> bool:
        """Whether the host must prepare for them: childcare, or a seat in a car."""
        return bool(self.ages or self.ride)

    @property
    def counts_on(self) -> tuple[str, ...]:
        """The offers of the meeting that this answer relies on, by their names there; food is for all who come."""
        rides = self.ride == Ride.NEEDS
        wanted_of = {"interpreter": self.interpreter, "childcare": self.ages, "food": True, "ride": rides}
        return tuple(need for need, wanted in wanted_of.items() if wanted)


class ReminderWording(Wording):
    __tablename__ = "meetings_wording"


class RsvpNotice(Base):
    """The record of a message: kind, state of the meeting, channel. It has no text or name and dies with the answer.

    A reminder of one kind and start has one row per contact: a second worker cannot write another.
    """

    __tablename__ = "meetings_told"
    __table_args__ = (
        CheckConstraint(f"kind IN {rules.KINDS!r}", name="kind"),
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
    channel: Mapped[ContactKind]
    kind: Mapped[str] = mapped_column(String(10))
    sequence: Mapped[int]
    """The iCalendar SEQUENCE of this state of the meeting."""
    starts_at: Mapped[datetime]
    message_id: Mapped[int | None] = mapped_column(ForeignKey("core_outbox.id", ondelete="SET NULL"), index=True)
    """None for a reminder that was left out, because the resident had just been told the start."""


def locked_meeting(meeting_id: int) -> Meeting:
    """Return a public meeting, locked so that changes of its seats come one by one. Raises `NotFound`."""
    return one(public_meetings(Meeting.id == meeting_id).execution_options(populate_existing=True), to_change=True)


def meeting_of(rsvp: Rsvp, *, to_change: bool) -> Meeting:
    """Return the meeting of an answer, locked and both read anew `to_change` them. Raises `NotFound` unless public."""
    if not to_change:
        return one(public_meetings(Meeting.id == rsvp.meeting_id))
    meeting = locked_meeting(rsvp.meeting_id)
    # Only under the lock is it certain that no other request changes it.
    session.refresh(rsvp)
    return meeting


def is_public(meeting: Meeting) -> bool:
    return session.scalars(public_meetings(Meeting.id == meeting.id)).one_or_none() is not None


def meeting_by_text_code(code: str) -> Meeting | None:
    coded = select(MeetingSeats.meeting_id).where(MeetingSeats.text_code == code)
    return session.scalars(public_meetings(Meeting.id.in_(coded), Meeting.ends_at > now())).one_or_none()


def text_codes_ahead() -> Sequence[str]:
    ahead = public_meetings(Meeting.ends_at > now()).with_only_columns(Meeting.id)
    codes = session.scalars(select(MeetingSeats.text_code).where(MeetingSeats.meeting_id.in_(ahead)))
    return [code for code in codes if code is not None]


def seats_of(meeting_id: int) -> MeetingSeats:
    """Return the seats of a meeting; defaults that were never set are not stored."""
    usual = {"close_hours": 0, "reminders": rules.USUAL_CHOICE}
    return session.get(MeetingSeats, meeting_id) or MeetingSeats(meeting_id=meeting_id, **usual)


def held_seats(meeting_id: int) -> int:
    people = select(func.sum(Rsvp.party)).where(Rsvp.meeting_id == meeting_id, Rsvp.state == RsvpState.COMING)
    return int(session.scalar(people) or 0)


def level_of(meeting_id: int) -> SeatLevel:
    capacity = seats_of(meeting_id).capacity
    return SeatLevel.OPEN if capacity is None else rules.level(capacity, held_seats(meeting_id))


def is_open(meeting: Meeting) -> bool:
    if meeting.state != MeetingState.PUBLISHED or meeting.starts_at is None:
        return False
    return rules.takes_answers(meeting.starts_at, seats_of(meeting.id).close_hours, now())


def answers_of(meeting_id: int, *states: RsvpState) -> Sequence[Rsvp]:
    """Return answers by their day, reloaded from the database."""
    answers = select(Rsvp).where(Rsvp.meeting_id == meeting_id, Rsvp.state.in_(states or tuple(RsvpState)))
    ordered = answers.order_by(Rsvp.answered_on, Rsvp.id)
    return session.scalars(ordered.execution_options(populate_existing=True)).all()


def unread_questions(meeting_ids: Collection[int]) -> dict[int, int]:
    """Return how many people of these meetings asked something that no host has marked as read, by meeting."""
    asking = select(Rsvp.meeting_id, func.count().label("people")).group_by(Rsvp.meeting_id)
    rows = session.execute(asking.where(Rsvp.meeting_id.in_(meeting_ids), Rsvp.asked_on.is_not(None)))
    return {row.meeting_id: row.people for row in rows}


def answers_from(meeting_id: int, contact_hash: str) -> Sequence[Rsvp]:
    own = select(Rsvp).where(Rsvp.meeting_id == meeting_id, Rsvp.contact_hash == contact_hash)
    return session.scalars(own.order_by(Rsvp.letter).execution_options(populate_existing=True)).all()


def to_remind(meeting: Meeting, reminder: rules.Reminder, most: int) -> list[Rsvp]:
    """Return answers that are coming, have consented and have no such reminder for this start; one per contact."""
    same = RsvpNotice.kind == reminder, RsvpNotice.starts_at == meeting.starts_at
    reminded = select(RsvpNotice.id).where(RsvpNotice.contact_hash == Rsvp.contact_hash, *same).exists()
    reached = Rsvp.contact.is_not(None), Rsvp.agreed_on.is_not(None), Rsvp.proved_on.is_not(None)
    due = select(Rsvp).where(Rsvp.meeting_id == meeting.id, Rsvp.state == RsvpState.COMING, *reached, ~reminded)
    answers = session.scalars(due.order_by(Rsvp.letter.desc()).limit(most)).all()
    return list({rsvp.contact_hash: rsvp for rsvp in answers}.values())


def meetings_answered_ahead() -> Sequence[Meeting]:
    ahead = public_meetings(Meeting.ends_at > now(), Meeting.id.in_(select(Rsvp.meeting_id)))
    return session.scalars(ahead.order_by(Meeting.starts_at)).all()


ANY_TOLD = (
    select(RsvpNotice.id)
    .join(OutboundMessage, OutboundMessage.id == RsvpNotice.message_id)
    .where(RsvpNotice.channel == ContactKind.TEXT, OutboundMessage.sending_since >= bindparam("since", type_=Moment))
    .limit(1)
)


def told_by_text(hashes: Iterable[str], since: datetime) -> dict[str, str]:
    """Return the kind of the last message that each contact was sent by SMS since then, by hash."""
    sent = OutboundMessage.id == RsvpNotice.message_id
    to_them = RsvpNotice.contact_hash.in_(list(hashes)), RsvpNotice.channel == ContactKind.TEXT
    went_out = select(RsvpNotice.contact_hash, RsvpNotice.kind).join(OutboundMessage, sent).where(*to_them)
    rows = session.execute(
        went_out.where(OutboundMessage.sending_since >= since).order_by(OutboundMessage.sending_since)
    )
    return {row.contact_hash: row.kind for row in rows}


@dataclass
class Sums:
    """The sums for which a host prepares. Counts only."""

    answers: int = 0
    people: int = 0
    children: list[int] = field(default_factory=lambda: [0] * len(rules.BANDS))
    interpreters: Counter[str] = field(default_factory=Counter)
    rides_needed: int = 0
    seats_offered: int = 0
    access: int = 0

    @classmethod
    def of(cls, kept: dict[str, Any] | None, answers: Iterable[Rsvp]) -> Sums:
        """Return the sums that were `kept` of erased answers, and of these."""
        sums = cls(**{**kept, "interpreters": Counter(kept["interpreters"])}) if kept else cls()
        for rsvp in (rsvp for rsvp in answers if rsvp.is_coming):
            sums.answers += 1
            sums.people += rsvp.party
            sums.children = list(map(sum, zip(sums.children, rules.by_band(rsvp.child_ages), strict=True)))
            sums.interpreters.update(filter(None, [rsvp.interpreter]))
            sums.rides_needed += rsvp.party if rsvp.ride == Ride.NEEDS else 0
            sums.seats_offered += rsvp.ride_seats if rsvp.ride == Ride.OFFERS else 0
            sums.access += bool(rsvp.access_needs)
        return sums


def sums_of(meeting_id: int) -> Sums:
    return Sums.of(seats_of(meeting_id).sums, answers_of(meeting_id))


MISSED = (DeliveryState.FAILED, DeliveryState.STALE, DeliveryState.SUPPRESSED)


class AnswerReach(NamedTuple):
    """Counts of answers by how their residents are told. `later`: those of `told` who are told in the morning."""

    told: int = 0
    later: int = 0
    missed: int = 0
    unreached: int = 0


def reach_of(meeting: Meeting, needs: Collection[str] = ()) -> AnswerReach:
    """Return the reach of the last change. `needs`: it only concerns answers that rely on one of these."""
    notices = select(RsvpNotice).join(Rsvp, Rsvp.id == RsvpNotice.rsvp_id)
    notices = notices.where(Rsvp.meeting_id == meeting.id, RsvpNotice.kind.in_(rules.CHANGES))
    last = session.scalar(notices.with_only_columns(func.max(RsvpNotice.sequence)))
    sent = notices.outerjoin(OutboundMessage, OutboundMessage.id == RsvpNotice.message_id)
    columns = RsvpNotice.rsvp_id, OutboundMessage.state, OutboundMessage.due_at
    told, later, missed = set[int](), set[int](), set[int]()
    for rsvp_id, state, due_at in session.execute(sent.where(RsvpNotice.sequence == last).with_only_columns(*columns)):
        (missed if state in MISSED else told).add(rsvp_id)
        if state == DeliveryState.DUE and due_at > now():
            later.add(rsvp_id)
    without_contact = [rsvp for rsvp in answers_of(meeting.id, RsvpState.COMING) if rsvp.contact is None]
    unreached = sum(not needs or not set(needs).isdisjoint(rsvp.counts_on) for rsvp in without_contact)
    return AnswerReach(len(told), len(later), len(missed - told), unreached)


def standing_reach(meeting: Meeting) -> AnswerReach:
    """Return the reach of the change that the page of the meeting announces."""
    if meeting.is_cancelled or meeting.is_moved:
        return reach_of(meeting)
    return reach_of(meeting, meeting.gone) if meeting.gone else AnswerReach()


def reach_in_words(*reaches: AnswerReach) -> str:
    """Return sentences for the organizer who made a change: how many are told, and how many cannot be reached."""
    told, later, missed, unreached = map(sum, zip(AnswerReach(), *reaches, strict=True))
    at_the_door = ngettext(
        "%(num)s left no phone and no e-mail: please tell them at the door.",
        "%(num)s left no phone and no e-mail: please tell them at the door.",
        unreached,
    )
    sentences = (
        (told, ngettext("%(num)s who answered is told.", "%(num)s who answered are told.", told)),
        (later, ngettext("%(num)s of them at 8 in the morning.", "%(num)s of them at 8 in the morning.", later)),
        (missed, ngettext("%(num)s could not be reached.", "%(num)s could not be reached.", missed)),
        (unreached, at_the_door),
    )
    words = " ".join(sentence for number, sentence in sentences if number)
    return words or str(_("Nobody answered who would have to be told."))
