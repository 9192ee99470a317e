"""Series, their dates, and templates. The public sees a series if its place may be known, and its public dates only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import aliased

from portal.core.addresses import is_slug
from portal.core.clock import now, today
from portal.core.db import session
from portal.core.errors import NotFound
from portal.markets.queries import may_be_known, may_be_shown
from portal.markets.rules import is_public
from portal.meetings.models import Meeting
from portal.meetings.queries import CALENDAR_DAYS, public_meetings
from portal.meetings.rules import State
from portal.meetings.series.expansion import days_of
from portal.meetings.series.models import Occurrence, Series, Template, shape_of
from portal.meetings.series.rules import HORIZON, Rehung, Rhythm, differs, period_of, rehang


@dataclass(frozen=True)
class Wanted:
    """How often, from when, until when, and which days not."""

    rhythm: Rhythm
    first_on: date
    until_on: date | None = None
    times: int | None = None
    skips_holidays: bool = False
    left_out: frozenset[date] = frozenset()

    def days(self) -> tuple[date, ...]:
        """Every day as far ahead as dates are made, those that are left out too."""
        upto = max(today(), self.first_on) + HORIZON
        return days_of(self.rhythm, self.first_on, upto, until=self.until_on, times=self.times)


@dataclass(frozen=True)
class Dated:
    """A day of a series and the meeting of that day, if there is one."""

    slot_on: date
    meeting: Meeting | None
    differs: bool
    """Whether its meeting says something else than the series."""


# --- for the public ---


def public_series(slug: str) -> Series:
    """One series, or `NotFound`."""
    found = session.scalars(_public().where(Series.slug == slug)).one_or_none() if is_slug(slug) else None
    if found is None:
        raise NotFound
    return found


def public_series_of(meeting: Meeting) -> Series | None:
    """The series that a meeting belongs to, if the public may know of it."""
    mine = select(Occurrence.series_id).where(Occurrence.meeting_id == meeting.id)
    return session.scalars(_public().where(Series.id.in_(mine))).one_or_none()


def all_public_series() -> Sequence[Series]:
    """Every series that still has dates ahead."""
    ahead = select(Occurrence.series_id).where(
        Occurrence.meeting_id.in_(_ids(public_meetings(Meeting.ends_at > now())))
    )
    return session.scalars(_public().where(Series.id.in_(ahead)).order_by(Series.published_at)).all()


def public_dates(series: Series, *conditions: ColumnElement[bool]) -> Sequence[Meeting]:
    """Its meetings that the public may know of, in their order; called off ones too."""
    mine = select(Occurrence.meeting_id).where(Occurrence.series_id == series.id)
    return session.scalars(public_meetings(Meeting.id.in_(mine), *conditions).order_by(Meeting.starts_at)).all()


def calendar_of(series: Series) -> Sequence[Meeting]:
    """What its calendar holds: everything to come, and the last year."""
    return public_dates(series, Meeting.ends_at > now() - timedelta(days=CALENDAR_DAYS))


def _public() -> Select[Series]:
    return select(Series).where(Series.published_at.is_not(None), may_be_shown(Series.market_id))


def _ids(meetings: Select[Meeting]) -> Select[int]:
    return meetings.with_only_columns(Meeting.id)


# Made once: each attribute of an alias is adapted when it is first asked for, and a search would pay for it every time.
_MINE, _OTHER = aliased(Occurrence), aliased(Occurrence)
_DATE_OF_MINE, _DATE_OF_OTHER = aliased(Meeting), aliased(Meeting)


def findable_meetings(*conditions: ColumnElement[bool]) -> Select[Meeting]:
    """What a search may find: of the dates of a series that are still to come, the next one and what was called off."""
    later = (
        select(_MINE.meeting_id)
        .join(_DATE_OF_MINE, _DATE_OF_MINE.id == _MINE.meeting_id)
        .join(_OTHER, _OTHER.series_id == _MINE.series_id)
        .join(_DATE_OF_OTHER, _DATE_OF_OTHER.id == _OTHER.meeting_id)
        .where(
            _DATE_OF_MINE.state == State.PUBLISHED,
            _DATE_OF_OTHER.state == State.PUBLISHED,
            _DATE_OF_OTHER.ends_at > now(),
            _DATE_OF_OTHER.starts_at < _DATE_OF_MINE.starts_at,
        )
    )
    return public_meetings(Meeting.id.not_in(later), *conditions)


def is_known(series: Series) -> bool:
    """Whether the public may know of a series."""
    return series.published_at is not None and (series.market is None or is_public(series.market.released_at, now()))


def is_over(meeting: Meeting) -> bool:
    """Whether it has ended, or has no day yet."""
    return meeting.ends_at is None or meeting.ends_at <= now()


# --- for the team ---


def editable_series(series_id: int, member_id: int, *, to_change: bool = False) -> Series:
    """One series for the team, or `NotFound`; `to_change` makes a second editor wait for the first."""
    found = select(Series).where(Series.id == series_id, may_be_known(Series.market_id, member_id))
    series = session.scalars(found.with_for_update(of=Series) if to_change else found).one_or_none()
    if series is None:
        raise NotFound
    return series


def editable_series_of(meeting: Meeting, member_id: int) -> Series | None:
    """The series that a meeting belongs to, if this member may know of it."""
    mine = select(Occurrence.series_id).where(Occurrence.meeting_id == meeting.id)
    return session.scalars(
        select(Series).where(Series.id.in_(mine), may_be_known(Series.market_id, member_id))
    ).one_or_none()


def all_series(member_id: int) -> Sequence[Series]:
    """Every series for the team, the newest first."""
    known = select(Series).where(may_be_known(Series.market_id, member_id))
    return session.scalars(known.order_by(Series.created_at.desc())).all()


def dates_of(series: Series) -> list[Dated]:
    """Every day of a series, in order."""
    shape = series.shape
    found = select(Occurrence.slot_on, Meeting).join(Meeting, Meeting.id == Occurrence.meeting_id, isouter=True)
    rows = session.execute(found.where(Occurrence.series_id == series.id).order_by(Occurrence.slot_on)).all()
    return [
        Dated(slot_on, meeting, meeting is not None and differs(shape, shape_of(meeting.plan, slot_on)))
        for slot_on, meeting in rows
    ]


def ahead_of(series: Series, from_on: date | None = None) -> list[tuple[date, Meeting]]:
    """Its dates that can still be changed, from a day of the rhythm on, each with that day."""
    ahead = and_(Meeting.state != State.CANCELLED, or_(Meeting.starts_at.is_(None), Meeting.starts_at > now()))
    found = select(Occurrence.slot_on, Meeting).join(Meeting, Meeting.id == Occurrence.meeting_id)
    mine = found.where(Occurrence.series_id == series.id, Occurrence.slot_on >= (from_on or date.min), ahead)
    return [(slot_on, meeting) for slot_on, meeting in session.execute(mine.order_by(Occurrence.slot_on))]


def slot_of(meeting: Meeting) -> date | None:
    """The day of the rhythm that a meeting takes the place of."""
    return session.scalar(select(Occurrence.slot_on).where(Occurrence.meeting_id == meeting.id))


def rows_of(series: Series, from_on: date) -> Sequence[Occurrence]:
    """Its days as they are stored."""
    mine = select(Occurrence).where(Occurrence.series_id == series.id, Occurrence.slot_on >= from_on)
    return session.scalars(mine.order_by(Occurrence.slot_on)).all()


def change_begins(wanted: Wanted) -> date:
    """From which day on a new rhythm holds: the week or month in which it begins, but not before tomorrow."""
    return max(period_of(wanted.first_on, wanted.rhythm.frequency), today() + timedelta(days=1))


def what_becomes(series: Series, wanted: Wanted) -> Rehung:
    """What becomes of the dates ahead when the series gets another rhythm."""
    begins = change_begins(wanted)
    live = {slot_on for slot_on, _meeting in ahead_of(series, begins)}
    gone = {row.slot_on for row in rows_of(series, begins) if row.meeting_id is not None} - live
    new = [day for day in wanted.days() if day not in wanted.left_out | gone]
    return rehang(live, new, wanted.rhythm.frequency)


def series_to_extend() -> Sequence[int]:
    """Series that may need new dates."""
    return session.scalars(select(Series.id).where(or_(Series.until_on.is_(None), Series.until_on > today()))).all()


def locked_series(series_id: int) -> Series | None:
    """A series that nobody else extends until this transaction ends."""
    return session.scalars(select(Series).where(Series.id == series_id).with_for_update(of=Series)).one_or_none()


def all_templates() -> Sequence[Template]:
    """What new meetings can begin from."""
    return session.scalars(select(Template).order_by(Template.created_at)).all()


def template_by_id(template_id: int) -> Template:
    """One template, or `NotFound`."""
    found = session.get(Template, template_id)
    if found is None:
        raise NotFound
    return found
