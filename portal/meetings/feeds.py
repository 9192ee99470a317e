"""Meetings for calendars (RFC 5545)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from email.utils import parseaddr
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from flask import current_app
from flask_babel import gettext as _

from portal.core.addresses import public_address
from portal.core.clock import zone
from portal.core.i18n import language
from portal.meetings.models import Meeting
from portal.meetings.rules import Mode
from portal.meetings.texts import answers, changed, online, where
from portal.meetings.zones import Onset, yearly_changes

if TYPE_CHECKING:
    from icalendar import Alarm, Event, Timezone, TimezoneDaylight, TimezoneStandard

CONTENT_TYPE = "text/calendar; charset=utf-8"
CANCELLED, CONFIRMED = "CANCELLED", "CONFIRMED"
REFRESH = timedelta(hours=6)
FIRST_YEAR, LAST_YEAR = 2020, 2040
# A day before, while a ride can still be found, and in time to leave.
ALARMS = (timedelta(days=1), timedelta(hours=2))


def entry_file(meeting: Meeting) -> bytes:
    """One meeting as a file to open. One that was called off takes itself out of the calendar that it is opened with.

    Taking out is only valid with an organizer (RFC 5546, 3.2.5); without one the file says that it is cancelled.
    """
    takes_out = meeting.is_cancelled and _organizer_address()
    return calendar_file([meeting], method="CANCEL" if takes_out else "PUBLISH")


def calendar_file(meetings: Iterable[Meeting], name: str = "", method: str = "PUBLISH") -> bytes:
    """An iCalendar file in the language of the request, to subscribe to: what was called off stays in, as such.

    A single meeting has no `name`: Outlook would open a new, empty calendar instead of the entry ([MS-OXCICAL]).
    """
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", f"-//Common Ground//Meetings//{language().upper()}")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    if name:
        calendar.add("name", name)
        # Google and older Apple calendars read it only from this.
        calendar.add("x-wr-calname", name)
    calendar.add("x-wr-timezone", zone().key)
    calendar.add("refresh-interval", REFRESH, parameters={"value": "DURATION"})
    calendar.add("x-published-ttl", "PT6H")
    calendar.add_component(_zone(zone().key))
    for meeting in meetings:
        calendar.add_component(_event(meeting))
    content: bytes = calendar.to_ical()
    return content


def invitation(meeting: Meeting, sender: str, guest: str) -> bytes:
    """One meeting as it goes by mail to somebody who holds an entry of it: it moves there, or takes itself out."""
    from icalendar import Calendar, vCalAddress

    file = Calendar.from_ical(calendar_file([meeting], method="CANCEL" if meeting.is_cancelled else "REQUEST"))
    (event,) = file.walk("VEVENT")
    attendee = vCalAddress(f"mailto:{guest}")
    # They have answered us already, and nobody reads what a calendar would answer by itself.
    attendee.params.update({"PARTSTAT": "ACCEPTED", "RSVP": "FALSE"})
    event.add("attendee", attendee, encode=False)
    if "organizer" not in event:
        event.add("organizer", f"mailto:{parseaddr(sender)[1]}", parameters={"cn": meeting.host[language()]})
    content: bytes = file.to_ical()
    return content


@cache
def _zone(name: str) -> Timezone:
    from icalendar import Timezone

    city = ZoneInfo(name)
    changes = yearly_changes(city, FIRST_YEAR)
    if changes is None:
        # From before the first meeting to years after the last: a zone's whole history would outweigh the meetings.
        return Timezone.from_tzinfo(city, first_date=date(FIRST_YEAR, 1, 1), last_date=date(LAST_YEAR, 1, 1))
    zone = Timezone()
    zone.add("tzid", name)
    for change in changes:
        zone.add_component(_part(change.first, {"freq": "yearly", "bymonth": change.month, "byday": change.weekday}))
    if not changes:
        always = datetime(FIRST_YEAR, 1, 1, tzinfo=city)
        offset = always.utcoffset() or timedelta(0)
        zone.add_component(
            _part(Onset(always.replace(tzinfo=None), offset, offset, always.tzname() or "", False), None)
        )
    return zone


def _part(onset: Onset, rule: dict[str, object] | None) -> TimezoneDaylight | TimezoneStandard:
    from icalendar import TimezoneDaylight, TimezoneStandard

    part = TimezoneDaylight() if onset.is_summer else TimezoneStandard()
    part.add("dtstart", onset.at)
    part.add("tzoffsetfrom", onset.before)
    part.add("tzoffsetto", onset.after)
    part.add("tzname", onset.name)
    if rule:
        part.add("rrule", rule)
    return part


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
    spoken = {"language": lang}
    event.add("summary", summary(meeting), parameters=spoken)
    event.add("location", where(meeting), parameters=spoken)
    event.add("description", description(meeting), parameters=spoken)
    event.add("url", public_address("meetings.meeting", slug=meeting.slug))
    if address := _organizer_address():
        event.add("organizer", f"mailto:{address}", parameters={"cn": meeting.host[lang]})
    # Nobody is kept busy by what does not take place.
    event.add("transp", "TRANSPARENT" if meeting.is_cancelled else "OPAQUE")
    for before in () if meeting.is_cancelled else ALARMS:
        event.add_component(_alarm(meeting, before))
    return event


def _alarm(meeting: Meeting, before: timedelta) -> Alarm:
    from icalendar import Alarm

    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", summary(meeting))
    alarm.add("trigger", -before)
    return alarm


def _organizer_address() -> str:
    """The address that the portal's own mail comes from, if it sends any."""
    return parseaddr(current_app.extensions["settings"].mail_from)[1]


def summary(meeting: Meeting) -> str:
    """The title; that it was cancelled stands in it, because many calendars show nothing else."""
    title = meeting.title[language()]
    return _("Canceled: %(title)s", title=title) if meeting.is_cancelled else title


def description(meeting: Meeting) -> str:
    """What people need to know, in lines."""
    lang = language()
    parts = (
        changed(meeting),
        meeting.purpose[lang],
        _("How to get in: %(access)s", access=meeting.access[lang]) if meeting.has_door else "",
        "\n".join(f"{name}: {answer}" for name, answer in answers(meeting)),
        _("Online: %(address)s", address=meeting.shown_link or online(meeting))
        if meeting.mode != Mode.IN_PERSON
        else "",
        _("Host: %(host)s", host=meeting.host[lang]),
    )
    return "\n\n".join(part for part in parts if part)
