"""Meetings for calendars (RFC 5545)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from portal.core.addresses import public_address
from portal.core.clock import zone
from portal.core.i18n import language
from portal.meetings.models import Meeting
from portal.meetings.texts import answers

if TYPE_CHECKING:
    from icalendar import Event, Timezone

CONTENT_TYPE = "text/calendar; charset=utf-8"
CANCELLED, CONFIRMED = "CANCELLED", "CONFIRMED"
REFRESH = timedelta(hours=6)


def calendar_file(meetings: Iterable[Meeting], name: str) -> bytes:
    """An iCalendar file in the language of the request."""
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", f"-//Common Ground//Meetings//{language().upper()}")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("name", name)
    # Google and older Apple calendars read the name and the pace only from these.
    calendar.add("x-wr-calname", name)
    calendar.add("x-wr-timezone", zone().key)
    calendar.add("refresh-interval", REFRESH, parameters={"value": "DURATION"})
    calendar.add("x-published-ttl", "PT6H")
    calendar.add_component(_zone(zone().key))
    for meeting in meetings:
        calendar.add_component(_event(meeting))
    content: bytes = calendar.to_ical()
    return content


@cache
def _zone(name: str) -> Timezone:
    from icalendar import Timezone

    # From before the first meeting to years after the last: a zone's whole history would outweigh the meetings.
    first, last = datetime(2024, 1, 1, tzinfo=UTC).date(), datetime(2040, 1, 1, tzinfo=UTC).date()
    return Timezone.from_tzinfo(ZoneInfo(name), first_date=first, last_date=last)


def _event(meeting: Meeting) -> Event:
    from icalendar import Event

    lang = language()
    event = Event()
    event.add("uid", meeting.uid)
    event.add("sequence", meeting.sequence)
    event.add("status", CANCELLED if meeting.is_cancelled else CONFIRMED)
    changed = max(moment for moment in (meeting.updated_at, meeting.public_since) if moment)
    event.add("dtstamp", changed)
    event.add("last-modified", changed)
    for key, moment in (("dtstart", meeting.starts_at), ("dtend", meeting.ends_at)):
        event.add(key, moment.astimezone(zone()) if moment else None)
    event.add("summary", summary(meeting))
    event.add("location", meeting.place[lang])
    event.add("description", description(meeting))
    event.add("url", public_address("meetings.meeting", slug=meeting.slug))
    return event


def summary(meeting: Meeting) -> str:
    """The title; that it was cancelled stands in it, because many calendars show nothing else."""
    title = meeting.title[language()]
    return _("Canceled: %(title)s", title=title) if meeting.is_cancelled else title


def description(meeting: Meeting) -> str:
    """What people need to know, in lines."""
    lang = language()
    parts = (
        meeting.change_reason[lang],
        meeting.purpose[lang],
        _("How to get in: %(access)s", access=meeting.access[lang]),
        "\n".join(f"{name}: {answer}" for name, answer in answers(meeting)),
        _("Online: %(address)s", address=meeting.online_url) if meeting.online_url else "",
        _("Host: %(host)s", host=meeting.host[lang]),
    )
    return "\n\n".join(part for part in parts if part)
