"""Actions on circles: founding, promise, invitations, admission, roles, leaving, handover of the lead, and closing.

Other modules add to the pages of a circle through two hooks declared here: `LEFT_OPEN` and `COMING`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from flask_babel import LazyString
from nacl.public import PrivateKey
from sqlalchemy import delete, select, update

from portal.accounts import desk_keys, people
from portal.accounts.desk_keys import erase_keys, give_seat, new_circle_desk
from portal.accounts.people import Invited
from portal.accounts.roles import Role
from portal.accounts.sign_in_rules import normal_email
from portal.accounts.users import Desk, Invitation, Member, member_by_email, open_invitations
from portal.core.audit import record
from portal.core.clock import today
from portal.core.db import random_id, session
from portal.core.i18n import Bilingual
from portal.core.portal import Hook
from portal.core.statuses import NotAllowed, NotFound, Refused
from portal.partners.circle_rules import (
    CircleKind,
    CircleRole,
    has_enough_voices,
    is_last_lead,
    may_found,
    may_hold,
    may_sit,
)
from portal.partners.circles import (
    Circle,
    CircleSeat,
    Membership,
    Statement,
    leads,
    membership_of,
    require_open,
    seat_of,
    seats,
    voters,
)


@dataclass(frozen=True)
class Founding:
    """The description of a circle to be founded."""

    kind: CircleKind
    name: Bilingual
    purpose: Bilingual
    statement: Bilingual
    with_police: bool


def found_circle(founding: Founding, founder: Member) -> Circle:
    """Found a circle with the founder as lead. Raises NotAllowed.

    It accepts no text before the founder has created its recovery phrase, and with it its key.
    """
    if not may_found(founder.roles):
        raise NotAllowed
    desk = new_circle_desk()
    circle = Circle(
        id=random_id(),
        desk_id=desk.id,
        kind=founding.kind.value,
        name=founding.name,
        purpose=founding.purpose,
        with_police=founding.with_police,
        founded_on=today(),
    )
    circle.statements = [Statement.after(None, founding.statement)]
    session.add(circle)
    session.flush()
    membership = Membership(circle_id=circle.id, member_id=founder.id, role=CircleRole.LEAD.value, invited_on=today())
    membership.joined_on, membership.agreed_to_id = today(), circle.statement.id
    session.add(membership)
    session.flush()
    give_seat(desk, founder.id, founder.id)
    record("circle.founded", "circle", circle.id, founder.id)
    return circle


def describe_circle(seat: CircleSeat, name: Bilingual, purpose: Bilingual) -> None:
    """Change name and purpose of a circle."""
    seat.circle.name, seat.circle.purpose = name, purpose
    session.flush()
    record("circle.described", "circle", seat.circle.id, seat.member.id)


def restate(seat: CircleSeat, words: Bilingual) -> Statement:
    """Replace the promise. Members accept it before they read on; the author has accepted it."""
    statement = Statement.after(seat.circle.statement, words)
    seat.circle.statements.insert(0, statement)
    session.flush()
    seat.membership.agreed_to_id = statement.id
    session.flush()
    record("circle.restated", "circle", seat.circle.id, seat.member.id)
    return statement


def agree(seat: CircleSeat, statement_id: int) -> None:
    """Accept the promise as it was shown. Raises Refused("statement_changed") if there is a newer version."""
    if seat.circle.statement.id != statement_id:
        raise Refused("statement_changed")
    seat.membership.agreed_to_id = statement_id
    session.flush()


def close_circle(seat: CircleSeat) -> None:
    """Close a circle: it can be read for 30 more days, and then everything in it is erased."""
    seat.circle.closed_on = seat.circle.closed_on or today()
    waiting = delete(Membership).where(Membership.circle_id == seat.circle.id, Membership.joined_on.is_(None))
    session.execute(waiting)
    session.flush()
    record("circle.closed", "circle", seat.circle.id, seat.member.id)


def erase_circles(desk_ids: Sequence[int]) -> None:
    """Delete the circles of these desks with all their content and keys; the caller deletes the desks next."""
    session.execute(delete(Circle).where(Circle.desk_id.in_(desk_ids)).execution_options(synchronize_session=False))
    erase_keys(desk_ids)


@dataclass(frozen=True)
class Open:
    """An item that a leaving member would leave open: a sentence and the page that settles it.

    `must`: it has to be settled before they may leave.
    """

    what: LazyString | str
    url: str | None = None
    must: bool = True


class AskLeftOpen(Protocol):
    """Returns the items that would be left open if this member left the circle."""

    def __call__(self, seat: CircleSeat, /) -> list[Open]: ...


LEFT_OPEN: Hook[AskLeftOpen] = Hook("what somebody leaves open in a circle")


def left_open(seat: CircleSeat) -> list[Open]:
    """Return all items that the plugged hooks report as open for the member in this seat."""
    return [item for ask in LEFT_OPEN.plugged() for item in ask(seat)]


def lacks_lead_without(seat: CircleSeat) -> bool:
    """Return whether the circle would have no lead without this member."""
    return seat.circle.closed_on is None and is_last_lead(seat.member.id, leads(seat.circle))


def lacks_key_without(seat: CircleSeat) -> bool:
    """Return whether the members who stay could not open the circle's texts, as none of them is admitted yet."""
    if seat.circle.closed_on is not None or not seat.is_admitted:
        return False
    others = [other for other in seats(seat.circle) if other.member.id != seat.member.id]
    return bool(others) and not any(other.is_admitted for other in others)


