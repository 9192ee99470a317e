"""Seats of a meeting and the answers to it. Answers die with the meeting: see the deletion schedule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    exists,
    func,
    select,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.clock import now, zone
from portal.core.db import Base, random_id, session
from portal.core.jobs.outbox import OutboundMessage
from portal.core.jobs.retries import DeliveryState as ParcelState
from portal.core.statuses import NotFound
from portal.meetings.meeting import Meeting, public_meetings
from portal.meetings.readiness import MeetingState
from portal.meetings.rsvp.reminder_times import (
    CHANGES,
    CHOICES,
    FURTHEST,
    KINDS,
    REMINDERS,
    USUAL,
    Reminder,
    is_last_day,
    offer_until,
    takes_answers,
    write_choice,
)
from portal.meetings.rsvp.seats import (
    AGREED,
    BANDS,
    CONTACTS,
    HOLDING,
    MOST_PEOPLE,
    MOST_RIDE_SEATS,
    RIDES,
    STATES,
    WHYS,
    ContactKind,
    InLine,
    Ride,
    RsvpState,
    SeatCapacity,
    SeatLevel,
    SeatsTaken,
    by_band,
    level,
)

ONLY_REMINDERS = text(f"kind IN {tuple(one.value for one in REMINDERS)!r}")


class MeetingSeats(Base):
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
    def room(self) -> SeatCapacity:
        return SeatCapacity(self.capacity, self.reserved)


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
        return self.state == RsvpState.COMING

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


class ReminderWording(Base):
    """The exact words in which people were asked whether they may be reminded, by version."""

    __tablename__ = "meetings_wording"

    version: Mapped[str] = mapped_column(String(16), primary_key=True)
    language: Mapped[str] = mapped_column(String(2))
    words: Mapped[str] = mapped_column(Text)


class RsvpNotice(Base):
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


def locked_meeting(meeting_id: int) -> Meeting:
    """A public meeting whose seats nobody else changes until this transaction ends, or `NotFound`."""
    found = public_meetings(Meeting.id == meeting_id).with_for_update(of=Meeting)
    meeting = session.scalars(found.execution_options(populate_existing=True)).one_or_none()
    if meeting is None:
        raise NotFound
    return meeting


def meeting_of(rsvp: Rsvp) -> Meeting:
    """The meeting of an answer, if the public may know of it; else `NotFound`."""
    meeting = session.scalars(public_meetings(Meeting.id == rsvp.meeting_id)).one_or_none()
    if meeting is None:
        raise NotFound
    return meeting


def is_public(meeting: Meeting) -> bool:
    """Whether everybody may know of this meeting now."""
    return session.scalars(public_meetings(Meeting.id == meeting.id)).one_or_none() is not None


def is_known(meeting: Meeting) -> bool:
    """Whether anybody outside the team was told of it: everybody may see it, or somebody answered."""
    answered = exists().where(Rsvp.meeting_id == meeting.id)
    return is_public(meeting) or bool(session.scalar(select(answered)))


def meeting_by_text_code(code: str) -> Meeting | None:
    """The public meeting that is texted about with this code."""
    coded = select(MeetingSeats.meeting_id).where(MeetingSeats.text_code == code)
    return session.scalars(public_meetings(Meeting.id.in_(coded), Meeting.ends_at > now())).one_or_none()


def text_codes_ahead() -> Sequence[str]:
    """The codes that public meetings to come are texted about with."""
    ahead = public_meetings(Meeting.ends_at > now()).with_only_columns(Meeting.id)
    found = session.scalars(select(MeetingSeats.text_code).where(MeetingSeats.meeting_id.in_(ahead)))
    return [code for code in found if code is not None]


def seats_of(meeting_id: int) -> MeetingSeats:
    """The seats of a meeting; one that was never asked for is not stored."""
    usual = write_choice(USUAL)
    return session.get(MeetingSeats, meeting_id) or MeetingSeats(
        meeting_id=meeting_id, reserved=0, close_hours=0, reminders=usual
    )


def room_of(meeting_id: int) -> SeatCapacity:
    """How many people there is room for."""
    return seats_of(meeting_id).room


def held_seats(meeting_id: int) -> SeatsTaken:
    """How many people hold a seat."""
    statement = (
        select(Rsvp.given, func.sum(Rsvp.party))
        .where(Rsvp.meeting_id == meeting_id, Rsvp.state.in_(HOLDING))
        .group_by(Rsvp.given)
    )
    sums = {given: int(people) for given, people in session.execute(statement)}
    return SeatsTaken(open=sums.get(False, 0), reserved=sums.get(True, 0))


def line_of(meeting_id: int, before: int | None = None) -> tuple[InLine, ...]:
    """Who waits, in order; only those `before` a place in it, if that is given."""
    waiting = select(Rsvp.id, Rsvp.party).where(
        Rsvp.meeting_id == meeting_id, Rsvp.state == RsvpState.WAITING, ~Rsvp.for_host
    )
    if before is not None:
        waiting = waiting.where(Rsvp.position < before)
    return tuple(InLine(row.id, row.party) for row in session.execute(waiting.order_by(Rsvp.position)))


def level_of(meeting_id: int) -> SeatLevel:
    """What everybody may hear about the seats."""
    room = room_of(meeting_id)
    return SeatLevel.OPEN if room.capacity is None else level(room, held_seats(meeting_id), bool(line_of(meeting_id)))


def is_open(meeting: Meeting) -> bool:
    """Whether new answers are taken."""
    if meeting.state != MeetingState.PUBLISHED or meeting.starts_at is None:
        return False
    return takes_answers(meeting.starts_at, seats_of(meeting.id).close_hours, now())


def in_last_hours(meeting: Meeting) -> bool:
    """Whether no more offers are made, so that whoever waits may take what is free."""
    return meeting.starts_at is not None and offer_until(now(), meeting.starts_at, zone()) is None


def on_last_day(meeting: Meeting) -> bool:
    """Whether whoever fits may go first."""
    return meeting.starts_at is not None and is_last_day(meeting.starts_at, now())


def answers_of(meeting_id: int, *states: RsvpState) -> Sequence[Rsvp]:
    """Answers in their order, as they stand in the database now."""
    found = select(Rsvp).where(Rsvp.meeting_id == meeting_id, Rsvp.state.in_(states or tuple(RsvpState)))
    return session.scalars(found.order_by(Rsvp.position).execution_options(populate_existing=True)).all()


def answers_from(meeting_id: int, contact_hash: str) -> Sequence[Rsvp]:
    """The answers that one phone or mailbox gave to a meeting."""
    own = select(Rsvp).where(Rsvp.meeting_id == meeting_id, Rsvp.contact_hash == contact_hash)
    return session.scalars(own.order_by(Rsvp.letter).execution_options(populate_existing=True)).all()


def rsvp_by_code(code_hash: str) -> Rsvp | None:
    """The answer that somebody's code opens."""
    return session.scalar(select(Rsvp).where(Rsvp.code_hash == code_hash))


