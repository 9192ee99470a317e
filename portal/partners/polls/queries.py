"""Finding polls, who is asked, what they said, and the dates of a circle. What is another circle's is `NotFound`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask import current_app
from sqlalchemy import exists, or_, select

from portal.core.clock import now, today, zone
from portal.core.db import session
from portal.core.errors import NotFound
from portal.organisations.queries import houses_of
from portal.organisations.rules import Side
from portal.partners.models import Circle
from portal.partners.polls.models import Answer, CircleDate, Essential, Guest, Poll, Slot
from portal.partners.polls.rules.best import Choice, Counts, Standing, Voter, counted, side_of, standing
from portal.partners.polls.rules.slots import is_open, is_time_to_remind
from portal.partners.queries.circles import Seat, seats
from portal.partners.rules.circles import Act

KEPT_AFTER = timedelta(days=30)
Said = Mapping[int, Mapping[str, Choice]]
"""By slot, what was said by whom."""


def polls(circle: Circle) -> Sequence[Poll]:
    """Every poll of a circle, the one that ends last first."""
    asked = select(Poll).where(Poll.circle_id == circle.id).order_by(Poll.closes_on.desc(), Poll.id)
    return session.scalars(asked).all()


def open_polls(circle: Circle) -> list[Poll]:
    """Those that take answers, the one that ends first first."""
    return [one for one in reversed(polls(circle)) if takes_answers(one)]


def poll(circle: Circle, poll_id: int, *, to_change: bool = False) -> Poll:
    """A poll of this circle, or `NotFound`; `to_change` makes a second writer wait for the first."""
    asked = select(Poll).where(Poll.id == poll_id, Poll.circle_id == circle.id)
    if to_change:
        asked = asked.with_for_update().execution_options(populate_existing=True)
    found = session.scalars(asked).one_or_none()
    if found is None:
        raise NotFound
    return found


def first_day(of: Poll) -> date:
    """The day of the first time that is proposed."""
    return of.slots[0].starts_at.astimezone(zone()).date()


def takes_answers(of: Poll) -> bool:
    """Whether somebody can still answer: its last day is not over, nothing is chosen, and the circle is open."""
    circle = session.get_one(Circle, of.circle_id)
    return circle.closed_on is None and is_open(of.closes_on, of.stopped_on, today())


def guests(of: Poll) -> Sequence[Guest]:
    """Everybody who was asked by a slip."""
    return session.scalars(select(Guest).where(Guest.poll_id == of.id).order_by(Guest.id)).all()


def guest(of: Poll, guest_id: int) -> Guest:
    """One of them, or `NotFound`."""
    found = session.get(Guest, guest_id)
    if found is None or found.poll_id != of.id:
        raise NotFound
    return found


def guest_found(hashed: str) -> tuple[Guest, Poll] | None:
    """Whoever holds the link or the slip with this hash."""
    mine = or_(Guest.link_hash == hashed, Guest.slip_hash == hashed)
    row = session.execute(select(Guest, Poll).join(Poll, Poll.id == Guest.poll_id).where(mine)).first()
    return (row[0], row[1]) if row else None


def essential_members(of: Poll) -> frozenset[int]:
    """Ids of the members without whom it cannot be held."""
    return frozenset(session.scalars(select(Essential.member_id).where(Essential.poll_id == of.id)))


def member_key(member_id: int) -> str:
    """What a member is called among the voters."""
    return f"m{member_id}"


def guest_key(guest_id: int) -> str:
    """What a guest is called among the voters."""
    return f"g{guest_id}"


def asked_members(circle: Circle) -> list[Seat]:
    """Who sits in the circle now, was let in, and may answer."""
    return [seat for seat in seats(circle) if seat.may(Act.WRITE) and seat.is_admitted]


def voters(circle: Circle, of: Poll) -> list[Voter]:
    """Everybody who is asked: whoever may answer in the circle now, and the guests."""
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
    return found + [Voter(guest_key(one.id), Side(one.side), one.essential) for one in guests(of)]


def said(of: Poll) -> Said:
    """What everybody said, also who has left the circle since; ask only about `voters`."""
    rows = session.scalars(select(Answer).join(Slot, Slot.id == Answer.slot_id).where(Slot.poll_id == of.id))
    found: dict[int, dict[str, Choice]] = {slot.id: {} for slot in of.slots}
    for row in rows:
        key = member_key(row.member_id) if row.member_id is not None else guest_key(row.guest_id or 0)
        found[row.slot_id][key] = Choice(row.choice)
    return found


@dataclass(frozen=True)
class Tally:
    """A poll, counted: who was asked, what they said, and how each slot stands, by the slot's id."""

    voters: Sequence[Voter]
    said: Said
    standings: Mapping[int, Standing]

    def counts(self, slot: Slot) -> Counts:
        """How many said what of a slot."""
        return counted(self.said[slot.id][one.key] for one in self.voters if one.key in self.said[slot.id])

    @property
    def silent(self) -> int:
        """How many have said nothing yet."""
        heard = {key for answers in self.said.values() for key in answers}
        return sum(one.key not in heard for one in self.voters)


