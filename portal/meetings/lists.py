"""Pages of the lists of meetings to come, in which a series takes one line however many dates it has.

A page begins after a meeting that its address names. Rows are looked at a few at a time, as plain columns, until the
page is full: it costs the same with ten meetings ahead and with ten thousand.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from itertools import groupby, islice
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, and_, false, func, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute

from portal.core.clock import now, today
from portal.core.db import Leaf, session
from portal.markets.places import may_be_known
from portal.meetings.meeting import (
    LONGEST,
    PAGE,
    Meeting,
    editable_meeting,
    is_public_meeting,
    known_meetings,
    not_over,
    public_meeting,
)
from portal.meetings.readiness import MeetingState
from portal.meetings.report_back import owes_report
from portal.meetings.series import (
    DATE_COLUMNS,
    ListedMeeting,
    Occurrence,
    PlaceInSeries,
    Series,
    in_series,
    places_of,
)
from portal.meetings.week import WEEK, TimedMeeting

WINDOW = 2 * PAGE
"""Rows that are looked at first; twice as many each time that the page is not full."""
Key = InstrumentedAttribute[str | None] | InstrumentedAttribute[int]
Rows = Sequence[Row[*tuple[Any, ...]]]


def meetings_ahead(slug: str | None = None) -> Leaf[ListedMeeting]:
    """Return a page of public meetings that are not over, the next one first, or those after the meeting `slug`.

    Cancelled ones are included, so that no resident waits at a closed door. Raises `NotFound`.
    """
    after = public_meeting(slug) if slug else None
    return _Ahead(and_(is_public_meeting(), not_over()), Meeting.slug).page(after)


def first_ahead_at(market_id: int) -> Leaf[ListedMeeting]:
    """Return the first page of public meetings at a place that are not over."""
    return _Ahead(and_(Meeting.market_id == market_id, is_public_meeting(), not_over()), Meeting.slug).page(None)


def known_ahead(member_id: int, meeting_id: int | None = None) -> Leaf[ListedMeeting]:
    """Return a page of the meetings to come that a member may know of, drafts included. Raises `NotFound`."""
    after = editable_meeting(meeting_id, member_id) if meeting_id else None
    return _Ahead(and_(may_be_known(Meeting.market_id, member_id), not_over()), Meeting.id).page(after)


def each_ahead(slug: str | None = None) -> Leaf[ListedMeeting]:
    """Return a page of public meetings that are not over like `meetings_ahead`, with each date of a series."""
    after = public_meeting(slug) if slug else None
    return _Ahead(and_(is_public_meeting(), not_over()), Meeting.slug, each=True).page(after)


class Earlier(NamedTuple):
    """A page of a list of the team that does not look ahead, and whether there are more."""

    rows: Sequence[ListedMeeting]
    more: bool


def known_drafts(member_id: int, page: int = 1) -> Earlier:
    """Return a page of the drafts that a member may know of: those without a day, then by their day."""
    drafts = known_meetings(member_id, Meeting.state == MeetingState.DRAFT)
    return _paged(drafts.order_by(Meeting.starts_at.is_not(None), Meeting.starts_at, Meeting.id), page)


def known_earlier(member_id: int, page: int = 1) -> Earlier:
    """Return a page of the meetings that are over and that a member may know of, last one first."""
    earlier = known_meetings(member_id, Meeting.state != MeetingState.DRAFT, Meeting.ends_at <= now())
    return _paged(earlier.order_by(Meeting.starts_at.desc(), Meeting.id), page)


def _paged(meetings: Select[Meeting], page: int) -> Earlier:
    found = session.scalars(meetings.offset((page - 1) * PAGE).limit(PAGE + 1)).all()
    return Earlier(in_series(found[:PAGE]), len(found) > PAGE)


class InBrief(NamedTuple):
    """The numbers above the lists of the team."""

    held_soon: int
    owed: int
    drafts: int


def in_brief(member_id: int) -> InBrief:
    """Return how many meetings begin and are to be reported back within a week, and the drafts."""
    week = (Meeting.starts_at >= now(), Meeting.starts_at < now() + WEEK, Meeting.state != MeetingState.CANCELLED)
    owed = (owes_report(), Meeting.report_back_on < today() + WEEK)
    return InBrief(*(_count(member_id, *these) for these in (week, owed, (Meeting.state == MeetingState.DRAFT,))))


def _count(member_id: int, *conditions: ColumnElement[bool]) -> int:
    return session.scalar(known_meetings(member_id, *conditions).with_only_columns(func.count(Meeting.id))) or 0


def at_that_time(member_id: int, meetings: Sequence[Meeting]) -> Sequence[TimedMeeting]:
    """Return what is held while the first to the last of these meetings are, as far as a member may know of it."""
    begin = min((one.starts_at for one in meetings if one.starts_at), default=None)
    end = max((one.ends_at for one in meetings if one.ends_at), default=None)
    if begin is None or end is None:
        return ()
    between = (Meeting.starts_at > begin - LONGEST, Meeting.starts_at < end, Meeting.state != MeetingState.CANCELLED)
    columns = (Meeting.id, Meeting.starts_at, Meeting.ends_at, false().label("is_cancelled"))
    return session.execute(known_meetings(member_id, *between).with_only_columns(*columns)).all()


class _Ahead:
    """The meetings to come that fit a condition."""

    def __init__(self, shown: ColumnElement[bool], key: Key, *, each: bool = False) -> None:
        self._shown, self._key, self._each = shown, key, each
        self._places: dict[int, PlaceInSeries] = {}
        self._looked_at: set[int] = set()

    def page(self, after: Meeting | None) -> Leaf[ListedMeeting]:
        begin = (after.starts_at or now(), after.id) if after is not None else None
        found = list(islice(self._walk(begin), PAGE + 1))
        rows = found[:PAGE]
        older = str(rows[-1].key) if len(found) > PAGE else None
        if begin is None:
            return Leaf(self._listed(rows), older)
        # The page before ends with the meeting that this one begins after.
        before = next(islice(self._walk(begin, back=True), PAGE - 1, None), None)
        return Leaf(self._listed(rows), older, is_first=False, newer=str(before.key) if before is not None else None)

    def _walk(self, begin: tuple[datetime, int] | None, *, back: bool = False) -> Iterator[Row[Any]]:
        size = WINDOW
        while True:
            rows = self._window(begin, size, back=back)
            self._look_at({row.series_id for row in rows if row.series_id is not None} - self._looked_at)
            yield from (row for row in rows if row.series_id is None or row.id in self._places)
            if len(rows) < size:
                return
            begin, size = (rows[-1].starts_at, rows[-1].id), 2 * size

    def _window(self, begin: tuple[datetime, int] | None, size: int, *, back: bool) -> Rows:
        columns = select(self._key.label("key"), Meeting.id, Meeting.starts_at, Occurrence.series_id)
        mine = false() if self._each else Occurrence.meeting_id == Meeting.id
        beyond = true() if begin is None else _beyond(*begin, back=back)
        order = (Meeting.starts_at.desc(), Meeting.id.desc()) if back else (Meeting.starts_at, Meeting.id)
        found = columns.outerjoin(Occurrence, mine).where(beyond, self._shown)
        return session.execute(found.order_by(*order).limit(size)).all()

    def _look_at(self, series_ids: Collection[int]) -> None:
        """Find out which dates of these series a list shows."""
        if not series_ids:
            return
        self._looked_at |= set(series_ids)
        found = session.scalars(select(Series).where(Series.id.in_(series_ids)))
        all_series = {series.id: series for series in found}
        dates = select(Occurrence.series_id, Occurrence.slot_on, *DATE_COLUMNS)
        dates = dates.join(Meeting, Meeting.id == Occurrence.meeting_id)
        dates = dates.where(Occurrence.series_id.in_(series_ids), self._shown)
        rows = session.execute(dates.order_by(Occurrence.series_id, Meeting.starts_at, Meeting.id))
        for series_id, ahead in groupby(rows, lambda row: row.series_id):
            in_order = [(row.slot_on, row) for row in ahead]
            places = places_of(all_series[series_id], in_order)
            self._places |= {meeting_id: place for meeting_id, place in places.items() if place.stand}

    def _listed(self, rows: Rows) -> list[ListedMeeting]:
        places = [self._places.get(row.id) for row in rows]
        ids = {row.id for row in rows} | {place.following for place in places if place and place.following}
        meetings = {one.id: one for one in session.scalars(select(Meeting).where(Meeting.id.in_(ids)))}
        return [
            ListedMeeting(meetings[row.id])
            if place is None
            else place.listed(meetings[row.id], meetings.get(place.following or 0))
            for row, place in zip(rows, places, strict=True)
        ]


def _beyond(starts_at: datetime, meeting_id: int, *, back: bool) -> ColumnElement[bool]:
    """Return the condition for what comes after a place in the order, with a plain bound that an index can use."""
    if back:
        further = or_(Meeting.starts_at < starts_at, Meeting.id < meeting_id)
        return and_(Meeting.starts_at <= starts_at, further)
    return and_(Meeting.starts_at >= starts_at, or_(Meeting.starts_at > starts_at, Meeting.id > meeting_id))
