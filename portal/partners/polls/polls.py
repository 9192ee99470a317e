"""Polls to find a date, their answers, and the dates of a circle: tables and queries.

The purpose and place of a poll and the names of its guests are sealed. Times and answers are not: counts, calendars and
reminders are made of them at times when no member of the circle is present to decrypt anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint, exists, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.clock import now, today, zone
from portal.core.db import Base, Versioned, random_id, session
from portal.core.feature import HELD_THEN
from portal.core.purge import RetentionRule, days_ago
from portal.core.statuses import NotFound
from portal.organisations.organisations import houses_of
from portal.organisations.sides import TableSide
from portal.partners.circle_rules import Act
from portal.partners.circles import A_CIRCLE, A_MEMBER, Circle, CircleSeat, SealedText, seats
from portal.partners.members import Open, Upcoming
from portal.partners.polls.rules import (
    CHOICES,
    Counts,
    SlotChoice,
    SlotState,
    Voter,
    counted,
    is_open,
    is_time_to_remind,
    side_of,
    standing,
)
from portal.partners.polls.texts import hours_words

A_POLL = "partners_poll.id"
SIDES = tuple(side.value for side in TableSide)


class Poll(SealedText, Versioned, Base):
    """A poll to find a date. Sealed: the question and the note about the place, each in both languages."""

    __tablename__ = "partners_poll"
    __table_args__ = (
        CheckConstraint("asked_on <= closes_on", name="order"),
        CheckConstraint("community_needed >= 0 AND agencies_needed >= 0", name="needed"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    circle_id: Mapped[int] = mapped_column(ForeignKey(A_CIRCLE, ondelete="CASCADE"), index=True)
    author_id: Mapped[int] = mapped_column(ForeignKey(A_MEMBER))
    asked_on: Mapped[date]
    closes_on: Mapped[date]
    """The last day on which answers are taken."""
    stopped_on: Mapped[date | None]
    """Set when answers stopped before that day: a date was chosen, or the poll was ended."""
    community_needed: Mapped[int]
    agencies_needed: Mapped[int]
    reminded_on: Mapped[date | None]

    slots: Mapped[list[Slot]] = relationship(
        order_by="Slot.place", cascade="all, delete-orphan", lazy="selectin", passive_deletes=True
    )


class Slot(Base):
    """A proposed time."""

    __tablename__ = "partners_poll_slot"
    __table_args__ = (UniqueConstraint("poll_id", "place"), CheckConstraint("ends_at > starts_at", name="order"))

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    poll_id: Mapped[int] = mapped_column(ForeignKey(A_POLL, ondelete="CASCADE"))
    place: Mapped[int]
    """The number of the slot in its poll, as used in forms."""
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]


class Essential(Base):
    """A member of the circle without whom the meeting cannot be held."""

    __tablename__ = "partners_poll_essential"

    poll_id: Mapped[int] = mapped_column(ForeignKey(A_POLL, ondelete="CASCADE"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey(A_MEMBER, ondelete="CASCADE"), primary_key=True)


class Guest(SealedText, Base):
    """A person without an account who answers by link. Sealed: the name. The link is stored as a hash."""

    __tablename__ = "partners_poll_guest"
    __table_args__ = (CheckConstraint(f"side IN {SIDES!r}", name="side"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    poll_id: Mapped[int] = mapped_column(ForeignKey(A_POLL, ondelete="CASCADE"), index=True)
    side: Mapped[str] = mapped_column(String(10))
    essential: Mapped[bool]
    link_hash: Mapped[str] = mapped_column(String(64), unique=True)


class SlotAnswer(Base):
    """The answer of a member or guest to a slot. It has no date and time, so that nothing tells who answered when."""

    __tablename__ = "partners_poll_answer"
    __table_args__ = (
        UniqueConstraint("slot_id", "member_id"),
        UniqueConstraint("slot_id", "guest_id"),
        CheckConstraint("(member_id IS NULL) <> (guest_id IS NULL)", name="whose"),
        CheckConstraint(f"choice IN {CHOICES!r}", name="choice"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    slot_id: Mapped[int] = mapped_column(ForeignKey("partners_poll_slot.id", ondelete="CASCADE"))
    member_id: Mapped[int | None] = mapped_column(ForeignKey(A_MEMBER, ondelete="CASCADE"))
    guest_id: Mapped[int | None] = mapped_column(ForeignKey("partners_poll_guest.id", ondelete="CASCADE"))
    choice: Mapped[str] = mapped_column(String(5))


class CircleDate(SealedText, Versioned, Base):
    """An agreed date of a circle. Sealed: purpose and place, copied from the poll."""

    __tablename__ = "partners_date"
    __table_args__ = (CheckConstraint("ends_at > starts_at", name="order"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    circle_id: Mapped[int] = mapped_column(ForeignKey(A_CIRCLE, ondelete="CASCADE"), index=True)
    poll_id: Mapped[int | None] = mapped_column(ForeignKey(A_POLL, ondelete="SET NULL"), unique=True)
    starts_at: Mapped[datetime] = mapped_column(index=True)
    ends_at: Mapped[datetime]
    uid: Mapped[str] = mapped_column(String(120), unique=True)
    """The permanent UID in calendars."""
    sequence: Mapped[int] = mapped_column(default=0)
    """How often it was moved or cancelled: the SEQUENCE in calendars."""
    called_off_on: Mapped[date | None]


Said = Mapping[int, Mapping[str, SlotChoice]]
"""By slot, the choices by the key of the voter."""


def polls(circle: Circle) -> Sequence[Poll]:
    """Return the polls of a circle, the one that closes last first."""
    asked = select(Poll).where(Poll.circle_id == circle.id).order_by(Poll.closes_on.desc(), Poll.id)
    return session.scalars(asked).all()


def open_polls(circle: Circle) -> list[Poll]:
    """Return the polls that take answers, the next to close on top."""
    return [one for one in reversed(polls(circle)) if takes_answers(one)]


def poll(circle: Circle, poll_id: int, *, to_change: bool = False) -> Poll:
    """Return a poll of this circle. Raises `NotFound`. `to_change` locks the row."""
    asked = select(Poll).where(Poll.id == poll_id, Poll.circle_id == circle.id)
    if to_change:
        asked = asked.with_for_update().execution_options(populate_existing=True)
    found = session.scalars(asked).one_or_none()
    if found is None:
        raise NotFound
    return found


def first_day(of: Poll) -> date:
    """Return the local day of the first slot."""
    return of.slots[0].starts_at.astimezone(zone()).date()


def takes_answers(of: Poll) -> bool:
    """Return whether answers are taken: the last day has not passed, the poll was not stopped, the circle is open."""
    circle = session.get_one(Circle, of.circle_id)
    return circle.closed_on is None and is_open(of.closes_on, of.stopped_on, today())


def guests(of: Poll) -> Sequence[Guest]:
    """Return the guests of a poll."""
    return session.scalars(select(Guest).where(Guest.poll_id == of.id).order_by(Guest.id)).all()


def guest(of: Poll, guest_id: int) -> Guest:
    """Return a guest of a poll. Raises `NotFound`."""
    found = session.get(Guest, guest_id)
    if found is None or found.poll_id != of.id:
        raise NotFound
    return found


def guest_found(hashed: str) -> tuple[Guest, Poll] | None:
    """Return the guest, with the poll, whose link has this hash, or None."""
    row = session.execute(
        select(Guest, Poll).join(Poll, Poll.id == Guest.poll_id).where(Guest.link_hash == hashed)
    ).first()
    return (row[0], row[1]) if row else None


def essential_members(of: Poll) -> frozenset[int]:
    """Return the ids of the members without whom it cannot be held."""
    return frozenset(session.scalars(select(Essential.member_id).where(Essential.poll_id == of.id)))


def member_key(member_id: int) -> str:
    """Return a member's key among the voters."""
    return f"m{member_id}"


