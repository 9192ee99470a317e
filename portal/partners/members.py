"""Founding a circle, saying what it is for, what its members promise each other, and closing it on purpose."""

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
    seat_of,
    seats,
    voters,
)


@dataclass(frozen=True)
class Founding:
    """What a circle is, as its founder says it."""

    kind: CircleKind
    name: Bilingual
    purpose: Bilingual
    statement: Bilingual
    with_police: bool


def found_circle(founding: Founding, founder: Member) -> Circle:
    """Found a circle and lead it. It takes no text before the founder has made its recovery phrase, and so its key.

    Raises NotAllowed.
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
    circle.statements = [_statement(1, founding.statement)]
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
    """Change what it is called and what it is for."""
    seat.circle.name, seat.circle.purpose = name, purpose
    session.flush()
    record("circle.described", "circle", seat.circle.id, seat.member.id)


def restate(seat: CircleSeat, words: Bilingual) -> Statement:
    """Write the promise anew. Everybody accepts it before they read on; whoever wrote it has."""
    statement = _statement(seat.circle.statement.edition + 1, words)
    seat.circle.statements.insert(0, statement)
    session.flush()
    seat.membership.agreed_to_id = statement.id
    session.flush()
    record("circle.restated", "circle", seat.circle.id, seat.member.id)
    return statement


def agree(seat: CircleSeat, statement_id: int) -> None:
    """Accept the promise as it was shown. Raises Refused("statement_changed") when it is a newer one by now."""
    if seat.circle.statement.id != statement_id:
        raise Refused("statement_changed")
    seat.membership.agreed_to_id = statement_id
    session.flush()


def close_circle(seat: CircleSeat) -> None:
    """End a circle on purpose: it can be read for 30 days more, and then everything in it is erased."""
    seat.circle.closed_on = seat.circle.closed_on or today()
    waiting = delete(Membership).where(Membership.circle_id == seat.circle.id, Membership.joined_on.is_(None))
    session.execute(waiting)
    session.flush()
    record("circle.closed", "circle", seat.circle.id, seat.member.id)


def erase_circles(desk_ids: Sequence[int]) -> None:
    """Erase the circles of these desks, with all that was written there and the keys; the desks go next."""
    session.execute(delete(Circle).where(Circle.desk_id.in_(desk_ids)).execution_options(synchronize_session=False))
    erase_keys(desk_ids)


def _statement(edition: int, words: Bilingual) -> Statement:
    return Statement(id=random_id(), edition=edition, words=words, made_on=today())


@dataclass(frozen=True)
class Open:
    """One thing that somebody leaves behind, as a sentence, and where it is settled. `must`: before they may leave."""

    what: LazyString | str
    url: str | None = None
    must: bool = True


class AskLeftOpen(Protocol):
    """Returns what would be left open if this person left the circle."""

    def __call__(self, seat: CircleSeat, /) -> list[Open]: ...


LEFT_OPEN: Hook[AskLeftOpen] = Hook("what somebody leaves open in a circle")


def left_open(seat: CircleSeat) -> list[Open]:
    """Everything that other features know to be open for whoever sits here."""
    return [item for ask in LEFT_OPEN.plugged() for item in ask(seat)]


def lacks_lead_without(seat: CircleSeat) -> bool:
    """Whether nobody would lead the circle any more."""
    return seat.circle.closed_on is None and is_last_lead(seat.member.id, leads(seat.circle))


def lacks_key_without(seat: CircleSeat) -> bool:
    """Whether others stay who could not open what is written, because nobody let them in yet."""
    if seat.circle.closed_on is not None or not seat.is_admitted:
        return False
    others = [other for other in seats(seat.circle) if other.member.id != seat.member.id]
    return bool(others) and not any(other.is_admitted for other in others)


def desk_of(circle: Circle) -> Desk:
    """The desk whose keys are the circle's."""
    return session.get_one(Desk, circle.desk_id)


def invite(seat: CircleSeat, email: str, name: str, language: str, role: CircleRole) -> Invited | None:
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