def meetings_to_settle() -> Sequence[int]:
    """Meetings to come in which somebody waits or has an offer."""
    unsettled = Rsvp.state.in_((RsvpState.WAITING, RsvpState.OFFERED))
    ahead = select(Meeting.id).where(Meeting.starts_at > now(), Meeting.state == MeetingState.PUBLISHED)
    return session.scalars(ahead.where(Meeting.id.in_(select(Rsvp.meeting_id).where(unsettled)))).all()


def meetings_to_remind() -> Sequence[int]:
    """Meetings so near that somebody may have to be reminded."""
    near = select(Meeting.id).where(
        Meeting.state == MeetingState.PUBLISHED, Meeting.starts_at > now(), Meeting.starts_at <= now() + FURTHEST
    )
    reached = select(Rsvp.meeting_id).where(Rsvp.state == RsvpState.COMING, Rsvp.proved_on.is_not(None))
    return session.scalars(near.where(Meeting.id.in_(reached))).all()


def to_remind(meeting: Meeting, reminder: Reminder, most: int) -> list[Rsvp]:
    """Who comes, agreed, and was not reminded so far of this start; one answer for each phone or mailbox."""
    said = exists().where(
        RsvpNotice.contact_hash == Rsvp.contact_hash,
        RsvpNotice.kind == reminder,
        RsvpNotice.starts_at == meeting.starts_at,
    )
    reached = Rsvp.contact.is_not(None), Rsvp.agreed_on.is_not(None), Rsvp.proved_on.is_not(None)
    due = select(Rsvp).where(Rsvp.meeting_id == meeting.id, Rsvp.state == RsvpState.COMING, *reached, ~said)
    found = session.scalars(due.order_by(Rsvp.letter.desc()).limit(most)).all()
    return list({rsvp.contact_hash: rsvp for rsvp in found}.values())


