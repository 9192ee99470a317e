"""Finding the sessions of a circle and what is kept of each. What is not mine to see is `NotFound`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import func, select

from portal.accounts.models import Member
from portal.commitments.models import Commitment
from portal.core.clock import today
from portal.core.db import session
from portal.core.errors import NotFound
from portal.organisations.queries import houses_of
from portal.partners.models import Circle
from portal.partners.queries.circles import Seat, seats
from portal.partners.reconciliation.models import (
    Acceptance,
    Acknowledgement,
    Heads,
    Locked,
    LockedKey,
    Sitting,
    Theme,
    Verbatim,
)
from portal.partners.reconciliation.rules import (
    PRESENTS,
    Envelope,
    Scope,
    State,
    brings_guests,
    is_of_agencies,
    may_facilitate,
    may_read_line,
    may_read_theme,
    plans,
    sees_names,
    speaks_for_community,
)
from portal.partners.rules.circles import Kind

Row = TypeVar("Row")


@dataclass(frozen=True)
class Part:
    """Somebody's part in a session of their circle."""

    seat: Seat
    sitting: Sitting
    houses: tuple[str, ...]
    has_accepted: bool

    @property
    def plans(self) -> bool:
        """Whether they prepare it."""
        return plans(self.seat.role, self.seat.member.roles)

    @property
    def facilitates(self) -> bool:
        """Whether they stand between the sides, and so read what was suggested."""
        able = may_facilitate(self.seat.role, self.seat.member.roles, self.houses)
        return able and self.sitting.facilitator_id == self.seat.member.id

    @property
    def sees_names(self) -> bool:
        """Whether they arrange the evening."""
        return sees_names(self.seat.role, self.seat.member.roles, self.houses)

    @property
    def brings_guests(self) -> bool:
        """Whether they name the guests of their own congregation."""
        return brings_guests(self.seat.role, self.seat.member.roles, self.houses)

    @property
    def of_agencies(self) -> bool:
        """Whether they sit on the side of police and agencies."""
        return is_of_agencies(self.seat.member.roles, self.houses)

    @property
    def of_community(self) -> bool:
        """Whether their word is the community's."""
        roles = self.seat.member.roles
        return speaks_for_community(self.seat.role, roles, self.houses, facilitates=self.facilitates)


def kinds_of_houses(member: Member) -> tuple[str, ...]:
    """What kinds of houses a member belongs to."""
    return tuple(house.kind for house in houses_of([member.id])[member.id])


def has_sessions(circle: Circle) -> bool:
    """Whether a circle is one of reconciliation: no other has sessions."""
    return circle.kind == Kind.RECONCILIATION


def sittings(circle: Circle) -> Sequence[Sitting]:
    """The sessions of a circle, the next ones first."""
    asked = select(Sitting).where(Sitting.circle_id == circle.id).order_by(Sitting.held_on.desc(), Sitting.id)
    return session.scalars(asked).all()


def part_in(seat: Seat, session_id: int) -> Part:
    """My part in a session of this circle, or `NotFound`."""
    found = session.get(Sitting, session_id)
    if found is None or found.circle_id != seat.circle.id or not has_sessions(seat.circle):
        raise NotFound
    accepted = session.get(Acceptance, (found.ground_rules.id, seat.member.id)) is not None
    return Part(seat, found, kinds_of_houses(seat.member), accepted)


def able_to_facilitate(circle: Circle) -> list[Seat]:
    """Who of a circle could stand between the sides. Never shown to who sees no names."""
    found = [one for one in seats(circle) if one.is_admitted]
    return [one for one in found if may_facilitate(one.role, one.member.roles, kinds_of_houses(one.member))]


def arrangers(circle: Circle) -> list[Seat]:
    """Who of a circle arranges rides and name tags."""
    return [one for one in seats(circle) if sees_names(one.role, one.member.roles, kinds_of_houses(one.member))]


def is_unread(lists: Sequence[Locked], circle: Circle) -> bool:
    """Whether somebody arranges the evening who cannot open one of these: they came after it was sealed."""
    arranging = {one.member.id for one in arrangers(circle)}
    return any(arranging - {key.member_id for key in one.keys} for one in lists)


