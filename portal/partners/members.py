"""Actions on circles: founding, promise, invitations, admission, roles, leaving, handover of the lead, and closing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select, update

from portal.accounts import desk_keys, people
from portal.accounts.roles import Role
from portal.accounts.sign_in_rules import normal_email
from portal.accounts.users import CIRCLE, Invitation, Member, member_by_email, open_invitations
from portal.core.audit import record
from portal.core.clock import today
from portal.core.db import added, random_id, session
from portal.core.i18n import Bilingual
from portal.core.statuses import NotAllowed, NotFound, Refused
from portal.partners import circle_rules, circles
from portal.partners.callin import call_ins
from portal.partners.circle_rules import CircleRole
from portal.partners.circles import Circle, CircleSeat, Membership, Statement, Upcoming, leads, require_open
from portal.partners.polls import polls
from portal.partners.reconciliation import planning


def found_circle(values: Mapping[str, Any], statement: Bilingual, founder: Member) -> Circle:
    """Found a circle with the founder as lead, who makes its recovery phrase before any text. Raises NotAllowed."""
    if not circle_rules.may_found(founder.roles):
        raise NotAllowed
    desk = desk_keys.new_desk(CIRCLE)
    circle = Circle(id=random_id(), desk_id=desk.id, founded_on=today(), **values)
    circle.statements = [Statement.after(None, statement)]
    added(circle)
    membership = Membership(circle_id=circle.id, member_id=founder.id, role=CircleRole.LEAD, invited_on=today())
    membership.joined_on, membership.agreed_to_id = today(), circle.statement.id
    added(membership)
    desk_keys.give_seat(desk, founder.id, founder.id)
    record("circle.founded", "circle", circle.id, founder.id)
    return circle


def restate(seat: CircleSeat, words: Bilingual) -> None:
    """Replace the promise. Members accept it before they read on; the author has accepted it."""
    statement = Statement.after(seat.circle.statement, words)
    seat.circle.statements.insert(0, statement)
    session.flush()
    seat.membership.agreed_to_id = statement.id
    session.flush()
    record("circle.restated", "circle", seat.circle.id, seat.member.id)


def agree(seat: CircleSeat, statement_id: int) -> None:
    """Accept the promise as it was shown. Raises Refused("statement_changed") if there is a newer version."""
    if seat.circle.statement.id != statement_id:
        raise Refused("statement_changed")
    seat.membership.agreed_to_id = statement_id


def close_circle(seat: CircleSeat) -> None:
    """Close a circle: it can be read for 30 more days, and then everything in it is erased."""
    seat.circle.closed_on = seat.circle.closed_on or today()
    session.execute(delete(Membership).where(Membership.circle_id == seat.circle.id, Membership.joined_on.is_(None)))
    record("circle.closed", "circle", seat.circle.id, seat.member.id)


def erase_circles(desk_ids: Sequence[int]) -> None:
    """Delete the circles of these desks with all their content and keys; the caller deletes the desks next."""
    session.execute(delete(Circle).where(Circle.desk_id.in_(desk_ids)).execution_options(synchronize_session=False))
    desk_keys.erase_keys(desk_ids)


def lacks_lead_without(seat: CircleSeat) -> bool:
    return seat.circle.closed_on is None and circle_rules.is_last_lead(seat.member.id, leads(seat.circle))


def lacks_key_without(seat: CircleSeat) -> bool:
    """Return whether the members who stay could not open the circle's texts, as none of them is admitted yet."""
    if seat.circle.closed_on is not None or not seat.is_admitted:
        return False
    others = [other for other in circles.seats(seat.circle) if other.member.id != seat.member.id]
    return bool(others) and not any(other.is_admitted for other in others)


def invite(seat: CircleSeat, email: str, name: str, language: str, role: CircleRole) -> people.Invited | None:
    """Invite a person. Without an account they get a link that creates one, without any role of the portal.

    Returns None if they have an account, or already a link from another invitation. Raises Refused("circle_closed",
    "sits_already", "cannot_sit" or "name_needed").
    """
    require_open(seat.circle)
    member, made = member_by_email(normal_email(email)), None
    row = Membership(circle_id=seat.circle.id, role=role, invited_on=today(), invited_by_id=seat.member.id)
    if member is not None:
        may_sit = circle_rules.may_sit(member.roles, with_police=seat.circle.with_police)
        if not may_sit or not circle_rules.may_hold(role, member.roles):
            raise Refused("cannot_sit")
        rows = select(Membership).where(Membership.circle_id == seat.circle.id, circles.is_of(member.id))
        if (stale := session.scalars(rows).first()) is not None:
            if stale.joined_on is None or desk_keys.has_seat(seat.circle.desk_id, member.id):
                raise Refused("sits_already")
            # An administrator took the seat.
            session.execute(delete(Membership).where(Membership.id == stale.id))
        row.member_id = member.id
    else:
        # A second link would invalidate the first, with the roles that an administrator gave it.
        links = [link.id for link in open_invitations() if (link.email, link.member_id) == (normal_email(email), None)]
        if links and _is_waited_for(links[0], seat.circle.id):
            raise Refused("sits_already")
        if not links:
            if not name:
                raise Refused("name_needed")
            made = people.invite(email, name, language, (), seat.member.id)
        row.invitation_id = made.invitation.id if made else links[0]
    added(row)
    about = ("member", row.member_id) if row.member_id else ("invitation", row.invitation_id)
    record("circle.invited", *about, seat.member.id)
    return made


