"""Which meetings there are. The public sees those that `_is_public` lets through, and no others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, time, timedelta

from sqlalchemy import ColumnElement, Select, and_, case, exists, not_, or_, select
from sqlalchemy.orm import aliased

from portal.accounts.models import Member, RoleHeld
from portal.accounts.rules.roles import Role
from portal.core.addresses import is_slug
from portal.core.clock import now, today, zone
from portal.core.db import session
from portal.core.errors import NotFound
from portal.core.lists import Leaf, Order, leaf
from portal.markets.audited import about_shown
from portal.markets.models import Market
from portal.markets.queries import may_be_known, may_be_shown, released
from portal.meetings.models import Meeting
from portal.meetings.rules import State, who_answers

PAGE = 20
PLANNERS = (Role.ORGANIZER, Role.COMMUNITY_LEAD)
CALENDAR_DAYS = 365
CANCELLED_BESIDE = 3
LATEST = 3


def public_meetings(*conditions: ColumnElement[bool]) -> Select[Meeting]:
    """The one way to meetings that the public may know of: published, at no place or at a released one."""
    return select(Meeting).where(_is_public(), *conditions)


def _is_public() -> ColumnElement[bool]:
    published = and_(Meeting.state != State.DRAFT, Meeting.published_at.is_not(None))
    return and_(published, may_be_shown(Meeting.market_id), not_(_was_over_before_its_place_was_known()))


def _was_over_before_its_place_was_known() -> ColumnElement[bool]:
    """The condition for what nobody could know of while it was ahead: its date would tell when the work began."""
    place = aliased(Market)
    return exists().where(place.id == Meeting.market_id, place.released_at > Meeting.ends_at)


def can_be_seen(market_id: int | None, ends_at: datetime | None) -> bool:
    """Whether the public would find a published meeting at this place, if it ends then."""
    if market_id is None:
        return True
    there = select(Market.id).where(Market.id == market_id, released())
    return session.scalar(there if ends_at is None else there.where(Market.released_at <= ends_at)) is not None


def upcoming_meetings() -> Sequence[Meeting]:
    """What is still to come or going on, the next one first; cancelled ones too, so that nobody waits at a door."""
    return _all(public_meetings(Meeting.ends_at > now()).order_by(Meeting.starts_at))


def next_meetings() -> Sequence[Meeting]:
    """The next meeting that takes place, however many were called off before it; beside it a few of those."""
    ahead = public_meetings(Meeting.ends_at > now()).order_by(Meeting.starts_at)
    held = _all(ahead.where(Meeting.state != State.CANCELLED).limit(1))
    off = ahead.where(Meeting.state == State.CANCELLED).limit(CANCELLED_BESIDE)
    return [*held, *_all(off.where(Meeting.starts_at <= held[0].starts_at) if held else off)]


def upcoming_at(market_id: int) -> Sequence[Meeting]:
    """What is still to come at one place."""
    here = public_meetings(Meeting.ends_at > now(), Meeting.market_id == market_id)
    return _all(here.order_by(Meeting.starts_at))


def latest_at(market_id: int) -> Sequence[Meeting]:
    """The last few that were held at one place: what came of them stands on their pages."""
    over = public_meetings(Meeting.ends_at <= now(), Meeting.market_id == market_id, Meeting.state != State.CANCELLED)
    return _all(over.order_by(Meeting.starts_at.desc()).limit(LATEST))


def past_meetings(slug: str | None = None) -> Leaf[Meeting]:
    """What is over, the last first, or what was before one of these. Raises `NotFound` when there is no such."""
    over = and_(_is_public(), Meeting.ends_at <= now())
    return leaf(Meeting, over, Order(Meeting.starts_at, Meeting.id, Meeting.slug), PAGE, slug)


def calendar_meetings() -> Sequence[Meeting]:
    """What the calendar of the site holds: everything to come, and the last year."""
    return _all(public_meetings(Meeting.ends_at > now() - timedelta(days=CALENDAR_DAYS)).order_by(Meeting.starts_at))


def calendar_at(market_id: int) -> Sequence[Meeting]:
    """What the calendar of one place holds."""
    lately = Meeting.ends_at > now() - timedelta(days=CALENDAR_DAYS)
    return _all(public_meetings(lately, Meeting.market_id == market_id).order_by(Meeting.starts_at))


def meetings_between(first: datetime, last: datetime) -> Sequence[Meeting]:
    """What begins from `first` on and before `last`."""
    return _all(public_meetings(Meeting.starts_at >= first, Meeting.starts_at < last).order_by(Meeting.starts_at))


def public_meeting(slug: str) -> Meeting:
    """One meeting, or `NotFound`."""
    if not is_slug(slug):
        raise NotFound
    return _one(public_meetings(Meeting.slug == slug))


def editable_meetings(member_id: int) -> Sequence[Meeting]:
    """All meetings for the team; those at hidden places only for who is admitted there.

    What has no date yet stands first, then what is to come, the next one first, then what is over, the last one first.
    """
    is_ahead = Meeting.ends_at > now()
    group = case((Meeting.starts_at.is_(None), 0), (is_ahead, 1), else_=2)
    order = (group, case((is_ahead, Meeting.starts_at)), Meeting.starts_at.desc(), Meeting.updated_at.desc())
    return _all(select(Meeting).where(may_be_known(Meeting.market_id, member_id)).order_by(*order))


def editable_meeting(meeting_id: int, member_id: int, *, to_change: bool = False) -> Meeting:
    """One meeting for the team, or `NotFound`; `to_change` makes a second editor wait for the first."""
    found = select(Meeting).where(Meeting.id == meeting_id, may_be_known(Meeting.market_id, member_id))
    return _one(found.with_for_update(of=Meeting) if to_change else found)


def answerable(meeting: Meeting) -> tuple[int, ...]:
    """Who answers for a meeting now, if need be in the place of whoever planned it and does so no more."""
    held = select(RoleHeld.role, RoleHeld.member_id).join(Member, Member.id == RoleHeld.member_id)
    people = defaultdict(set)
    for role, member_id in session.execute(held.where(Member.left_at.is_(None), RoleHeld.role.in_(PLANNERS))):
        people[role].add(member_id)
    keepers = (meeting.market.owner_id, meeting.market.deputy_id) if meeting.market else ()
    leads = people[Role.COMMUNITY_LEAD]
    return who_answers(meeting.author_id, keepers, leads, leads | people[Role.ORGANIZER])


def may_see_single_answers(meeting: Meeting, member_id: int, roles: Collection[str]) -> bool:
    """Whether somebody reads what single people wrote: a community lead, and who answers for the meeting."""
    return Role.COMMUNITY_LEAD in roles or member_id in answerable(meeting)


def places_of_meetings(until: datetime) -> Sequence[int | None]:
    """The place of each meeting that is planned until then, drafts and those without a day too."""
    planned = select(Meeting.market_id).where(
        Meeting.state != State.CANCELLED,
        or_(Meeting.starts_at.is_(None), and_(Meeting.ends_at > now(), Meeting.starts_at <= until)),
    )
    return session.scalars(planned).all()


def is_over_since(days: int, meeting_id: object) -> ColumnElement[bool]:
    """The condition that this meeting ended so many days ago, by the city's calendar."""
    midnight = datetime.combine(today() - timedelta(days=days - 1), time.min, zone())
    return exists().where(Meeting.id == meeting_id, Meeting.ends_at < midnight)


def about_shown_meetings() -> ColumnElement[bool]:
    """The condition for an event of the audit log that tells of no meeting at a hidden place."""
    return about_shown("meeting", Meeting.id, Meeting.market_id)


def _all(found: Select[Meeting]) -> Sequence[Meeting]:
    return session.scalars(found).all()


def _one(found: Select[Meeting]) -> Meeting:
    meeting = session.scalars(found).one_or_none()
    if meeting is None:
        raise NotFound
    return meeting
