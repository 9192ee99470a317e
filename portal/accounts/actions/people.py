"""What an administrator does to an account: roles, leaving, a lost second factor."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from sqlalchemy import delete, select

from portal.accounts.actions.desk_keys import (
    change_key,
    copies_of,
    desk_of_kind,
    give_back_copies,
    give_seat,
    take_seat,
)
from portal.accounts.actions.second_factor import forget_second_factors
from portal.accounts.actions.sign_in import end_sign_ins
from portal.accounts.models import Desk, DeskKey, Invitation, Member, Removal, RoleHeld
from portal.accounts.queries import administrators, circle_desks_of, desks_of, holders
from portal.accounts.rules.roles import Role, conflict, ends_circles, kinds_of_desks
from portal.accounts.signals import standing_changed
from portal.core.audit import record
from portal.core.clock import now
from portal.core.db import session
from portal.core.errors import NotFound, Refused

UNDONE_WITHIN = timedelta(days=1)


def give_roles(member: Member, roles: Iterable[Role], by_id: int | None, *, even_last: bool = False) -> None:
    """Let a member hold exactly these roles. A desk's role brings a seat there; without it the seat is taken.

    Raises Refused("roles_conflict", "last_administrator" or "last_at_desk").
    """
    wanted = set(roles)
    if conflict(wanted):
        raise Refused("roles_conflict")
    if Role.ADMINISTRATOR in member.roles and Role.ADMINISTRATOR not in wanted:
        _keep_an_administrator()
    if wanted == set(member.given_roles):
        return
    walled_off = ends_circles(member.roles, wanted)
    member.role_rows = [row for row in member.role_rows if row.role in wanted]
    member.role_rows += [RoleHeld(role=role.value) for role in sorted(wanted - set(member.given_roles))]
    session.flush()
    record("member.roles_given", "member", member.id, by_id)
    _match_seats(member, wanted, by_id, even_last=even_last)
    if walled_off:
        _leave_circles(member, by_id)
    standing_changed.send(member.id)


def remove_member(member: Member, by_id: int | None, *, even_last: bool = False) -> None:
    """End an account at once. For `UNDONE_WITHIN` it can be given back; then all but name and id is erased.

    Name and id stay, so that what they did still has an author. Raises Refused("last_administrator" or "last_at_desk").
    """
    if Role.ADMINISTRATOR in member.roles:
        _keep_an_administrator()
    removal = Removal(member_id=member.id, removed_at=now(), roles=" ".join(sorted(member.given_roles)))
    removal.circles = [desk.id for desk in circle_desks_of(member.id)]
    removal.copies = copies_of(member.id)
    session.add(removal)
    session.flush()
    _match_seats(member, set(), by_id, even_last=even_last)
    _leave_circles(member, by_id)
    member.role_rows = []
    member.left_at = removal.removed_at
    session.execute(delete(Invitation).where(Invitation.member_id == member.id, Invitation.used_at.is_(None)))
    end_sign_ins(member.id, by_id)
    session.flush()
    record("member.removed", "member", member.id, by_id)
    standing_changed.send(member.id)


def undo_removal(member_id: int, by_id: int) -> Member:
    """Give an account back that was ended by mistake, with the password and second factor that its owner had.

    Nobody becomes them by it: no link is made, and nobody is signed in. Their desks and circles open for them again,
    with what came in meanwhile. What was given on, such as a place, does not come back. Raises NotFound when it is too
    late.
    """
    removal = session.get(Removal, member_id)
    if removal is None or removal.removed_at + UNDONE_WITHIN <= now():
        raise NotFound
    member = session.get_one(Member, member_id)
    member.left_at = None
    member.role_rows = [RoleHeld(role=role) for role in removal.roles.split()]
    session.flush()
    _match_seats(member, {Role(role) for role in member.roles}, by_id, even_last=True)
    for desk in session.scalars(select(Desk).where(Desk.id.in_(removal.circles))):
        give_seat(desk, member.id, by_id)
    give_back_copies(member.id, removal.copies)
    session.delete(removal)
    record("member.restored", "member", member.id, by_id)
    standing_changed.send(member.id)
    return member


def finish_removals(member_ids: Sequence[int]) -> None:
    """Erase what an ended account had kept for its way back. The rows of `Removal` go with whoever calls this.

    Keys that a backup of that day could open for them are changed.
    """
    ended = session.scalars(select(Removal).where(Removal.member_id.in_(member_ids))).all()
    set_aside = [int(key_id) for removal in ended for key_id in removal.copies]
    for removal in ended:
        removal.copies = {}
    session.flush()
    _change_keys(set_aside)
    for member in session.scalars(select(Member).where(Member.id.in_(member_ids))):
        # The address is free for a new invitation.
        member.email = f"left-{member.id}"
        member.password_hash = ""
        member.wrapped_private_key = b""
        forget_second_factors(member)
    session.flush()


def free_address(email: str) -> None:
    """Finish the removal of whoever had this address: somebody makes a new account with it."""
    found = session.scalars(select(Member.id).where(Member.email == email, Member.left_at.is_not(None))).all()
    finish_removals(found)
    session.execute(delete(Removal).where(Removal.member_id.in_(found)))


def clear_second_factor(member: Member, by_id: int | None) -> None:
    """For somebody who lost everything: app, passkeys, codes and password stop working; a new link must follow.

    The password goes too: whoever knows it could otherwise set up a second factor of their own first.
    """
    forget_second_factors(member)
    member.password_hash = ""
    end_sign_ins(member.id, by_id)
    record("member.second_factor_cleared", "member", member.id, by_id)


def _match_seats(member: Member, roles: set[Role], by_id: int | None, *, even_last: bool) -> None:
    wanted = kinds_of_desks(roles)
    for desk in desks_of(member.id):
        if desk.kind not in wanted:
            take_seat(desk, member.id, by_id, even_last=even_last)
    for kind in sorted(wanted):
        give_seat(desk_of_kind(kind.value), member.id, by_id)


def _change_keys(key_ids: Sequence[int]) -> None:
    active = select(DeskKey.desk_id).where(DeskKey.id.in_(key_ids), DeskKey.retired_at.is_(None))
    for desk in session.scalars(select(Desk).where(Desk.id.in_(active)).with_for_update()).all():
        if staying := holders(desk.id):
            change_key(desk, staying, None)


def _leave_circles(member: Member, by_id: int | None) -> None:
    # Even the last one: a refusal would tell an administrator who sits in which circle.
    for desk in circle_desks_of(member.id):
        take_seat(desk, member.id, by_id, even_last=True)


def _keep_an_administrator() -> None:
    if administrators() <= 1:
        raise Refused("last_administrator")