def withdraw(seat: CircleSeat, row: Membership) -> None:
    """Withdraw an invitation; a link that was created only for it stops working too."""
    link = session.get(Invitation, row.invitation_id) if row.invitation_id is not None else None
    session.delete(row)
    session.flush()
    if link is not None and link.used_at is None and not link.roles and not _is_waited_for(link.id):
        people.withdraw(link.id, seat.member.id)
    record("circle.invitation_withdrawn", "circle", seat.circle.id, seat.member.id)


def join(circle: Circle, row: Membership, member: Member, statement_id: int) -> None:
    """Join a circle, accepting its promise. Raises NotFound, Refused("statement_changed" or "circle_closed")."""
    require_open(circle)
    if not circle_rules.may_sit(member.roles, with_police=circle.with_police):
        raise NotFound
    if circle.statement.id != statement_id:
        raise Refused("statement_changed")
    if not circle_rules.may_hold(row.role, member.roles):
        row.role = CircleRole.MEMBER
    # The invitation row is purged in time; the seat must not be deleted with it.
    row.member_id, row.invitation_id = member.id, None
    row.joined_on, row.agreed_to_id = today(), statement_id
    session.flush()
    # A member with the key admits the newcomer later.
    desk_keys.give_seat(circle.desk, member.id, member.id)
    record("circle.joined", "member", member.id, member.id)


def give_role(seat: CircleSeat, other: CircleSeat, role: CircleRole) -> None:
    """Change a role; to lead, see `offer_lead`. Raises Refused("cannot_sit", "lead_by_consent" or "last_lead")."""
    if not circle_rules.may_hold(role, other.member.roles):
        raise Refused("cannot_sit")
    if role is CircleRole.LEAD and other.role is not CircleRole.LEAD:
        raise Refused("lead_by_consent")
    if role is not CircleRole.LEAD and circle_rules.is_last_lead(other.member.id, leads(seat.circle)):
        raise Refused("last_lead")
    other.membership.role = role
    seat.record("circle.role_given", other.member.id)


def remove(seat: CircleSeat, other: CircleSeat) -> None:
    """Remove a member; they cannot open later texts. Raises Refused("last_lead" or "last_key")."""
    _take_seat(other, seat.member.id)
    seat.record("circle.removed", other.member.id)


def leave(seat: CircleSeat) -> None:
    """Leave the circle. Raises Refused("last_lead", "last_key" or "handover_open") if an item must be settled first."""
    if planning.to_facilitate(seat):
        raise Refused("handover_open")
    _take_seat(seat, seat.member.id)
    seat.record("circle.left")


def _take_seat(seat: CircleSeat, by_id: int) -> None:
    if lacks_lead_without(seat):
        raise Refused("last_lead")
    if lacks_key_without(seat):
        raise Refused("last_key")
    session.delete(seat.membership)
    session.flush()
    desk_keys.take_seat(seat.circle.desk, seat.member.id, by_id, even_last=True)


def _is_waited_for(invitation_id: int, circle_id: int | None = None) -> bool:
    rows = select(Membership.id).where(Membership.invitation_id == invitation_id)
    if circle_id is not None:
        rows = rows.where(Membership.circle_id == circle_id)
    return session.scalars(rows).first() is not None


def ahead(seat: CircleSeat) -> list[Upcoming]:
    """Return what comes in a circle, earliest first, as far as this member may see it."""
    coming = [*polls.next_dates(seat), *call_ins.coming(seat), *planning.sessions_ahead(seat)]
    return sorted(coming, key=lambda item: item.on)


def offer_lead(seat: CircleSeat, other: CircleSeat) -> None:
    """Offer a member the lead of the circle. Raises Refused("cannot_lead")."""
    _require_able(other)
    other.membership.offered_by_id = seat.member.id
    seat.record("circle.lead_offered", other.member.id)


def take_offer_back(seat: CircleSeat, other: CircleSeat) -> None:
    other.membership.offered_by_id = None
    seat.record("circle.lead_offer_withdrawn", other.member.id)