def reminded(meeting_id: int) -> Counter[str]:
    """How many reminders of a meeting went out, wait, or came too late, by the state of their parcel."""
    counted = (
        select(OutboundMessage.state, func.count())
        .join(RsvpNotice, RsvpNotice.parcel_id == OutboundMessage.id)
        .join(Rsvp, Rsvp.id == RsvpNotice.rsvp_id)
        .where(Rsvp.meeting_id == meeting_id, RsvpNotice.kind.in_(REMINDERS))
        .group_by(OutboundMessage.state)
    )
    return Counter({state: int(count) for state, count in session.execute(counted)})


def meetings_answered_ahead() -> Sequence[Meeting]:
    """Public meetings to come that have any answer."""
    ahead = public_meetings(Meeting.ends_at > now(), Meeting.id.in_(select(Rsvp.meeting_id)))
    return session.scalars(ahead.order_by(Meeting.starts_at)).all()


def told_by_text(hashes: Iterable[str], since: datetime) -> dict[str, str]:
    """What phones were told last, by a text that went out since then: by hash, the kind."""
    went_out = select(RsvpNotice.contact_hash, RsvpNotice.kind).join(
        OutboundMessage, OutboundMessage.id == RsvpNotice.parcel_id
    )
    mine = (
        RsvpNotice.contact_hash.in_(list(hashes)),
        RsvpNotice.channel == ContactKind.TEXT,
        OutboundMessage.sending_since >= since,
    )
    rows = session.execute(went_out.where(*mine).order_by(OutboundMessage.sending_since))
    return {row.contact_hash: row.kind for row in rows}


def meetings_answered() -> Sequence[int]:
    """Meetings that have any answer."""
    return session.scalars(select(Rsvp.meeting_id).distinct()).all()


@dataclass
class Sums:
    """What a host prepares for. Counts only."""

    answers: int = 0
    people: int = 0
    waiting: int = 0
    for_host: int = 0
    children: list[int] = field(default_factory=lambda: [0] * len(BANDS))
    interpreters: Counter[str] = field(default_factory=Counter)
    rides_needed: int = 0
    seats_offered: int = 0
    access: int = 0

    def add(self, answers: Iterable[Rsvp]) -> Sums:
        """Count these too."""
        for one in answers:
            if one.for_host:
                self.for_host += one.party
            elif one.state in (RsvpState.WAITING, RsvpState.OFFERED):
                self.waiting += one.party
            elif one.is_coming:
                self._count(one)
        return self

    def _count(self, one: Rsvp) -> None:
        self.answers += 1
        self.people += one.party
        self.children = [sum(pair) for pair in zip(self.children, one.bands, strict=True)]
        self.interpreters.update([one.interpreter] if one.interpreter else [])
        self.rides_needed += one.party if one.ride == Ride.NEEDS else 0
        self.seats_offered += one.ride_seats if one.ride == Ride.OFFERS else 0
        self.access += one.access_needs is not None

    def to_json(self) -> dict[str, Any]:
        return {**vars(self), "interpreters": dict(self.interpreters)}

    @classmethod
    def from_json(cls, kept: dict[str, Any] | None) -> Sums:
        return cls(**{**kept, "interpreters": Counter(kept["interpreters"])}) if kept else cls()


