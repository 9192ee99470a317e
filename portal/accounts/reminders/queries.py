"""How a member is reminded, and what is on its way to whom."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flask import current_app
from sqlalchemy import ColumnElement, select

from portal.accounts.models import Member
from portal.accounts.reminders.models import Reach, Reminded
from portal.accounts.reminders.rules import Due, Nearness, Way
from portal.core.db import session
from portal.core.jobs.outbox import Parcel, cipher
from portal.core.jobs.rules import UNSETTLED
from portal.core.numbers import telephone


def reach_of(member_id: int) -> Reach | None:
    """What somebody chose, or None: then it is mail."""
    return session.get(Reach, member_id)


def sends_texts() -> bool:
    """Whether this portal sends texts at all."""
    return bool(current_app.extensions["settings"].sms_number)


def way_of(reach: Reach | None) -> Way:
    """How somebody is reminded now: by mail who chose nothing, or texts where there are none any more."""
    way = Way(reach.way) if reach else Way.MAIL
    return Way.MAIL if way is Way.TEXT and not sends_texts() else way


def number_of(reach: Reach) -> str:
    """The number in clear, for whoever has to write to it."""
    return cipher().decrypt(reach.contact or b"")


def end_of_number(reach: Reach) -> str:
    """As much of it as its owner needs to know it by, should somebody look over a shoulder."""
    return telephone(number_of(reach))[-4:]


def is_reachable(member_id: int) -> bool:
    """Whether somebody is here and wants to hear of anything."""
    return bool(present([member_id])) and way_of(reach_of(member_id)) is not Way.NONE


def present(member_ids: Iterable[int]) -> dict[int, Member]:
    """The members of these who have not left, by id."""
    asked = select(Member).where(Member.id.in_(set(member_ids)), Member.left_at.is_(None))
    return {member.id: member for member in session.scalars(asked)}


def under_way(condition: ColumnElement[bool]) -> Sequence[Reminded]:
    """Reminders that have not gone out yet."""
    asked = select(Reminded).join(Parcel, Parcel.id == Reminded.parcel_id).where(Parcel.state.in_(UNSETTLED))
    return session.scalars(asked.where(condition)).all()


def due_of(row: Reminded) -> Due:
    """What somebody was or is being reminded of."""
    return Due(row.due_on, row.about, Nearness(row.nearness), row.member_id)