def answer_offer(seat: CircleSeat, *, yes: bool) -> None:
    """Answer the offer to lead; who made it stays a lead. Raises NotFound if no current lead has made it."""
    if seat.membership.offered_by_id not in leads(seat.circle):
        raise NotFound
    seat.membership.offered_by_id = None
    if yes:
        _require_able(seat)
        _make_lead(seat, seat.member.id)


def name_lead(seat: CircleSeat, candidate_id: int) -> bool:
    """Name a lead where none is left; True if it decides. Raises Refused("has_lead" or "cannot_lead"), NotFound."""
    if leads(seat.circle):
        raise Refused("has_lead")
    candidate = circles.seat_of(seat.circle, candidate_id)
    _require_able(candidate)
    seat.membership.names_lead_id = candidate_id
    seat.record("circle.lead_named", candidate_id)
    # All who name somebody can open the circle's texts.
    may_name = circle_rules.may_name_lead
    voters = [one for one in circles.seats(seat.circle) if one.is_admitted and may_name(one.role, one.member.roles)]
    named_by = [voter.member.id for voter in voters if voter.membership.names_lead_id == candidate_id]
    community = [voter.member.id for voter in voters if Role.COMMUNITY_LEAD in voter.member.roles]
    if not circle_rules.has_enough_voices(named_by, [voter.member.id for voter in voters], community):
        return False
    _make_lead(candidate, seat.member.id)
    return True


def _make_lead(seat: CircleSeat, by_id: int) -> None:
    seat.membership.role = CircleRole.LEAD
    session.execute(update(Membership).where(Membership.circle_id == seat.circle.id).values(names_lead_id=None))
    record("circle.lead_made", "member", seat.member.id, by_id)


def _require_able(seat: CircleSeat) -> None:
    # Without the key a lead could admit no one.
    if not seat.is_admitted or not circle_rules.may_hold(CircleRole.LEAD, seat.member.roles):
        raise Refused("cannot_lead")


USUAL_STATEMENT = Bilingual(
    en="What is said and written here stays here. I tell nobody who sits in this circle or what somebody said. "
    "I take no screenshot and forward nothing. I write no name of anybody who is not here, "
    "and nothing about where somebody lives or their papers. When I leave, this still holds.",
    es="Lo que se dice y se escribe aquí se queda aquí. No cuento a nadie quién está en este círculo ni lo que alguien "
    "dijo. No saco capturas de pantalla ni reenvío nada. No escribo el nombre de nadie que no esté aquí, "
    "ni dónde vive alguien, ni nada sobre sus papeles. Cuando me vaya, esto sigue en pie.",
)
"""The default promise of a new circle; its lead may change it."""
REFUSALS = {
    "circle_locked": _l(
        "Nobody can open this circle yet, so it takes no texts. Its lead has to make the recovery phrase."
    ),
    "circle_closed": _l("This circle is closed. It can be read until it is erased."),
    "sits_already": _l("This person is in the circle or invited already."),
    "name_needed": _l("This person has no account yet. Please write their name."),
    "cannot_sit": _l("This person's role does not go with this circle, or with this place in it."),
    "statement_changed": _l("The promise was changed in the meantime. Please read it again."),
    "lead_by_consent": _l("Nobody is made a lead without being asked. Offer it on the handover page."),
    "last_lead": _l("The circle would be left without a lead. Hand it over first, or close it on purpose."),
    "last_key": _l("Nobody else can open what is written here. Let somebody in first, or close the circle."),
    "handover_open": _l("Something still hangs on you. Settle what is on the handover page first."),
    "cannot_lead": _l("A lead must be able to open the circle, and cannot be of the police."),
    "has_lead": _l("The circle has a lead again."),
}
AUDITED = {
    "circle.founded": _l("founded a circle"),
    "circle.described": _l("changed what is said about a circle"),
    "circle.restated": _l("changed what a circle promises each other"),
    "circle.closed": _l("closed a circle"),
    "circle.invited": _l("invited somebody to a circle"),
    "circle.invitation_withdrawn": _l("took back an invitation to a circle"),
    "circle.joined": _l("joined a circle"),
    "circle.declined": _l("declined an invitation to a circle"),
    "circle.role_given": _l("changed what somebody is in a circle"),
    "circle.removed": _l("removed somebody from a circle"),
    "circle.left": _l("left a circle"),
    "circle.lead_offered": _l("offered somebody to lead a circle"),
    "circle.lead_offer_withdrawn": _l("took back the offer to lead a circle"),
    "circle.lead_named": _l("named somebody to lead a circle"),
    "circle.lead_made": _l("gave a circle another lead"),
    "circle.note_deleted": _l("deleted what somebody else wrote in a circle"),
    "circle": _l("circle"),
}
