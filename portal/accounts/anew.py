"""Requests to begin a desk anew: finding them, and whether one may be carried out now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import aliased

from portal.accounts.models import CIRCLE, BeginAnew, Desk, DeskKey, DeskKeyCopy, DeskMember, Member
from portal.accounts.rules.anew import Second, may_agree, may_begin, takes_effect_at
from portal.core.clock import now
from portal.core.db import session


@dataclass(frozen=True)
class Request:
    """A request to begin a desk anew, as colleagues and administrators see it."""

    desk: Desk
    asked_by: Member
    asked_at: datetime
    agreed_by: Member | None
    """None as long as nobody agreed, and again when whoever did is not entitled to it any more."""

    @property
    def takes_effect_at(self) -> datetime:
        """The first moment at which it can be carried out."""
        return takes_effect_at(self.asked_at)

    def may_be_agreed_by(self, member: Member) -> bool:
        """Whether this member may be the second person."""
        return may_agree(second(member), self.desk.id, self.asked_by.id, now())

    def may_be_begun_by(self, member: Member) -> bool:
        """Whether this member asked and may go on now."""
        agreed = self.agreed_by is not None
        is_ready = may_begin(self.asked_at, self.asked_by.renewed_at, agreed=agreed, now=now())
        return member.id == self.asked_by.id and is_ready


def had_key(desk_id: int) -> bool:
    """Whether a desk ever had a key: then whoever begins it anew takes the place of somebody."""
    return bool(session.scalar(select(func.count()).select_from(DeskKey).where(DeskKey.desk_id == desk_id)))


def request_for(desk_id: int) -> Request | None:
    """The request that waits for a desk."""
    row = session.get(BeginAnew, desk_id)
    return None if row is None else _request(row)


def requests() -> Sequence[Request]:
    """Every request that waits, the oldest first."""
    return [_request(row) for row in session.scalars(select(BeginAnew).order_by(BeginAnew.asked_at))]


def has_desk(member: Member) -> bool:
    """Whether somebody has a seat at a desk that is no circle's, admitted or waiting."""
    seats = select(DeskMember.desk_id).join(Desk, Desk.id == DeskMember.desk_id)
    return session.scalars(seats.where(DeskMember.member_id == member.id, Desk.kind != CIRCLE)).first() is not None


def second(member: Member) -> Second:
    """What decides whether a member may be the second person."""
    first = aliased(DeskKey)
    set_up = select(func.min(first.created_at)).where(first.desk_id == Desk.id).scalar_subquery()
    seats = (
        select(Desk.id, DeskMember.since, set_up)
        .join(DeskMember, DeskMember.desk_id == Desk.id)
        .join(DeskKey, DeskKey.desk_id == Desk.id)
        .join(DeskKeyCopy, DeskKeyCopy.desk_key_id == DeskKey.id)
        .where(DeskMember.member_id == member.id, DeskKeyCopy.member_id == member.id)
        .where(DeskKey.retired_at.is_(None), Desk.kind != CIRCLE)
    )
    opens = [(desk_id, max(since, set_up_at)) for desk_id, since, set_up_at in session.execute(seats)]
    return Second(member.id, member.roles, member.created_at, member.renewed_at, opens)


def forget_request(desk_id: int) -> None:
    """Forget what was asked for a desk."""
    session.execute(delete(BeginAnew).where(BeginAnew.desk_id == desk_id))


def forget_requests_of(member_id: int, desk_id: int | None = None) -> None:
    """Forget what somebody asked, for every desk or for one: their account or their seat is not what it was."""
    theirs = delete(BeginAnew).where(BeginAnew.asked_by_id == member_id)
    session.execute(theirs if desk_id is None else theirs.where(BeginAnew.desk_id == desk_id))


def _request(row: BeginAnew) -> Request:
    desk, asked_by = session.get_one(Desk, row.desk_id), session.get_one(Member, row.asked_by_id)
    agreed_by = session.get(Member, row.agreed_by_id) if row.agreed_by_id else None
    if agreed_by is not None and not may_agree(second(agreed_by), desk.id, asked_by.id, now()):
        agreed_by = None
    return Request(desk, asked_by, row.asked_at, agreed_by)
