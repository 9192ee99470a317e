"""Word to everybody with a seat at any desk when something was done about who can open one. It names nobody."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from portal.accounts.models import CIRCLE, Desk, DeskMember, Member
from portal.accounts.reminders.queries import number_of, reach_of, way_of
from portal.accounts.reminders.rules import Way
from portal.accounts.texts import desks_mail, desks_text
from portal.core.db import session
from portal.core.i18n import speaking
from portal.core.jobs.outbox import Kind, put
from portal.core.mail import letter


def tell_desks(besides: Iterable[Member] = ()) -> None:
    """Write to everybody with a seat, admitted or waiting, and to those `besides` who have just lost theirs.

    By mail whatever they chose, for it is not a reminder; by text as well to whoever gets reminders that way.
    """
    seated = (
        select(Member).join(DeskMember, DeskMember.member_id == Member.id).join(Desk, Desk.id == DeskMember.desk_id)
    )
    present = session.scalars(seated.where(Desk.kind != CIRCLE, Member.left_at.is_(None)).distinct())
    for member in {one.id: one for one in (*present, *besides)}.values():
        _tell(member)


def has_desk(member: Member) -> bool:
    """Whether somebody has a seat at a desk, admitted or waiting."""
    seats = select(DeskMember.desk_id).join(Desk, Desk.id == DeskMember.desk_id)
    return session.scalars(seats.where(DeskMember.member_id == member.id, Desk.kind != CIRCLE)).first() is not None


def _tell(member: Member) -> None:
    with speaking(member.language):
        put(Kind.MAIL, member.email, letter(*desks_mail()))
        reach = reach_of(member.id)
        if reach is not None and way_of(reach) is Way.TEXT:
            put(Kind.TEXT, number_of(reach), desks_text(), by_day=True)
