"""A series begins with one meeting; its other dates are meetings made from what that one says."""

from __future__ import annotations

from datetime import date

from portal.core.addresses import random_tail, slug
from portal.core.audit import record
from portal.core.clock import now, today, zone
from portal.core.db import session
from portal.core.errors import Refused
from portal.markets.actions.places import publish_about
from portal.meetings.actions import draft_meeting, publish_meeting
from portal.meetings.models import Meeting
from portal.meetings.rsvp.models import Seats
from portal.meetings.rsvp.queries import seats_of
from portal.meetings.rules import missing, wrong_dates
from portal.meetings.series.expansion import days_of
from portal.meetings.series.holidays import holiday_name
from portal.meetings.series.models import Occurrence, Pattern, Series, plan_of, shape_of
from portal.meetings.series.queries import Wanted, ahead_of, rows_of, slot_of
from portal.meetings.series.rules import HORIZON


def begin_series(meeting: Meeting, wanted: Wanted, editor_id: int) -> Series:
    """Let a meeting come again. It keeps its address, its calendar entry and who said that they come. Raises `Refused`.

    When it is published, so are the other dates; else all of them are drafts.
    """
    if meeting.is_cancelled or meeting.starts_at is None or slot_of(meeting) is not None:
        raise Refused("series_no_start")
    first_on = meeting.starts_at.astimezone(zone()).date()
    series = Series(author_id=meeting.author_id, created_at=now())
    take_pattern(series, meeting)
    take_rhythm(series, wanted)
    session.add(series)
    session.flush()
    session.add(Occurrence(series_id=series.id, slot_on=first_on, meeting_id=meeting.id))
    leave_out(series, wanted.left_out - {first_on})
    if not meeting.is_draft:
        _make_known(series)
    record("meeting.repeated", "meeting", meeting.id, editor_id)
    extend_series(series, editor_id, as_shown=True)
    return series


def take_pattern(pattern: Pattern, meeting: Meeting) -> None:
    """Say what a meeting says, and be as large."""
    pattern.take_shape(shape_of(meeting.plan, None), same=True)
    pattern.stale = meeting.stale
    seats = seats_of(meeting.id)
    pattern.capacity, pattern.reserved, pattern.close_hours = seats.capacity, seats.reserved, seats.close_hours


def take_rhythm(series: Series, wanted: Wanted) -> None:
    """Say how often, from when and until when."""
    series.rule, series.first_on = wanted.rhythm.rule, wanted.first_on
    series.until_on, series.times = wanted.until_on, wanted.times
    series.skips_holidays = wanted.skips_holidays


def leave_out(series: Series, days: frozenset[date] | set[date]) -> None:
    """No meeting on these days, now and when the timetable looks again."""
    for day in sorted(days):
        session.add(Occurrence(series_id=series.id, slot_on=day))
    session.flush()


def publish_series(series: Series, editor_id: int) -> int:
    """Show all its dates that are whole; how many stay drafts because somebody changed them. Raises `Refused`."""
    dates = ahead_of(series)
    if not dates or missing(plan_of(series.shape, dates[0][0])):
        raise Refused("meeting_gaps")
    _make_known(series)
    left = 0
    for _slot_on, meeting in dates:
        if not meeting.is_draft:
            continue
        if missing(meeting.plan) or wrong_dates(meeting.plan, now(), zone()):
            left += 1
        else:
            publish_meeting(meeting, editor_id)
    extend_series(series, editor_id)
    return left


def _make_known(series: Series) -> None:
    if series.published_at is None:
        series.slug, series.published_at = slug(series.title.en, random_tail()), now()
        publish_about(series.market_id)


def extend_series(series: Series, actor_id: int | None = None, *, as_shown: bool = False) -> int:
    """Make the dates that are not there yet, half a year ahead; how many. Doing it twice makes nothing twice.

    `as_shown`: somebody has just looked at every date and left out what they did not want, holidays or not.
    Whoever calls this holds the series, so that two workers do not make the same day.
    """
    known = {row.slot_on for row in rows_of(series, series.first_on)}
    upto = max(today(), series.first_on) + HORIZON
    made = 0
    for day in days_of(series.rhythm, series.first_on, upto, until=series.until_on, times=series.times):
        if day in known or day <= today():
            continue
        if series.skips_holidays and not as_shown and holiday_name(day):
            leave_out(series, {day})
        else:
            _make(series, day, actor_id)
            made += 1
    return made


def _make(series: Series, day: date, actor_id: int | None) -> Meeting:
    meeting = draft_from(series, day, actor_id)
    session.add(Occurrence(series_id=series.id, slot_on=day, meeting_id=meeting.id))
    session.flush()
    if series.published_at is not None and not missing(meeting.plan):
        publish_meeting(meeting, actor_id)
    return meeting


def draft_from(pattern: Pattern, day: date, actor_id: int | None) -> Meeting:
    """A meeting on a day that says what the pattern says, with as many seats; nobody did it: the timetable."""
    author_id = actor_id or pattern.author_id
    meeting = draft_meeting(plan_of(pattern.shape, day), author_id, by_itself=actor_id is None)
    meeting.stale = pattern.stale
    if pattern.capacity is not None or pattern.close_hours:
        session.add(
            Seats(
                meeting_id=meeting.id,
                capacity=pattern.capacity,
                reserved=pattern.reserved,
                close_hours=pattern.close_hours,
            )
        )
        session.flush()
    return meeting
