"""How people come into a circle, get its key, change what they are there, and go."""

from __future__ import annotations

from nacl.public import PrivateKey
from sqlalchemy import delete, select

from portal.accounts.actions import desk_keys, invitations
from portal.accounts.actions.invitations import Invited
from portal.accounts.models import Desk, Invitation, Member
from portal.accounts.queries import member_by_email, open_invitations
from portal.accounts.rules.email import normal_email
from portal.core.audit import record
from portal.core.clock import today
from portal.core.db import session
from portal.core.errors import NotFound, Refused
from portal.partners.handover import lacks_key_without, lacks_lead_without, left_open
from portal.partners.models import Circle, Membership
from portal.partners.queries.circles import Seat, leads, membership_of
from portal.partners.rules.circles import CircleRole, is_last_lead, may_hold, may_sit


def desk_of(circle: Circle) -> Desk:
    """The desk whose keys are the circle's."""
    return session.get_one(Desk, circle.desk_id)


def invite(seat: Seat, email: str, name: str, language: str, role: CircleRole) -> Invited | None:
    """Invite somebody. Who has no account gets a link that makes one, without any role of the portal.

    None when they have an account, or a link already that somebody else made. Raises Refused("circle_closed",
    "sits_already", "cannot_sit" or "name_needed").
    """
    _require_open(seat.circle)
    member = member_by_email(normal_email(email))
    if member is None:
        return _invite_new(seat, email, name, language, role)
    if not may_sit(member.roles, with_police=seat.circle.with_police) or not may_hold(role, member.roles):
        raise Refused("cannot_sit")
    _clear_the_way(seat.circle, member.id)
    _wait_for(seat, role, member_id=member.id)
    record("circle.invited", "member", member.id, seat.member.id)
    return None


def withdraw(seat: Seat, row: Membership) -> None:
    """Take an invitation back; the link that was made for nothing else stops working too."""
    link, linked = row.invitation_id, row.invitation_id is not None
    session.delete(row)
    session.flush()
    found = session.get(Invitation, link) if linked else None
    if found is not None and found.used_at is None and not found.roles and not _is_waited_for(found.id):
        invitations.withdraw(found.id, seat.member.id)
    record("circle.invitation_withdrawn", "circle", seat.circle.id, seat.member.id)


def join(circle: Circle, row: Membership, member: Member, statement_id: int) -> None:
    """Come into a circle, having accepted what its members promise each other. Somebody inside hands over the key.

    Raises NotFound when the member may not sit there, Refused("statement_changed" or "circle_closed").
    """
    _require_open(circle)
    if not may_sit(member.roles, with_police=circle.with_police):
        raise NotFound
    if circle.statement.id != statement_id:
        raise Refused("statement_changed")
    if not may_hold(CircleRole(row.role), member.roles):
        row.role = CircleRole.MEMBER.value
    # The link is erased in its time; the seat must not go with it.
    row.member_id, row.invitation_id = member.id, None
    row.joined_on, row.agreed_to_id = today(), statement_id
    session.flush()
    desk_keys.give_seat(desk_of(circle), member.id, member.id)
    record("circle.joined", "member", member.id, member.id)


def decline(row: Membership, member: Member) -> None:
    """Answer an invitation with no. Nobody is told by whom it was."""
    session.delete(row)
    session.flush()
    record("circle.declined", "member", member.id, member.id)


def admit(seat: Seat, newcomer: Seat, private_key: PrivateKey) -> None:
    """Hand every key that I hold to somebody who sits here. Raises NotAllowed when I hold none."""
    desk_keys.admit(desk_of(seat.circle), newcomer.member, seat.member, private_key)


def give_role(seat: Seat, other: Seat, role: CircleRole) -> None:
    """Let somebody be something else in the circle. A lead is made by `handover`, with their consent.

    Raises Refused("cannot_sit", "lead_by_consent" or "last_lead").
    """
    if not may_hold(role, other.member.roles):
        raise Refused("cannot_sit")
    if role is CircleRole.LEAD and other.role is not CircleRole.LEAD:
        raise Refused("lead_by_consent")
    if role is not CircleRole.LEAD and is_last_lead(other.member.id, leads(seat.circle)):
        raise Refused("last_lead")
    other.membership.role = role.value
    session.flush()
    record("circle.role_given", "member", other.member.id, seat.member.id)


def remove(seat: Seat, other: Seat) -> None:
    """Take somebody's seat; what is written from now on they cannot open. Raises Refused("last_lead" or "last_key")."""
    _take_seat(other, seat.member.id)
    record("circle.removed", "member", other.member.id, seat.member.id)


def leave(seat: Seat) -> None:
    """Go. Raises Refused("last_lead", "last_key" or "handover_open") while something must be settled first."""
    if any(item.must for item in left_open(seat)):
        raise Refused("handover_open")
    _take_seat(seat, seat.member.id)
    record("circle.left", "member", seat.member.id, seat.member.id)


def _take_seat(seat: Seat, by_id: int) -> None:
    if lacks_lead_without(seat):
        raise Refused("last_lead")
    if lacks_key_without(seat):
        raise Refused("last_key")
    session.delete(seat.membership)
    session.flush()
    desk_keys.take_seat(desk_of(seat.circle), seat.member.id, by_id, even_last=True)


def _require_open(circle: Circle) -> None:
    if circle.closed_on is not None:
        raise Refused("circle_closed")


def _invite_new(seat: Seat, email: str, name: str, language: str, role: CircleRole) -> Invited | None:
    made, link = None, _open_link(normal_email(email))
    if link is None:
        if not name:
            raise Refused("name_needed")
        made = invitations.invite(email, name, language, (), seat.member.id)
        link = made.invitation
    elif _is_waited_for(link.id, seat.circle.id):
        raise Refused("sits_already")
    # Another link would make the one in their hands worthless, with the roles that an administrator gave it.
    _wait_for(seat, role, invitation_id=link.id)
    record("circle.invited", "invitation", link.id, seat.member.id)
    return made


def _open_link(email: str) -> Invitation | None:
    return next((one for one in open_invitations() if one.email == email and one.member_id is None), None)


def _wait_for(seat: Seat, role: CircleRole, **whom: int) -> None:
    row = Membership(circle_id=seat.circle.id, role=role.value, invited_on=today(), **whom)
    row.invited_by_id = seat.member.id
    session.add(row)
    session.flush()


def _is_waited_for(invitation_id: int, circle_id: int | None = None) -> bool:
    asked = select(Membership.id).where(Membership.invitation_id == invitation_id)
    if circle_id is not None:
        asked = asked.where(Membership.circle_id == circle_id)
    return session.scalars(asked).first() is not None


def _clear_the_way(circle: Circle, member_id: int) -> None:
    """Forget the row of somebody whose seat was taken by an administrator. Raises Refused("sits_already")."""
    row = membership_of(circle, member_id)
    if row is None:
        return
    if row.joined_on is None or desk_keys.has_seat(circle.desk_id, member_id):
        raise Refused("sits_already")
    session.execute(delete(Membership).where(Membership.id == row.id))
