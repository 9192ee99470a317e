"""Pages of the lists of meetings to come, in which a series takes one line however many dates it has.

A page begins after a meeting that its address names. Rows are looked at a few at a time, as plain columns, until the
page is full: it costs the same with ten meetings ahead and with ten thousand.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby, islice
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, and_, false, func, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute

from portal.core.clock import now, today, zone
from portal.core.db import Leaf, numbered_page, session
from portal.markets.places import may_be_known
from portal.meetings.evenings import WEEK
from portal.meetings.meeting import (
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
from portal.meetings.series import Occurrence, Series, hours_of, is_known, series_of
from portal.meetings.series_rules import DateView, Stand, as_seen, stands

WINDOW = 2 * PAGE
"""Rows that are looked at first; twice as many each time that the page is not full."""
DATE_COLUMNS = (
    *(Meeting.id, Meeting.title, Meeting.place, Meeting.mode),
    *(Meeting.starts_at, Meeting.ends_at, Meeting.state, Meeting.change_reason),
)
Key = InstrumentedAttribute[str | None] | InstrumentedAttribute[int]
Rows = Sequence[Row[*tuple[Any, ...]]]
DateOfSeries = Meeting | Row[*tuple[Any, ...]]
"""A meeting, or only the columns that decide whether a list shows a date of a series."""


@dataclass(frozen=True)
class ListedMeeting:
    """A meeting in a list. For a date of a series also the reason why it is listed."""

    meeting: Meeting
    series: Series | None = None
    stand: Stand | None = None
    in_rhythm: bool = False
    """Whether the rhythm of the series applies to this date: not to those before the rhythm was changed."""

    @property
    def public_series(self) -> Series | None:
        return self.series if self.series is not None and is_known(self.series) else None


class PlaceInSeries(NamedTuple):
    """The reason why a date is listed, if it is."""

    series: Series
    stand: Stand | None
    in_rhythm: bool


def places_of(series: Series, dates: Sequence[tuple[date, DateOfSeries]]) -> dict[int, PlaceInSeries]:
    """Return the places of all dates ahead of a series, given in their order with their days of the rhythm, by id."""
    usual = as_seen(series.shape)
    views = []
    for slot_on, held in dates:
        hours = hours_of(held.starts_at, held.ends_at, slot_on)
        says = as_seen({"title": held.title, "place": held.place, "mode": held.mode, **hours})
        weekday = held.starts_at.astimezone(zone()).weekday() if held.starts_at else None
        is_moved = held.state == MeetingState.PUBLISHED and held.change_reason.is_whole
        is_regular = says == usual and slot_on >= series.first_on
        views.append(DateView((*says, weekday), is_regular, is_moved, held.state == MeetingState.CANCELLED))
    return {
        held.id: PlaceInSeries(series, stand, slot_on >= series.first_on)
        for (slot_on, held), stand in zip(dates, stands(views), strict=True)
    }


def meetings_ahead(slug: str | None = None, market_id: int | None = None, *, each: bool = False) -> Leaf[ListedMeeting]:
    """Return a page of public meetings that are not over, the next one first, or those after the meeting `slug`.

    Cancelled ones are included, so that no resident waits at a closed door. `each`: with every date of a series.
    Raises `NotFound`.
    """
    after = public_meeting(slug) if slug else None
    there = true() if market_id is None else Meeting.market_id == market_id
    return _Ahead(and_(there, is_public_meeting()), Meeting.slug, each=each).page(after)


def known_ahead(member_id: int, meeting_id: int | None = None) -> Leaf[ListedMeeting]:
    """Return a page of the meetings to come that a member may know of, drafts included. Raises `NotFound`."""
    after = editable_meeting(meeting_id, member_id) if meeting_id else None
    return _Ahead(may_be_known(Meeting.market_id, member_id), Meeting.id).page(after)


class Earlier(NamedTuple):
    """A page of a list of the team that does not look ahead, and whether there are more."""

    rows: Sequence[ListedMeeting]
    more: bool


def known_shelf(member_id: int, name: str, page: int = 1) -> Earlier:
    """Return a page of the drafts, those without a day first, or of what is over, last one first."""
    if name == "draft":
        drafts = known_meetings(member_id, Meeting.state == MeetingState.DRAFT)
        meetings = drafts.order_by(Meeting.starts_at.is_not(None), Meeting.starts_at, Meeting.id)
    else:
        earlier = known_meetings(member_id, Meeting.state != MeetingState.DRAFT, Meeting.ends_at <= now())
        meetings = earlier.order_by(Meeting.starts_at.desc(), Meeting.id)
    rows, more = numbered_page(meetings, page, PAGE)
    series = series_of(rows)
    return Earlier([ListedMeeting(row, series.get(row.id)) for row in rows], more)


def in_brief(member_id: int) -> dict[str, int]:
    """Return how many meetings begin and are to be reported back within a week, and the drafts."""
    begins = and_(Meeting.starts_at >= now(), Meeting.starts_at < now() + WEEK)
    conditions = {
        "held_soon": and_(begins, Meeting.state != MeetingState.CANCELLED),
        "owed": and_(owes_report(), Meeting.report_back_on < today() + WEEK),
        "drafts": Meeting.state == MeetingState.DRAFT,
    }
    count = known_meetings(member_id).with_only_columns(func.count(Meeting.id))
    return {name: session.scalar(count.where(condition)) or 0 for name, condition in conditions.items()}


class _Ahead:
    def __init__(self, shown: ColumnElement[bool], key: Key, *, each: bool = False) -> None:
        self._shown, self._key, self._each = and_(shown, not_over()), key, each
        self._places: dict[int, PlaceInSeries] = {}
        self._looked_at: set[int] = set()

    def page(self, after: Meeting | None) -> Leaf[ListedMeeting]:
        begin = (after.starts_at or now(), after.id) if after is not None else None
        rows = list(islice(self._walk(begin), PAGE + 1))
        older = str(rows[PAGE - 1].key) if len(rows) > PAGE else None
        if begin is None:
            return Leaf(self._listed(rows[:PAGE]), older)
        # The page before ends with the meeting that this one begins after.
        before = next(islice(self._walk(begin, back=True), PAGE - 1, None), None)
        newer = str(before.key) if before is not None else None
        return Leaf(self._listed(rows[:PAGE]), older, is_first=False, newer=newer)

    def _walk(self, begin: tuple[datetime, int] | None, *, back: bool = False) -> Iterator[Row[Any]]:
        own = false() if self._each else Occurrence.meeting_id == Meeting.id
        columns = select(self._key.label("key"), Meeting.id, Meeting.starts_at, Occurrence.series_id)
        order = (Meeting.starts_at.desc(), Meeting.id.desc()) if back else (Meeting.starts_at, Meeting.id)
        rows, size = columns.outerjoin(Occurrence, own).order_by(*order), WINDOW
        while True:
            beyond: ColumnElement[bool] = true()
            if begin is not None and back:
                beyond = and_(Meeting.starts_at <= begin[0], or_(Meeting.starts_at < begin[0], Meeting.id < begin[1]))
            elif begin is not None:
                # The plain bound is for the index.
                beyond = and_(Meeting.starts_at >= begin[0], or_(Meeting.starts_at > begin[0], Meeting.id > begin[1]))
            window: Rows = session.execute(rows.where(beyond, self._shown).limit(size)).all()
            self._look_at({row.series_id for row in window if row.series_id is not None} - self._looked_at)
            yield from (row for row in window if row.series_id is None or row.id in self._places)
            if len(window) < size:
                return
            begin, size = (window[-1].starts_at, window[-1].id), 2 * size

    def _look_at(self, series_ids: Collection[int]) -> None:
        if not series_ids:
            return
        self._looked_at |= set(series_ids)
        all_series = {series.id: series for series in session.scalars(select(Series).where(Series.id.in_(series_ids)))}
        dates = select(Occurrence.series_id, Occurrence.slot_on, *DATE_COLUMNS)
        dates = dates.join(Meeting, Meeting.id == Occurrence.meeting_id)
        dates = dates.where(Occurrence.series_id.in_(series_ids), self._shown)
        rows = session.execute(dates.order_by(Occurrence.series_id, Meeting.starts_at, Meeting.id))
        for series_id, ahead in groupby(rows, lambda row: row.series_id):
            places = places_of(all_series[series_id], [(row.slot_on, row) for row in ahead])
            self._places |= {meeting_id: place for meeting_id, place in places.items() if place.stand}

    def _listed(self, rows: Rows) -> list[ListedMeeting]:
        own = Meeting.id.in_([row.id for row in rows])
        meetings = {meeting.id: meeting for meeting in session.scalars(select(Meeting).where(own))}
        return [ListedMeeting(meetings[row.id], *self._places.get(row.id, ())) for row in rows]