def desk_of(circle: Circle) -> Desk:
    """Return the desk whose keys are the circle's."""
    return session.get_one(Desk, circle.desk_id)


def invite(seat: CircleSeat, email: str, name: str, language: str, role: CircleRole) -> Invited | None:
    """Invite a person. Without an account they get a link that creates one, without any role of the portal.

    Returns None if they have an account, or already a link from another invitation. Raises Refused("circle_closed",
    "sits_already", "cannot_sit" or "name_needed").
    """
    require_open(seat.circle)
    member = member_by_email(normal_email(email))
    if member is None:
        return _invite_new(seat, email, name, language, role)
    if not may_sit(member.roles, with_police=seat.circle.with_police) or not may_hold(role, member.roles):
        raise Refused("cannot_sit")
    _clear_the_way(seat.circle, member.id)
    _wait_for(seat, role, member_id=member.id)
    record("circle.invited", "member", member.id, seat.member.id)
    return None


def withdraw(seat: CircleSeat, row: Membership) -> None:
    """Withdraw an invitation; a link that was created only for it stops working too."""
    link, linked = row.invitation_id, row.invitation_id is not None
    session.delete(row)
    session.flush()
    found = session.get(Invitation, link) if linked else None
    if found is not None and found.used_at is None and not found.roles and not _is_waited_for(found.id):
        people.withdraw(found.id, seat.member.id)
    record("circle.invitation_withdrawn", "circle", seat.circle.id, seat.member.id)


def join(circle: Circle, row: Membership, member: Member, statement_id: int) -> None:
    """Join a circle, accepting its promise. A member with the key admits the newcomer later.

    Raises NotFound when the member may not sit there, Refused("statement_changed" or "circle_closed").
    """
    require_open(circle)
    if not may_sit(member.roles, with_police=circle.with_police):
        raise NotFound
    if circle.statement.id != statement_id:
        raise Refused("statement_changed")
    if not may_hold(CircleRole(row.role), member.roles):
        row.role = CircleRole.MEMBER.value
    # The invitation row is purged in time; the seat must not be deleted with it.
    row.member_id, row.invitation_id = member.id, None
    row.joined_on, row.agreed_to_id = today(), statement_id
    session.flush()
    desk_keys.give_seat(desk_of(circle), member.id, member.id)
    record("circle.joined", "member", member.id, member.id)


def decline(row: Membership, member: Member) -> None:
    """Decline an invitation. No message says who declined; the audit event names the member, not the circle."""
    session.delete(row)
    session.flush()
    record("circle.declined", "member", member.id, member.id)


def admit(seat: CircleSeat, newcomer: CircleSeat, private_key: PrivateKey) -> None:
    """Hand all keys of the circle that `seat` holds to the newcomer. Raises NotAllowed if it holds none."""
    desk_keys.admit(desk_of(seat.circle), newcomer.member, seat.member, private_key)