def tally(circle: Circle, of: Poll, in_the_way: Mapping[int, Sequence[str]]) -> Tally:
    """Count a poll; `in_the_way`: by slot, what else is held then."""
    asked, answers = voters(circle, of), said(of)
    needed = {Side.COMMUNITY: of.community_needed, Side.AGENCIES: of.agencies_needed}
    standings = {
        slot.id: standing(slot.place, asked, answers[slot.id], needed, len(in_the_way.get(slot.id, ())))
        for slot in of.slots
    }
    return Tally(asked, answers, standings)


def busy_with(slots: Iterable[Slot], member_id: int) -> dict[int, list[str]]:
    """By slot, what others hold then, as sentences that this member may read: services of congregations and the like.

    Whoever knows puts a function (from, to, the member's id) into `app.extensions["busy_with"]`.
    """
    ask = current_app.extensions["busy_with"]
    return {slot.id: [line for one in ask for line in one(slot.starts_at, slot.ends_at, member_id)] for slot in slots}


def has_answered(of: Poll, member_id: int) -> bool:
    """Whether a member has said something."""
    mine = exists().where(Answer.slot_id == Slot.id, Slot.poll_id == of.id, Answer.member_id == member_id)
    return bool(session.scalar(select(mine)))


def polls_to_remind() -> list[int]:
    """Ids of polls whose last day is near and of which nobody was reminded yet."""
    day = today()
    near = Poll.closes_on.between(day, day + timedelta(days=1))
    asked = (
        select(Poll)
        .join(Circle, Circle.id == Poll.circle_id)
        .where(near, Poll.reminded_on.is_(None), Poll.stopped_on.is_(None), Circle.closed_on.is_(None))
    )
    return [one.id for one in session.scalars(asked) if is_time_to_remind(one.closes_on, one.asked_on, day)]


# --- dates ---


def date_of(circle: Circle, date_id: int, *, to_change: bool = False) -> CircleDate:
    """A date of this circle, or `NotFound`."""
    asked = select(CircleDate).where(CircleDate.id == date_id, CircleDate.circle_id == circle.id)
    if to_change:
        asked = asked.with_for_update().execution_options(populate_existing=True)
    found = session.scalars(asked).one_or_none()
    if found is None:
        raise NotFound
    return found


def date_from(of: Poll) -> CircleDate | None:
    """The date that came of a poll."""
    return session.scalar(select(CircleDate).where(CircleDate.poll_id == of.id))


def dates_ahead(circle: Circle) -> Sequence[CircleDate]:
    """What a circle has agreed on and not called off, the soonest first. For other features that take a date over."""
    asked = select(CircleDate).where(
        CircleDate.circle_id == circle.id, CircleDate.ends_at > now(), CircleDate.called_off_on.is_(None)
    )
    return session.scalars(asked.order_by(CircleDate.starts_at, CircleDate.id)).all()


def agreed_start(circle: Circle) -> datetime | None:
    """When the soonest date begins that a circle has agreed on, on the clock of the city."""
    ahead = dates_ahead(circle)
    return ahead[0].starts_at.astimezone(zone()) if ahead else None


def is_over(moment: datetime) -> bool:
    """Whether this lies behind us."""
    return moment <= now()
