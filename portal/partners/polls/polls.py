"""Polls to find a date, their answers, and the dates of a circle: tables and queries.

The purpose and place of a poll and the names of its guests are sealed. Times and answers are not: counts, calendars and
reminders are made of them at times when no member of the circle is present to decrypt anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from flask import url_for
from flask_babel import gettext as _, lazy_gettext as _l, ngettext
from sqlalchemy import select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.clock import now, today, zone
from portal.core.db import Base, Versioned, random_id, session
from portal.core.feature import HELD_THEN
from portal.core.i18n import clock, day
from portal.core.purge import RetentionRule, days_ago
from portal.organisations.organisations import houses_of
from portal.organisations.sides import TableSide
from portal.partners.circle_rules import Act
from portal.partners.circles import A_CIRCLE, A_MEMBER, Circle, CircleSeat, SealedText, Upcoming, seats
from portal.partners.polls import rules
from portal.partners.polls.rules import SlotChoice, Voter

A_POLL = "partners_poll.id"
MONTH = timedelta(days=30)
CHOICE_NAMES = {SlotChoice.YES: _l("Yes"), SlotChoice.MAYBE: _l("If need be"), SlotChoice.NO: _l("No")}
SIDE_NAMES = {TableSide.COMMUNITY: _l("Community"), TableSide.AGENCIES: _l("Agencies")}
LENGTH_NAMES = {minutes: _l("%(number)d minutes", number=minutes) for minutes in rules.LENGTHS}
WRONG_SLOTS = {
    "no_hour": _l("This hour does not exist on that day: the clocks go forward over it."),
    "past": _l("Please choose a day from tomorrow on."),
    "far": _l("Please choose a day within the next six months."),
    "before_deadline": _l("This is before the last day for answers, or on it."),
    "half": _l("Please give both the day and the hour, or neither."),
}
REFUSALS = {
    "poll_closed": _l(
        "Thank you, but answers are not taken any more. Please tell whoever asked you which times suit you."
    ),
    "poll_last_day": _l("Please choose today or a later day, before the first time."),
    "poll_slots": _l("Please propose at least one time, and at most six."),
    "poll_guests": _l("That is enough links for one question."),
    "date_chosen": _l("A date was chosen already. It can be moved or called off."),
    "date_past": _l("That time is over already."),
    "date_off": _l("This date is over or called off."),
}
AUDITED = {
    "poll.made": _l("asked a circle for a day"),
    "date.set": _l("set a date for a circle"),
    "date.moved": _l("moved a date of a circle"),
    "date.called_off": _l("called off a date of a circle"),
}
PLEASE_ANSWER, ANSWERED = _l("Which day suits you? Answer until:"), _l("Finding a day: answers are taken until")


class Poll(SealedText, Versioned, Base):
    """A poll to find a date. Sealed: the question and the note about the place, each in both languages."""

    __tablename__ = "partners_poll"
    __table_args__ = (
        sa.CheckConstraint("asked_on <= closes_on", name="order"),
        sa.CheckConstraint("community_needed >= 0 AND agencies_needed >= 0", name="needed"),
    )

    circle_id: Mapped[int] = mapped_column(sa.ForeignKey(A_CIRCLE, ondelete="CASCADE"), index=True)
    author_id: Mapped[int] = mapped_column(sa.ForeignKey(A_MEMBER))
    asked_on: Mapped[date]
    closes_on: Mapped[date]
    """The last day on which answers are taken."""
    stopped_on: Mapped[date | None]
    """Set when answers stopped before that day, as a date was chosen."""
    community_needed: Mapped[int] = mapped_column(default=0)
    agencies_needed: Mapped[int] = mapped_column(default=0)

    slots: Mapped[list[Slot]] = relationship(
        order_by="Slot.place", cascade="all, delete-orphan", lazy="selectin", passive_deletes=True
    )


class Slot(Base):
    __tablename__ = "partners_poll_slot"
    __table_args__ = (sa.UniqueConstraint("poll_id", "place"), sa.CheckConstraint("ends_at > starts_at", name="order"))

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    poll_id: Mapped[int] = mapped_column(sa.ForeignKey(A_POLL, ondelete="CASCADE"))
    place: Mapped[int]
    """The number of the slot in its poll, as used in forms."""
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]


class Essential(Base):
    """A member of the circle without whom the meeting cannot be held."""

    __tablename__ = "partners_poll_essential"

    poll_id: Mapped[int] = mapped_column(sa.ForeignKey(A_POLL, ondelete="CASCADE"), primary_key=True)
    member_id: Mapped[int] = mapped_column(sa.ForeignKey(A_MEMBER, ondelete="CASCADE"), primary_key=True)


class Guest(SealedText, Base):
    """A person without an account who answers by link. Sealed: the name. The link is stored as a hash."""

    __tablename__ = "partners_poll_guest"

    poll_id: Mapped[int] = mapped_column(sa.ForeignKey(A_POLL, ondelete="CASCADE"), index=True)
    side: Mapped[TableSide]
    essential: Mapped[bool]
    link_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)


class SlotAnswer(Base):
    """The answer of a member or guest to a slot. It has no date and time, so that nothing tells who answered when."""

    __tablename__ = "partners_poll_answer"
    __table_args__ = (
        sa.UniqueConstraint("slot_id", "member_id"),
        sa.UniqueConstraint("slot_id", "guest_id"),
        sa.CheckConstraint("(member_id IS NULL) <> (guest_id IS NULL)", name="whose"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    slot_id: Mapped[int] = mapped_column(sa.ForeignKey("partners_poll_slot.id", ondelete="CASCADE"))
    member_id: Mapped[int | None] = mapped_column(sa.ForeignKey(A_MEMBER, ondelete="CASCADE"))
    guest_id: Mapped[int | None] = mapped_column(sa.ForeignKey("partners_poll_guest.id", ondelete="CASCADE"))
    choice: Mapped[SlotChoice]


class CircleDate(SealedText, Versioned, Base):
    """An agreed date of a circle. Sealed: purpose and place, copied from the poll."""

    __tablename__ = "partners_date"
    __table_args__ = (sa.CheckConstraint("ends_at > starts_at", name="order"),)

    circle_id: Mapped[int] = mapped_column(sa.ForeignKey(A_CIRCLE, ondelete="CASCADE"), index=True)
    poll_id: Mapped[int | None] = mapped_column(sa.ForeignKey(A_POLL, ondelete="SET NULL"), unique=True)
    starts_at: Mapped[datetime] = mapped_column(index=True)
    ends_at: Mapped[datetime]
    uid: Mapped[str] = mapped_column(sa.String(120), unique=True)
    """The permanent UID in calendars."""
    sequence: Mapped[int] = mapped_column(default=0)
    """How often it was moved or cancelled: the SEQUENCE in calendars."""
    called_off_on: Mapped[date | None]


Answers = Mapping[int, Mapping[int, SlotChoice]]
"""By slot, the choices by the key of the voter: the random id of a member or guest."""


def polls_of(circle: Circle) -> Sequence[Poll]:
    """Return the polls of a circle, the one that closes last first."""
    rows = select(Poll).where(Poll.circle_id == circle.id).order_by(Poll.closes_on.desc(), Poll.id)
    return session.scalars(rows).all()


def open_polls(circle: Circle) -> list[Poll]:
    """Return the polls that take answers, the next to close on top."""
    return [poll for poll in reversed(polls_of(circle)) if takes_answers(poll)]


def first_day(poll: Poll) -> date:
    return poll.slots[0].starts_at.astimezone(zone()).date()


def takes_answers(poll: Poll) -> bool:
    """Return whether answers are taken: the last day has not passed, the poll was not stopped, the circle is open."""
    circle = session.get_one(Circle, poll.circle_id)
    return circle.closed_on is None and rules.is_open(poll.closes_on, poll.stopped_on, today())


def guests(poll: Poll) -> Sequence[Guest]:
    return session.scalars(select(Guest).where(Guest.poll_id == poll.id).order_by(Guest.id)).all()


def asked_members(circle: Circle) -> list[CircleSeat]:
    return [seat for seat in seats(circle) if seat.may(Act.WRITE) and seat.is_admitted]


def voters(circle: Circle, poll: Poll) -> list[Voter]:
    sitting = asked_members(circle)
    essential = set(session.scalars(select(Essential.member_id).where(Essential.poll_id == poll.id)))
    houses = houses_of([seat.member.id for seat in sitting])
    members = [
        Voter(
            seat.member.id,
            rules.side_of((house.kind for house in houses[seat.member.id]), is_police=seat.is_police),
            seat.member.id in essential,
        )
        for seat in sitting
    ]
    return members + [Voter(guest.id, guest.side, guest.essential) for guest in guests(poll)]


def answers_of(poll: Poll) -> Answers:
    """Return all answers, including those of members who have left; look up the keys of `voters` only."""
    rows = session.scalars(select(SlotAnswer).join(Slot, Slot.id == SlotAnswer.slot_id).where(Slot.poll_id == poll.id))
    answers: dict[int, dict[int, SlotChoice]] = {slot.id: {} for slot in poll.slots}
    for row in rows:
        answers[row.slot_id][row.member_id or row.guest_id or 0] = row.choice
    return answers


def answer_of(poll: Poll, key: int) -> dict[int, SlotChoice]:
    answers = answers_of(poll)
    return {slot.place: answers[slot.id][key] for slot in poll.slots if key in answers[slot.id]}


class PollTally(NamedTuple):
    voters: Sequence[Voter]
    answers: Answers
    standings: Mapping[int, rules.SlotState]
    silent: int


def tally(circle: Circle, poll: Poll, in_the_way: Mapping[int, Sequence[str]]) -> PollTally:
    """Count a poll; `in_the_way` has, by slot id, the other events at that time."""
    people, answers = voters(circle, poll), answers_of(poll)
    needed = {TableSide.COMMUNITY: poll.community_needed, TableSide.AGENCIES: poll.agencies_needed}
    standings = {
        slot.id: rules.standing(people, answers[slot.id], needed, len(in_the_way.get(slot.id, ())))
        for slot in poll.slots
    }
    heard = {key for choices in answers.values() for key in choices}
    return PollTally(people, answers, standings, sum(voter.key not in heard for voter in people))


def busy_with(slots: Iterable[Slot], member_id: int) -> dict[int, list[str]]:
    """Return, by slot id, sentences on other events at that time which this member may read."""
    ask = HELD_THEN.plugged()
    return {slot.id: [line for one in ask for line in one(slot.starts_at, slot.ends_at, member_id)] for slot in slots}


def has_answered(poll: Poll, member_id: int) -> bool:
    own = sa.exists().where(SlotAnswer.slot_id == Slot.id, Slot.poll_id == poll.id, SlotAnswer.member_id == member_id)
    return bool(session.scalar(select(own)))


def date_from(poll: Poll) -> CircleDate | None:
    """Return the date that resulted from a poll last, even if it was called off, or None."""
    return session.scalar(select(CircleDate).where(CircleDate.poll_id == poll.id))


def agreed_date(poll: Poll) -> CircleDate | None:
    date = date_from(poll)
    return date if date is not None and date.called_off_on is None else None


def dates_ahead(circle: Circle) -> Sequence[CircleDate]:
    """Return the coming dates of a circle that are not cancelled, earliest first. Also used by other modules."""
    rows = select(CircleDate).where(
        CircleDate.circle_id == circle.id, CircleDate.ends_at > now(), CircleDate.called_off_on.is_(None)
    )
    return session.scalars(rows.order_by(CircleDate.starts_at, CircleDate.id)).all()


def agreed_start(circle: Circle) -> datetime | None:
    return next((agreed.starts_at.astimezone(zone()) for agreed in dates_ahead(circle)), None)


ERASED_OF_POLLS = (
    RetentionRule(
        "questions for a day in circles",
        "30 days after the last day for answers",
        "with times, answers, links and who was asked",
        Poll,
        lambda _now: Poll.closes_on <= days_ago(30),
    ),
    RetentionRule(
        "dates of circles",
        "30 days after they were held or called off",
        "when, and sealed what for",
        CircleDate,
        lambda now: sa.or_(CircleDate.ends_at <= now - MONTH, CircleDate.called_off_on <= days_ago(30)),
    ),
)


def next_dates(seat: CircleSeat) -> Iterator[Upcoming]:
    if not seat.is_admitted:
        return
    for poll in open_polls(seat.circle):
        may_answer = seat.may(Act.WRITE) and not has_answered(poll, seat.member.id)
        yield Upcoming(poll.closes_on, PLEASE_ANSWER if may_answer else ANSWERED, poll_page(poll))
    for agreed in dates_ahead(seat.circle):
        hours = _("Agreed date, %(hours)s", hours=hours_words(agreed.starts_at, agreed.ends_at))
        url = url_for("circles_dates.show", circle_id=seat.circle.id, date_id=agreed.id)
        yield Upcoming(agreed.starts_at.astimezone(zone()).date(), hours, url)


def poll_page(poll: Poll) -> str:
    return url_for("circles_polls.show", circle_id=poll.circle_id, poll_id=poll.id)


def hours_words(starts_at: datetime, ends_at: datetime) -> str:
    return f"{clock(starts_at)} – {clock(ends_at)}"


def slot_words(starts_at: datetime, ends_at: datetime) -> str:
    """Return a slot in words: "Thursday, December 3, 6:00 PM – 7:30 PM"."""
    return f"{day(starts_at)}, {hours_words(starts_at, ends_at)}"


def counts_words(counts: rules.Counts) -> str:
    words = (_("%(number)d yes", number=counts.yes), _("%(number)d if need be", number=counts.maybe))
    return " · ".join((*words, _("%(number)d no", number=counts.no)))


def reasons(of: rules.SlotState, in_the_way: Sequence[str]) -> list[str]:
    missing = [
        ngettext("%(side)s: %(num)d more is needed", "%(side)s: %(num)d more are needed", count, side=SIDE_NAMES[side])
        for side, count in of.lacking.items()
    ]
    no = ngettext("%(num)d who must be there cannot", "%(num)d who must be there cannot", of.essential_no)
    silent = ngettext(
        "%(num)d who must be there has not answered", "%(num)d who must be there have not answered", of.essential_silent
    )
    essential = [words for count, words in ((of.essential_no, no), (of.essential_silent, silent)) if count]
    if of.essential and not essential:
        some = _("Everybody who must be there can, some only if need be")
        essential = [some if of.essential_maybe else _("Everybody who must be there can")]
    return [*essential, *missing, counts_words(of.counts), *in_the_way]