def counting_on(meeting_id: int) -> Counter[str]:
    """How many count on each offer: children, people who need a ride, answers with an interpreter, people at table."""
    counted = Counter[str]()
    for one in answers_of(meeting_id, RsvpState.COMING, RsvpState.WAITING, RsvpState.OFFERED):
        said = {"interpreter": 1, "childcare": len(one.child_ages), "food": one.party, "ride": one.party}
        counted.update({need: said[need] for need in one.counts_on})
    return counted


def sums_of(meeting_id: int) -> Sums:
    """The sums of a meeting: of its answers, or those that were kept when the answers were erased."""
    return Sums.from_json(seats_of(meeting_id).sums).add(answers_of(meeting_id))


MISSED = (ParcelState.FAILED, ParcelState.STALE, ParcelState.SUPPRESSED)


@dataclass(frozen=True)
class AnswerReach:
    """Counts of answers. `later`: of those that are told, how many in the morning."""

    told: int = 0
    later: int = 0
    missed: int = 0
    unreached: int = 0

    def __add__(self, other: AnswerReach) -> AnswerReach:
        return AnswerReach(
            self.told + other.told,
            self.later + other.later,
            self.missed + other.missed,
            self.unreached + other.unreached,
        )


def reach_of(meeting: Meeting, needs: Collection[str] = ()) -> AnswerReach:
    """Of the last change that is told. `needs`: it only matters to those who count on one of these."""
    mine = select(RsvpNotice).join(Rsvp, Rsvp.id == RsvpNotice.rsvp_id)
    mine = mine.where(Rsvp.meeting_id == meeting.id, RsvpNotice.kind.in_(CHANGES))
    last = session.scalar(mine.with_only_columns(func.max(RsvpNotice.sequence)))
    rows = mine.outerjoin(OutboundMessage, OutboundMessage.id == RsvpNotice.parcel_id).where(
        RsvpNotice.sequence == last
    )
    told, later, missed = set[int](), set[int](), set[int]()
    for rsvp_id, state, due_at in session.execute(
        rows.with_only_columns(RsvpNotice.rsvp_id, OutboundMessage.state, OutboundMessage.due_at)
    ):
        (missed if state in MISSED else told).add(rsvp_id)
        if state == ParcelState.DUE and due_at > now():
            later.add(rsvp_id)
    return AnswerReach(len(told), len(later), len(missed - told), _unreached(meeting, needs))


def _unreached(meeting: Meeting, needs: Collection[str]) -> int:
    affected = answers_of(meeting.id, RsvpState.COMING, RsvpState.WAITING, RsvpState.OFFERED)
    return sum(one.contact is None and (not needs or bool({*needs} & {*one.counts_on})) for one in affected)


def standing_reach(meeting: Meeting) -> AnswerReach:
    """Of what its page says has changed."""
    if meeting.is_cancelled or meeting.is_moved:
        return reach_of(meeting)
    return reach_of(meeting, meeting.gone) if meeting.gone else AnswerReach()


def reach_in_words(reach: AnswerReach) -> str:
    """For whoever changed it: how many are told, and whom nobody can write to."""
    if reach == AnswerReach():
        return str(_("Nobody answered who would have to be told."))
    told, later, missed, unreached = reach.told, reach.later, reach.missed, reach.unreached
    parts = (
        ngettext("%(num)s who answered is told.", "%(num)s who answered are told.", told) if told else "",
        ngettext("%(num)s of them at 8 in the morning.", "%(num)s of them at 8 in the morning.", later)
        if later
        else "",
        ngettext("%(num)s could not be reached.", "%(num)s could not be reached.", missed) if missed else "",
        ngettext(
            "%(num)s left no phone and no e-mail: please tell them at the door.",
            "%(num)s left no phone and no e-mail: please tell them at the door.",
            unreached,
        )
        if unreached
        else "",
    )
    return " ".join(str(part) for part in parts if part)