def guest_key(guest_id: int) -> str:
    """Return a guest's key among the voters."""
    return f"g{guest_id}"


def asked_members(circle: Circle) -> list[CircleSeat]:
    """Return the current admitted members of the circle who may answer."""
    return [seat for seat in seats(circle) if seat.may(Act.WRITE) and seat.is_admitted]


def voters(circle: Circle, of: Poll) -> list[Voter]:
    """Return all voters of a poll: members who may answer now, and guests."""
    sitting, essential = asked_members(circle), essential_members(of)
    houses = houses_of([seat.member.id for seat in sitting])
    found = [
        Voter(
            member_key(seat.member.id),
            side_of((house.kind for house in houses[seat.member.id]), is_police=seat.is_police),
            seat.member.id in essential,
        )
        for seat in sitting
    ]
    return found + [Voter(guest_key(one.id), TableSide(one.side), one.essential) for one in guests(of)]


def said(of: Poll) -> Said:
    """Return all answers, including those of members who have left; look up the keys of `voters` only."""
    rows = session.scalars(select(SlotAnswer).join(Slot, Slot.id == SlotAnswer.slot_id).where(Slot.poll_id == of.id))
    found: dict[int, dict[str, SlotChoice]] = {slot.id: {} for slot in of.slots}
    for row in rows:
        key = member_key(row.member_id) if row.member_id is not None else guest_key(row.guest_id or 0)
        found[row.slot_id][key] = SlotChoice(row.choice)
    return found


@dataclass(frozen=True)
class PollTally:
    """The result of a poll: voters, answers, and the state of each slot by its id."""

    voters: Sequence[Voter]
    said: Said
    standings: Mapping[int, SlotState]

    def counts(self, slot: Slot) -> Counts:
        """Return the number of each choice for a slot."""
        return counted(self.said[slot.id][one.key] for one in self.voters if one.key in self.said[slot.id])

    @property
    def silent(self) -> int:
        """The number of voters without any answer."""
        heard = {key for answers in self.said.values() for key in answers}
        return sum(one.key not in heard for one in self.voters)