def acceptances(of: Sitting) -> int:
    """How many have accepted the ground rules as they are now."""
    asked = select(func.count()).select_from(Acceptance).where(Acceptance.rules_id == of.ground_rules.id)
    return session.scalar(asked) or 0


def locked(of: Sitting, kind: Envelope, member: Member) -> Sequence[Locked]:
    """What of this kind this member can open, in an order that tells nothing of when it came."""
    asked = (
        select(Locked)
        .join(LockedKey, LockedKey.locked_id == Locked.id)
        .where(Locked.session_id == of.id, Locked.kind == kind.value, LockedKey.member_id == member.id)
        .where(Locked.expires_on >= today())
        .order_by(Locked.week_on, Locked.id)
    )
    return session.scalars(asked).all()


def locked_one(of: Sitting, kind: Envelope, member: Member, locked_id: int) -> Locked:
    """One of these, or `NotFound`."""
    return _one([row for row in locked(of, kind, member) if row.id == locked_id])


def own_guests(of: Sitting, member: Member) -> Sequence[Locked]:
    """The guests that a member named, whatever else their keys open."""
    return [row for row in locked(of, Envelope.NAMES, member) if row.guests_of_id == member.id]


def guests_before(of: Sitting, member: Member) -> int:
    """How many lists of guests were sealed before this member arranged the evening; whose, nobody reads here."""
    opened = select(LockedKey.locked_id).where(LockedKey.member_id == member.id)
    asked = select(func.count()).select_from(Locked).where(Locked.session_id == of.id, Locked.expires_on >= today())
    return session.scalar(asked.where(Locked.guests_of_id.is_not(None), Locked.id.not_in(opened))) or 0


def themes(part: Part) -> list[Theme]:
    """The themes that somebody may read."""
    asked = select(Theme).where(Theme.session_id == part.sitting.id).order_by(Theme.source, Theme.id)
    agencies = part.of_agencies
    return [one for one in session.scalars(asked) if may_read_theme(State(one.state), of_agencies=agencies)]


def theme(part: Part, theme_id: int) -> Theme:
    """A theme that somebody may read, or `NotFound`."""
    return _one([one for one in themes(part) if one.id == theme_id])


def lines(part: Part) -> list[Verbatim]:
    """The lines that somebody of the circle may read today."""
    asked = select(Verbatim).where(Verbatim.session_id == part.sitting.id, Verbatim.expires_on >= today())
    agencies = part.of_agencies
    found = session.scalars(asked.order_by(Verbatim.id))
    return [one for one in found if may_read_line(Scope(one.scope), of_agencies=agencies)]


def line(part: Part, line_id: int) -> Verbatim:
    """One of them, or `NotFound`."""
    return _one([one for one in lines(part) if one.id == line_id])


def heads(of: Sitting) -> dict[str, int]:
    """How many of each kind were there."""
    rows = session.scalars(select(Heads).where(Heads.session_id == of.id))
    found = {row.present: row.heads for row in rows}
    return {present: found[present] for present in PRESENTS if present in found}


def acknowledgements_of(part: Part) -> list[Acknowledgement]:
    """What offices said at a session; a draft is for those who plan only, because it is not said yet."""
    asked = select(Acknowledgement).where(Acknowledgement.session_id == part.sitting.id)
    found = session.scalars(asked.order_by(Acknowledgement.spoken_on, Acknowledgement.id))
    return [one for one in found if one.published_on is not None or part.plans]


def acknowledgement_in(part: Part, acknowledgement_id: int) -> Acknowledgement:
    """One of them, or `NotFound`."""
    return _one([one for one in acknowledgements_of(part) if one.id == acknowledgement_id])


def origin_of(of: Sitting) -> str:
    """How promises say that they were made at a session."""
    return f"session-{of.id}-"


def promises_of(of: Sitting) -> Sequence[Commitment]:
    """Promises made at a session that are published, the next due first."""
    asked = select(Commitment).where(
        Commitment.origin.startswith(origin_of(of), autoescape=True), Commitment.published_at.is_not(None)
    )
    return session.scalars(asked.order_by(Commitment.due_on, Commitment.id)).unique().all()


def _one(found: Sequence[Row]) -> Row:
    if not found:
        raise NotFound
    return found[0]
