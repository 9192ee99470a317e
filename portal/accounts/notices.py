"""Word to everybody with a seat at any desk when something was done about who can open one. It names nobody."""

from __future__ import annotations

from typing import Any

from flask import Flask
from sqlalchemy import select

from portal.accounts.models import CIRCLE, Desk, DeskMember, Member
from portal.accounts.reminders.queries import number_of, reach_of, way_of
from portal.accounts.reminders.rules import Way
from portal.accounts.signals import desks_touched
from portal.accounts.texts import desks_mail, desks_text
from portal.core.db import session
from portal.core.i18n import speaking
from portal.core.jobs.outbox import Kind, put
from portal.core.mail import letter


def start(_app: Flask) -> None:
    """Connect to the signal of those who act."""
    desks_touched.connect(tell_desks)


def tell_desks(besides_id: Any) -> None:
    """Write to everybody with a seat, admitted or waiting, and to the member `besides_id` who has just lost theirs.

    By mail whatever they chose, for it is not a reminder; by text as well to whoever gets reminders that way.
    """
    seated = select(DeskMember.member_id).join(Desk, Desk.id == DeskMember.desk_id).where(Desk.kind != CIRCLE)
    told = Member.id.in_(seated) & Member.left_at.is_(None)
    for member in session.scalars(
        select(Member).where(told if besides_id is None else told | (Member.id == besides_id))
    ):
        _tell(member)


def _tell(member: Member) -> None:
    with speaking(member.language):
        put(Kind.MAIL, member.email, letter(*desks_mail()))
        reach = reach_of(member.id)
        if reach is not None and way_of(reach) is Way.TEXT:
            put(Kind.TEXT, number_of(reach), desks_text(), by_day=True)
