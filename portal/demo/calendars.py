"""The calendars of others in the invented city: two congregations, the schools, a partner."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from portal.core.clock import today, zone
from portal.core.i18n import Bilingual
from portal.meetings.calendars.actions import add_calendar, add_days, set_hours, take_entries
from portal.meetings.calendars.importing import Entry, Held
from portal.meetings.calendars.models import Source
from portal.meetings.calendars.rules.evenings import Kind
from portal.meetings.calendars.rules.hours import read_hours


def load_calendars(calendars: Iterable[Mapping[str, Any]], member_id: int) -> None:
    """Each with what it holds."""
    for one in calendars:
        name = Bilingual(en=one["name"]["en"], es=one["name"]["es"])
        calendar = add_calendar(name, Kind(one["kind"]), _source(one), member_id)
        if "hours" in one:
            set_hours(calendar, read_hours(one["hours"]))
        for days in one.get("days", ()):
            first = today() + timedelta(days=days["in_days"])
            add_days(calendar, first, first + timedelta(days=days["length"] - 1))
        if "events" in one:
            take_entries(calendar, Held(tuple(_entry(event) for event in one["events"]), 0))


def _source(one: Mapping[str, Any]) -> Source:
    return Source.HOURS if "hours" in one else Source.DAYS if "days" in one else Source.FILE


def _entry(event: Mapping[str, Any]) -> Entry:
    earliest = today() + timedelta(days=1, weeks=event["in_weeks"])
    day = earliest + timedelta(days=(event["weekday"] - earliest.weekday()) % 7)
    starts, ends = (_at(day, event[name]) for name in ("starts", "ends"))
    return Entry(starts, ends, False, event["title"], event["venue"])


def _at(day: date, clock: str) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), zone())
