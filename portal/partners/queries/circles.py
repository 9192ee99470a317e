"""Finding circles and who sits in them. Whatever is not mine is `NotFound`, like what never was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, exists, func, not_, or_, select

from portal.accounts.models import Desk, DeskMember, Invitation, Member, Removal
from portal.accounts.queries import holders
from portal.accounts.rules.roles import Role
from portal.core.db import session
from portal.core.errors import NotFound
from portal.partners.models import Circle, Membership
from portal.partners.rules.circles import Act, CircleRole, acts, may_name_lead, may_sit

SITS = exists().where(
    DeskMember.desk_id == Circle.desk_id,
    DeskMember.member_id == Membership.member_id,
    Membership.joined_on.is_not(None),
)
"""Has joined, and the seat was not taken since, by whomever."""

HAS_LOST_SEAT = and_(
    Membership.joined_on.is_not(None),
    not_(
        exists().where(
            Circle.id == Membership.circle_id,
            DeskMember.desk_id == Circle.desk_id,
            DeskMember.member_id == Membership.member_id,
        )
    ),
    not_(exists().where(Removal.member_id == Membership.member_id)),
)
"""Joined, and does not sit there any more: the account was ended for good, or its roles changed."""


def is_desk_of_closed_circle(by: date) -> ColumnElement[bool]:
    """A desk's circle was closed on this day or before."""
    return exists().where(Circle.desk_id == Desk.id, Circle.closed_on <= by)


@dataclass(frozen=True)
class Seat:
    """Somebody in a circle: as what, and whether they can open its texts yet."""

    circle: Circle
    membership: Membership
    member: Member
    is_admitted: bool

    @property
    def role(self) -> CircleRole:
        """What they are in the circle."""
        return CircleRole(self.membership.role)

    @property
    def is_police(self) -> bool:
        """Whether they sit here for the police."""
        return Role.POLICE_LIAISON in self.member.roles

    def may(self, act: Act) -> bool:
        """Whether they may do this here."""
        return act in acts(self.role, self.member.roles)

    @property
    def agrees(self) -> bool:
        """Whether they accepted the statement as it is now."""
        return self.membership.agreed_to_id == self.circle.statement.id


def my_seat(circle_id: int, member: Member, *, to_change: bool = False) -> Seat:
    """My seat in a circle; `NotFound` whoever has none. `to_change` makes a second writer wait for the first."""
    found = _seated().where(Circle.id == circle_id, Membership.member_id == member.id)
    if to_change:
        found = found.with_for_update(of=Circle).execution_options(populate_existing=True)
    row = session.execute(found).first()
    if row is None or not may_sit(member.roles, with_police=row[0].with_police):
        raise NotFound
    circle, membership, _member = row
    return Seat(circle, membership, member, member.id in _admitted(circle))


def my_circles(member: Member) -> list[Seat]:
    """Every circle in which I sit, those that are open first."""
    rows = session.execute(_seated().where(Membership.member_id == member.id))
    mine = [
        Seat(circle, membership, member, member.id in _admitted(circle))
        for circle, membership, _member in rows
        if may_sit(member.roles, with_police=circle.with_police)
    ]
    return sorted(mine, key=lambda seat: (seat.circle.closed_on is not None, str(seat.circle.name).casefold()))


def seats(circle: Circle) -> list[Seat]:
    """Everybody who sits in a circle, by name. Only for who may see names."""
    admitted = _admitted(circle)
    rows = session.execute(_seated().where(Circle.id == circle.id).order_by(Member.name, Member.id))
    return [Seat(circle, membership, member, member.id in admitted) for _circle, membership, member in rows]


def seat_of(circle: Circle, member_id: int) -> Seat:
    """Somebody's seat, for who may see names; `NotFound` when they have none."""
    for seat in seats(circle):
        if seat.member.id == member_id:
            return seat
    raise NotFound