def tally(circle: Circle, of: Poll, in_the_way: Mapping[int, Sequence[str]]) -> PollTally:
    """Count a poll; `in_the_way` has, by slot id, the other events at that time."""
    asked, answers = voters(circle, of), said(of)
    needed = {TableSide.COMMUNITY: of.community_needed, TableSide.AGENCIES: of.agencies_needed}
    standings = {
        slot.id: standing(slot.place, asked, answers[slot.id], needed, len(in_the_way.get(slot.id, ())))
        for slot in of.slots
    }
    return PollTally(asked, answers, standings)


def busy_with(slots: Iterable[Slot], member_id: int) -> dict[int, list[str]]:
    """Return, by slot id, sentences on other events at that time which this member may read."""
    ask = HELD_THEN.plugged()
    return {slot.id: [line for one in ask for line in one(slot.starts_at, slot.ends_at, member_id)] for slot in slots}


def has_answered(of: Poll, member_id: int) -> bool:
    """Return whether a member has answered."""
    mine = exists().where(SlotAnswer.slot_id == Slot.id, Slot.poll_id == of.id, SlotAnswer.member_id == member_id)
    return bool(session.scalar(select(mine)))


def polls_to_remind() -> list[int]:
    """Return the ids of polls that close soon and have not been reminded of yet."""
    day = today()
    near = Poll.closes_on.between(day, day + timedelta(days=1))
    asked = (
        select(Poll)
        .join(Circle, Circle.id == Poll.circle_id)
        .where(near, Poll.reminded_on.is_(None), Poll.stopped_on.is_(None), Circle.closed_on.is_(None))
    )
    return [one.id for one in session.scalars(asked) if is_time_to_remind(one.closes_on, one.asked_on, day)]


def date_of(circle: Circle, date_id: int, *, to_change: bool = False) -> CircleDate:
    """Return a date of this circle. Raises `NotFound`. `to_change` locks the row."""
    asked = select(CircleDate).where(CircleDate.id == date_id, CircleDate.circle_id == circle.id)
    if to_change:
        asked = asked.with_for_update().execution_options(populate_existing=True)
    found = session.scalars(asked).one_or_none()
    if found is None:
        raise NotFound
    return found


def date_from(of: Poll) -> CircleDate | None:
    """Return the date that resulted from a poll last, even if it was called off, or None."""
    return session.scalar(select(CircleDate).where(CircleDate.poll_id == of.id))


def agreed_date(of: Poll) -> CircleDate | None:
    """Return the date that resulted from a poll and was not called off, or None."""
    found = date_from(of)
    return found if found is not None and found.called_off_on is None else None


def dates_ahead(circle: Circle) -> Sequence[CircleDate]:
    """Return the coming dates of a circle that are not cancelled, earliest first. Also used by other modules."""
    asked = select(CircleDate).where(
        CircleDate.circle_id == circle.id, CircleDate.ends_at > now(), CircleDate.called_off_on.is_(None)
    )
    return session.scalars(asked.order_by(CircleDate.starts_at, CircleDate.id)).all()


def agreed_start(circle: Circle) -> datetime | None:
    """Return the local start of the earliest coming date, or None."""
    ahead = dates_ahead(circle)
    return ahead[0].starts_at.astimezone(zone()) if ahead else None


def is_over(moment: datetime) -> bool:
    """Return whether a moment has passed."""
    return moment <= now()


MONTH = timedelta(days=30)

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
        lambda now: or_(CircleDate.ends_at <= now - MONTH, CircleDate.called_off_on <= days_ago(30)),
    ),
)


PLEASE_ANSWER, ANSWERED = _l("Which day suits you? Answer until:"), _l("Finding a day: answers are taken until")


def next_dates(seat: CircleSeat) -> list[Upcoming]:
    """Return the coming dates and open polls, for admitted members."""
    if not seat.is_admitted:
        return []
    return [*_polls(seat), *_dates(seat)]


def open_polls_of(seat: CircleSeat) -> list[Open]:
    """Return the open polls that a leaving member created; other members can still end them."""
    return [
        Open(
            _("You asked the circle for a day, and nothing was chosen yet"),
            url_for("circles_polls.show", circle_id=seat.circle.id, poll_id=one.id),
            must=False,
        )
        for one in open_polls(seat.circle)
        if one.author_id == seat.member.id
    ]


def _polls(seat: CircleSeat) -> list[Upcoming]:
    return [
        Upcoming(
            one.closes_on,
            PLEASE_ANSWER if seat.may(Act.WRITE) and not has_answered(one, seat.member.id) else ANSWERED,
            url_for("circles_polls.show", circle_id=seat.circle.id, poll_id=one.id),
        )
        for one in open_polls(seat.circle)
    ]


def _dates(seat: CircleSeat) -> list[Upcoming]:
    return [
        Upcoming(
            one.starts_at.astimezone(zone()).date(),
            _("Agreed date, %(hours)s", hours=hours_words(one.starts_at, one.ends_at)),
            url_for("circles_dates.show", circle_id=seat.circle.id, date_id=one.id),
        )
        for one in dates_ahead(seat.circle)
    ]