def withdraw(seat: CircleSeat, row: Membership) -> None:
    """Take an invitation back; the link that was made for nothing else stops working too."""
    link, linked = row.invitation_id, row.invitation_id is not None
    session.delete(row)
    session.flush()
    found = session.get(Invitation, link) if linked else None
    if found is not None and found.used_at is None and not found.roles and not _is_waited_for(found.id):
        people.withdraw(found.id, seat.member.id)
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


def admit(seat: CircleSeat, newcomer: CircleSeat, private_key: PrivateKey) -> None:
    """Hand every key that I hold to somebody who sits here. Raises NotAllowed when I hold none."""
    desk_keys.admit(desk_of(seat.circle), newcomer.member, seat.member, private_key)


def give_role(seat: CircleSeat, other: CircleSeat, role: CircleRole) -> None:
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


def remove(seat: CircleSeat, other: CircleSeat) -> None:
    """Take somebody's seat; what is written from now on they cannot open. Raises Refused("last_lead" or "last_key")."""
    _take_seat(other, seat.member.id)
    record("circle.removed", "member", other.member.id, seat.member.id)


def leave(seat: CircleSeat) -> None:
    """Go. Raises Refused("last_lead", "last_key" or "handover_open") while something must be settled first."""
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


def _require_open(circle: Circle) -> None:
    if circle.closed_on is not None:
        raise Refused("circle_closed")


def _invite_new(seat: CircleSeat, email: str, name: str, language: str, role: CircleRole) -> Invited | None:
    made, link = None, _open_link(normal_email(email))
    if link is None:
        if not name:
            raise Refused("name_needed")
        made = people.invite(email, name, language, (), seat.member.id)
        link = made.invitation
    elif _is_waited_for(link.id, seat.circle.id):
        raise Refused("sits_already")
    # Another link would make the one in their hands worthless, with the roles that an administrator gave it.
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
    """Forget the row of somebody whose seat was taken by an administrator. Raises Refused("sits_already")."""
    row = membership_of(circle, member_id)
    if row is None:
        return
    if row.joined_on is None or desk_keys.has_seat(circle.desk_id, member_id):
        raise Refused("sits_already")
    session.execute(delete(Membership).where(Membership.id == row.id))


@dataclass(frozen=True)
class Upcoming:
    """One thing that comes, as a few words, on its day, and the page that says more."""

    on: date
    what: LazyString | str
    url: str


class AskComing(Protocol):
    """Returns what comes in a circle, as far as this person may see it."""

    def __call__(self, seat: CircleSeat, /) -> list[Upcoming]: ...


COMING: Hook[AskComing] = Hook("what comes in a circle")


def ahead(seat: CircleSeat) -> list[Upcoming]:
    """Everything that other features know to come, the soonest first, as far as whoever sits here may see it."""
    return sorted((item for ask in COMING.plugged() for item in ask(seat)), key=lambda item: item.on)


def offer_lead(seat: CircleSeat, other: CircleSeat) -> None:
    """Ask somebody to lead the circle. Raises Refused("cannot_lead")."""
    _require_able(other)
    other.membership.offered_by_id = seat.member.id
    record("circle.lead_offered", "member", other.member.id, seat.member.id)


def take_offer_back(seat: CircleSeat, other: CircleSeat) -> None:
    """Do not ask any more."""
    other.membership.offered_by_id = None
    record("circle.lead_offer_withdrawn", "member", other.member.id, seat.member.id)


def answer_offer(seat: CircleSeat, *, yes: bool) -> None:
    """Lead the circle from now on, or not. Who offered it leads too, until they step down or leave.

    Raises NotFound when nobody asked, or whoever did leads no more.
    """
    if seat.membership.offered_by_id not in leads(seat.circle):
        raise NotFound
    seat.membership.offered_by_id = None
    if yes:
        _require_able(seat)
        _make_lead(seat, seat.member.id)


def name_lead(seat: CircleSeat, candidate_id: int) -> bool:
    """Say who should lead a circle that lost its lead; True when that is decided with it.

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
    # Without the key a lead could let nobody in.
    if not seat.is_admitted or not may_hold(CircleRole.LEAD, seat.member.roles):
        raise Refused("cannot_lead")
