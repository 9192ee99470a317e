"""Answers, seats and sums of a meeting; the public reaches only answers to meetings it may know of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, select

from portal.core.clock import now, zone
from portal.core.db import session
from portal.core.errors import NotFound
from portal.core.jobs.outbox import Parcel
from portal.meetings.models import Meeting
from portal.meetings.queries import public_meetings
from portal.meetings.rsvp.models import Rsvp, Seats, Told
from portal.meetings.rsvp.rules.answers import BANDS, ContactKind, Ride
from portal.meetings.rsvp.rules.news import FURTHEST, REMINDERS, USUAL, Reminder, write_choice
from portal.meetings.rsvp.rules.seats import HOLDING, Held, InLine, Level, Room, State, level
from portal.meetings.rsvp.rules.times import is_last_day, offer_until, takes_answers
from portal.meetings.rules import State as MeetingState


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
    coded = select(Seats.meeting_id).where(Seats.text_code == code)
    return session.scalars(public_meetings(Meeting.id.in_(coded), Meeting.ends_at > now())).one_or_none()


def text_codes_ahead() -> Sequence[str]:
    """The codes that public meetings to come are texted about with."""
    ahead = public_meetings(Meeting.ends_at > now()).with_only_columns(Meeting.id)
    found = session.scalars(select(Seats.text_code).where(Seats.meeting_id.in_(ahead)))
    return [code for code in found if code is not None]


def seats_of(meeting_id: int) -> Seats:
    """The seats of a meeting; one that was never asked for is not stored."""
    usual = write_choice(USUAL)
    return session.get(Seats, meeting_id) or Seats(meeting_id=meeting_id, reserved=0, close_hours=0, reminders=usual)


def room_of(meeting_id: int) -> Room:
    """How many people there is room for."""
    return seats_of(meeting_id).room


def held_seats(meeting_id: int) -> Held:
    """How many people hold a seat."""
    statement = (
        select(Rsvp.given, func.sum(Rsvp.party))
        .where(Rsvp.meeting_id == meeting_id, Rsvp.state.in_(HOLDING))
        .group_by(Rsvp.given)
    )
    sums = {given: int(people) for given, people in session.execute(statement)}
    return Held(open=sums.get(False, 0), reserved=sums.get(True, 0))


def line_of(meeting_id: int, before: int | None = None) -> tuple[InLine, ...]:
    """Who waits, in order; only those `before` a place in it, if that is given."""
    waiting = select(Rsvp.id, Rsvp.party).where(
        Rsvp.meeting_id == meeting_id, Rsvp.state == State.WAITING, ~Rsvp.for_host
    )
    if before is not None:
        waiting = waiting.where(Rsvp.position < before)
    return tuple(InLine(row.id, row.party) for row in session.execute(waiting.order_by(Rsvp.position)))


def level_of(meeting_id: int) -> Level:
    """What everybody may hear about the seats."""
    room = room_of(meeting_id)
    return Level.OPEN if room.capacity is None else level(room, held_seats(meeting_id), bool(line_of(meeting_id)))


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


def answers_of(meeting_id: int, *states: State) -> Sequence[Rsvp]:
    """Answers in their order, as they stand in the database now."""
    found = select(Rsvp).where(Rsvp.meeting_id == meeting_id, Rsvp.state.in_(states or tuple(State)))
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
    unsettled = Rsvp.state.in_((State.WAITING, State.OFFERED))
    ahead = select(Meeting.id).where(Meeting.starts_at > now(), Meeting.state == MeetingState.PUBLISHED)
    return session.scalars(ahead.where(Meeting.id.in_(select(Rsvp.meeting_id).where(unsettled)))).all()


def meetings_to_remind() -> Sequence[int]:
    """Meetings so near that somebody may have to be reminded."""
    near = select(Meeting.id).where(
        Meeting.state == MeetingState.PUBLISHED, Meeting.starts_at > now(), Meeting.starts_at <= now() + FURTHEST
    )
    reached = select(Rsvp.meeting_id).where(Rsvp.state == State.COMING, Rsvp.proved_on.is_not(None))
    return session.scalars(near.where(Meeting.id.in_(reached))).all()


def to_remind(meeting: Meeting, reminder: Reminder, most: int) -> list[Rsvp]:
    """Who comes, agreed, and was not reminded so far of this start; one answer for each phone or mailbox."""
    said = exists().where(
        Told.contact_hash == Rsvp.contact_hash, Told.kind == reminder, Told.starts_at == meeting.starts_at
    )
    reached = Rsvp.contact.is_not(None), Rsvp.agreed_on.is_not(None), Rsvp.proved_on.is_not(None)
    due = select(Rsvp).where(Rsvp.meeting_id == meeting.id, Rsvp.state == State.COMING, *reached, ~said)
    found = session.scalars(due.order_by(Rsvp.letter.desc()).limit(most)).all()
    return list({rsvp.contact_hash: rsvp for rsvp in found}.values())


def reminded(meeting_id: int) -> Counter[str]:
    """How many reminders of a meeting went out, wait, or came too late, by the state of their parcel."""
    counted = (
        select(Parcel.state, func.count())
        .join(Told, Told.parcel_id == Parcel.id)
        .join(Rsvp, Rsvp.id == Told.rsvp_id)
        .where(Rsvp.meeting_id == meeting_id, Told.kind.in_(REMINDERS))
        .group_by(Parcel.state)
    )
    return Counter({state: int(count) for state, count in session.execute(counted)})


def meetings_answered_ahead() -> Sequence[Meeting]:
    """Public meetings to come that have any answer."""
    ahead = public_meetings(Meeting.ends_at > now(), Meeting.id.in_(select(Rsvp.meeting_id)))
    return session.scalars(ahead.order_by(Meeting.starts_at)).all()


def told_by_text(hashes: Iterable[str], since: datetime) -> dict[str, str]:
    """What phones were told last, by a text that went out since then: by hash, the kind."""
    went_out = select(Told.contact_hash, Told.kind).join(Parcel, Parcel.id == Told.parcel_id)
    mine = Told.contact_hash.in_(list(hashes)), Told.channel == ContactKind.TEXT, Parcel.sending_since >= since
    rows = session.execute(went_out.where(*mine).order_by(Parcel.sending_since))
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
            elif one.state in (State.WAITING, State.OFFERED):
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
    for one in answers_of(meeting_id, State.COMING, State.WAITING, State.OFFERED):
        said = {"interpreter": 1, "childcare": len(one.child_ages), "food": one.party, "ride": one.party}
        counted.update({need: said[need] for need in one.counts_on})
    return counted


def sums_of(meeting_id: int) -> Sums:
    """The sums of a meeting: of its answers, or those that were kept when the answers were erased."""
    return Sums.from_json(seats_of(meeting_id).sums).add(answers_of(meeting_id))