def leads(circle: Circle) -> list[int]:
    """Ids of those who lead a circle now."""
    return [seat.member.id for seat in seats(circle) if seat.role is CircleRole.LEAD]


def is_offered(seat: Seat) -> bool:
    """Whether they are asked to lead, by somebody who leads now."""
    return seat.membership.offered_by_id is not None and seat.membership.offered_by_id in leads(seat.circle)


def voters(circle: Circle) -> list[Seat]:
    """Those who name another lead when there is none: they can open what is written here."""
    return [seat for seat in seats(circle) if seat.is_admitted and may_name_lead(seat.role, seat.member.roles)]


def is_drawn_in(member_id: int) -> bool:
    """Whether somebody sits in a circle or is invited to one."""
    mine = or_(Membership.member_id == member_id, _made_account_of(member_id))
    asked = select(Membership.id).join(Circle).where(mine, or_(SITS, Membership.joined_on.is_(None))).limit(1)
    return session.scalar(asked) is not None


# --- invitations ---


@dataclass(frozen=True)
class Waiting:
    """Somebody who is invited and has not answered yet; a name is known as soon as there is an account."""

    membership: Membership
    name: str
    has_account: bool


def my_invitations(member: Member) -> list[tuple[Circle, Membership]]:
    """The circles to which I am invited and may come."""
    rows = session.execute(_invited(member.id).order_by(Membership.invited_on, Circle.id))
    return [(circle, row) for circle, row in rows if may_sit(member.roles, with_police=circle.with_police)]


def my_invitation(circle_id: int, member: Member) -> tuple[Circle, Membership]:
    """My invitation to this circle, or `NotFound`."""
    for circle, row in my_invitations(member):
        if circle.id == circle_id:
            return circle, row
    raise NotFound


def waiting(circle: Circle) -> list[Waiting]:
    """Everybody who is invited to a circle and has not answered."""
    rows = session.execute(
        select(Membership, Member, Invitation)
        .outerjoin(Invitation, Invitation.id == Membership.invitation_id)
        .outerjoin(Member, Member.id == func.coalesce(Membership.member_id, Invitation.member_id))
        .where(Membership.circle_id == circle.id, Membership.joined_on.is_(None))
        .order_by(Membership.invited_on, Membership.id)
    )
    return [Waiting(row, member.name if member else link.name, member is not None) for row, member, link in rows]


def invited(circle: Circle, membership_id: int) -> Membership:
    """An invitation to this circle that was not answered, or `NotFound`."""
    row = session.get(Membership, membership_id)
    if row is None or row.circle_id != circle.id or row.joined_on is not None:
        raise NotFound
    return row


def membership_of(circle: Circle, member_id: int) -> Membership | None:
    """The row of somebody who is invited, sits here, or sat here."""
    mine = or_(Membership.member_id == member_id, _made_account_of(member_id))
    return session.scalars(select(Membership).where(Membership.circle_id == circle.id, mine)).first()


def _seated() -> Select[Circle, Membership, Member]:
    return (
        select(Circle, Membership, Member)
        .join(Membership, Membership.circle_id == Circle.id)
        .join(Member, Member.id == Membership.member_id)
        .where(SITS, Member.left_at.is_(None))
    )


def _invited(member_id: int) -> Select[Circle, Membership]:
    mine = or_(Membership.member_id == member_id, _made_account_of(member_id))
    open_here = Circle.closed_on.is_(None) & Membership.joined_on.is_(None)
    return select(Circle, Membership).join(Membership, Membership.circle_id == Circle.id).where(mine, open_here)


def _made_account_of(member_id: int) -> ColumnElement[bool]:
    made = select(Invitation.id).where(Invitation.member_id == member_id, Invitation.used_at.is_not(None))
    return Membership.invitation_id.in_(made)


def _admitted(circle: Circle) -> Sequence[int]:
    return [member.id for member in holders(circle.desk_id)]