def give_role(seat: CircleSeat, other: CircleSeat, role: CircleRole) -> None:
    """Change a member's role in the circle. A lead is made only with their consent, see `offer_lead`.

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


def remove(seat: CircleSeat, other: CircleSeat) -> None:
    """Remove a member; they cannot open later texts. Raises Refused("last_lead" or "last_key")."""
    _take_seat(other, seat.member.id)
    record("circle.removed", "member", other.member.id, seat.member.id)


def leave(seat: CircleSeat) -> None:
    """Leave the circle. Raises Refused("last_lead", "last_key" or "handover_open") if an item must be settled first."""
    if any(item.must for item in left_open(seat)):
        raise Refused("handover_open")
    _take_seat(seat, seat.member.id)
    record("circle.left", "member", seat.member.id, seat.member.id)


def _take_seat(seat: CircleSeat, by_id: int) -> None:
    if lacks_lead_without(seat):
        raise Refused("last_lead")
    if lacks_key_without(seat):
        raise Refused("last_key")
    session.delete(seat.membership)
    session.flush()
    desk_keys.take_seat(desk_of(seat.circle), seat.member.id, by_id, even_last=True)


def _invite_new(seat: CircleSeat, email: str, name: str, language: str, role: CircleRole) -> Invited | None:
    made, link = None, _open_link(normal_email(email))
    if link is None:
        if not name:
            raise Refused("name_needed")
        made = people.invite(email, name, language, (), seat.member.id)
        link = made.invitation
    elif _is_waited_for(link.id, seat.circle.id):
        raise Refused("sits_already")
    # A second link would invalidate the first, with the roles that an administrator gave it.
    _wait_for(seat, role, invitation_id=link.id)
    record("circle.invited", "invitation", link.id, seat.member.id)
    return made


def _open_link(email: str) -> Invitation | None:
    return next((one for one in open_invitations() if one.email == email and one.member_id is None), None)


def _wait_for(seat: CircleSeat, role: CircleRole, **whom: int) -> None:
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
    """Delete the stale row of a member whose seat an administrator took. Raises Refused("sits_already")."""
    row = membership_of(circle, member_id)
    if row is None:
        return
    if row.joined_on is None or desk_keys.has_seat(circle.desk_id, member_id):
        raise Refused("sits_already")
    session.execute(delete(Membership).where(Membership.id == row.id))


@dataclass(frozen=True)
class Upcoming:
    """A coming event of a circle: its day, a short text, and the page with details."""

    on: date
    what: LazyString | str
    url: str


class AskComing(Protocol):
    """Returns the coming events of a circle, as far as this member may see them."""

    def __call__(self, seat: CircleSeat, /) -> list[Upcoming]: ...


COMING: Hook[AskComing] = Hook("what comes in a circle")


def ahead(seat: CircleSeat) -> list[Upcoming]:
    """Return the events that the plugged hooks report, earliest first, as far as this member may see them."""
    return sorted((item for ask in COMING.plugged() for item in ask(seat)), key=lambda item: item.on)


def offer_lead(seat: CircleSeat, other: CircleSeat) -> None:
    """Offer a member the lead of the circle. Raises Refused("cannot_lead")."""
    _require_able(other)
    other.membership.offered_by_id = seat.member.id
    record("circle.lead_offered", "member", other.member.id, seat.member.id)


def take_offer_back(seat: CircleSeat, other: CircleSeat) -> None:
    """Withdraw an offer of the lead."""
    other.membership.offered_by_id = None
    record("circle.lead_offer_withdrawn", "member", other.member.id, seat.member.id)


def answer_offer(seat: CircleSeat, *, yes: bool) -> None:
    """Accept or decline the lead. The lead who offered it stays one, until they step down or leave.

    Raises NotFound if no current lead has offered it.
    """
    if seat.membership.offered_by_id not in leads(seat.circle):
        raise NotFound
    seat.membership.offered_by_id = None
    if yes:
        _require_able(seat)
        _make_lead(seat, seat.member.id)


def name_lead(seat: CircleSeat, candidate_id: int) -> bool:
    """Name a lead for a circle that lost its own. Returns True if this decides it.

    Raises Refused("has_lead" or "cannot_lead"), NotFound.
    """
    if leads(seat.circle):
        raise Refused("has_lead")
    candidate = seat_of(seat.circle, candidate_id)
    _require_able(candidate)
    seat.membership.names_lead_id = candidate_id
    session.flush()
    record("circle.lead_named", "member", candidate_id, seat.member.id)
    those = voters(seat.circle)
    named_by = [one.member.id for one in those if one.membership.names_lead_id == candidate_id]
    community = [one.member.id for one in those if Role.COMMUNITY_LEAD in one.member.roles]
    if not has_enough_voices(named_by, [one.member.id for one in those], community):
        return False
    _make_lead(candidate, seat.member.id)
    return True


def _make_lead(seat: CircleSeat, by_id: int) -> None:
    seat.membership.role = CircleRole.LEAD.value
    of_the_circle = Membership.circle_id == seat.circle.id
    session.execute(update(Membership).where(of_the_circle).values(names_lead_id=None))
    session.flush()
    record("circle.lead_made", "member", seat.member.id, by_id)


def _require_able(seat: CircleSeat) -> None:
    # Without the key a lead could admit no one.
    if not seat.is_admitted or not may_hold(CircleRole.LEAD, seat.member.roles):
        raise Refused("cannot_lead")
