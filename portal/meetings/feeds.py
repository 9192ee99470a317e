"""Meetings for programs: iCalendar files (RFC 5545) with time zone rules, Atom, and Events of schema.org.

Time zones are written as rules, not as lists of dates: calendars that know a zone by its rules alone would take every
list for winter time, and the icalendar library puts the beginning of summer time an hour late. An Event is for search
engines, in the page of its meeting, and says nothing but what the page shows.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from email.utils import parseaddr
from functools import cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from markupsafe import Markup

from portal.core.clock import day_of, zone
from portal.core.feeds import Entry
from portal.core.i18n import language
from portal.core.portal import current_portal
from portal.core.slugs import address_here, public_address
from portal.meetings.meeting import Meeting
from portal.meetings.readiness import Mode
from portal.meetings.series_rules import WEEKDAYS
from portal.meetings.texts import answers, changed, when, where

if TYPE_CHECKING:
    from icalendar import Event, Timezone


YEARS = 12
HOUR = timedelta(hours=1)
NO_TIME = timedelta(0)


@dataclass(frozen=True)
class Onset:
    """A clock change. `at` is the local time that clocks would have shown without it."""

    at: datetime
    before: timedelta
    after: timedelta
    name: str
    is_summer: bool

    @property
    def day(self) -> str:
        """Its day of the month, as rules write it: "2SU" for the second Sunday, "-1SU" for the last one."""
        is_last = self.at.day + 7 > monthrange(self.at.year, self.at.month)[1]
        return f"{-1 if is_last else (self.at.day - 1) // 7 + 1}{WEEKDAYS[self.at.weekday()]}"

    @property
    def habit(self) -> tuple[object, ...]:
        """What is the same every year in a zone with a rule."""
        return self.at.month, self.day, self.at.time(), self.before, self.after


def yearly_changes(zone: tzinfo, from_year: int) -> list[Onset] | None:
    """Return the first one of each yearly change; None without a rule."""
    years = [onsets(zone, year) for year in range(from_year, from_year + YEARS)]
    habits = {tuple(onset.habit for onset in year) for year in years}
    return years[0] if len(habits) == 1 else None


def onsets(zone: tzinfo, year: int) -> list[Onset]:
    moment, changes = datetime(year, 1, 1, tzinfo=UTC), []
    while moment.year == year:
        earlier, later = moment.astimezone(zone), (moment + HOUR).astimezone(zone)
        before, after = earlier.utcoffset() or NO_TIME, later.utcoffset() or NO_TIME
        if before != after:
            at = (moment + HOUR + before).replace(tzinfo=None)
            changes.append(Onset(at, before, after, later.tzname() or "", bool(later.dst())))
        moment += HOUR
    return changes


CONTENT_TYPE = "text/calendar; charset=utf-8"
REFRESH = timedelta(hours=6)
FIRST_YEAR, LAST_YEAR = 2020, 2040
# A day before, while a ride can still be found, and in time to leave.
ALARMS = (timedelta(days=1), timedelta(hours=2))


def calendar_file(meetings: Iterable[Meeting], name: str = "", method: str = "PUBLISH") -> bytes:
    """Return a feed; a single meeting has no `name`, or Outlook opens a new, empty calendar ([MS-OXCICAL])."""
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", f"-//Common Ground//Meetings//{language().upper()}")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    if name:
        calendar.add("name", name)
        # Google and older Apple calendars read the name only from this property.
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
    """Return the iCalendar attachment for a guest whose calendar holds the meeting: it moves or removes the entry."""
    from icalendar import Calendar, vCalAddress, vUri

    file = Calendar.from_ical(calendar_file([meeting], method="CANCEL" if meeting.is_cancelled else "REQUEST"))
    (event,) = file.walk("VEVENT")
    # What is sent has the public address, wherever the guest answered.
    event["url"] = vUri(public_address("meetings.meeting", slug=meeting.slug))
    attendee = vCalAddress(f"mailto:{guest}")
    # The guest has already answered the portal, and nobody reads the automatic replies of calendars.
    attendee.params.update({"PARTSTAT": "ACCEPTED", "RSVP": "FALSE"})
    event.add("attendee", attendee, encode=False)
    if "organizer" not in event:
        event.add("organizer", f"mailto:{parseaddr(sender)[1]}", parameters={"cn": meeting.host[language()]})
    content: bytes = file.to_ical()
    return content


@cache
def _zone(name: str) -> Timezone:
    from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

    city = ZoneInfo(name)
    changes = yearly_changes(city, FIRST_YEAR)
    if not changes:
        # From before the first meeting to years after the last: the whole history of a zone would outweigh the
        # meetings.
        return Timezone.from_tzinfo(city, first_date=date(FIRST_YEAR, 1, 1), last_date=date(LAST_YEAR, 1, 1))
    zone = Timezone()
    zone.add("tzid", name)
    for onset in changes:
        part = TimezoneDaylight() if onset.is_summer else TimezoneStandard()
        part.add("dtstart", onset.at)
        part.add("tzoffsetfrom", onset.before)
        part.add("tzoffsetto", onset.after)
        part.add("tzname", onset.name)
        part.add("rrule", {"freq": "yearly", "bymonth": onset.at.month, "byday": onset.day})
        zone.add_component(part)
    return zone


def _event(meeting: Meeting) -> Event:
    from icalendar import Alarm, Event

    lang = language()
    event = Event()
    event.add("uid", meeting.uid)
    event.add("sequence", meeting.sequence)
    event.add("status", "CANCELLED" if meeting.is_cancelled else "CONFIRMED")
    event.add("dtstamp", _changed_at(meeting))
    event.add("last-modified", _changed_at(meeting))
    for key, moment in (("dtstart", meeting.starts_at), ("dtend", meeting.ends_at)):
        event.add(key, moment.astimezone(zone()) if moment else None)
    spoken = {"language": lang}
    event.add("summary", summary(meeting), parameters=spoken)
    event.add("location", where(meeting, exactly=True), parameters=spoken)
    event.add("description", description(meeting), parameters=spoken)
    event.add("url", address_here("meetings.meeting", slug=meeting.slug))
    if address := organizer_address():
        event.add("organizer", f"mailto:{address}", parameters={"cn": meeting.host[lang]})
    # A cancelled meeting does not block time.
    event.add("transp", "TRANSPARENT" if meeting.is_cancelled else "OPAQUE")
    for before in () if meeting.is_cancelled else ALARMS:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", summary(meeting))
        alarm.add("trigger", -before)
        event.add_component(alarm)
    return event


def organizer_address() -> str:
    return parseaddr(current_portal.settings.mail_from)[1]


def summary(meeting: Meeting) -> str:
    """Return the title, marked if cancelled, because many calendars show nothing else."""
    title = meeting.title[language()]
    return _("Canceled: %(title)s", title=title) if meeting.is_cancelled else title


def description(meeting: Meeting) -> str:
    lang, online = language(), ""
    if meeting.mode != Mode.IN_PERSON:
        link = meeting.shown_link() or _("Yes. People who say that they come get the address.")
        online = _("Online: %(address)s", address=link)
    parts = (
        changed(meeting),
        meeting.purpose[lang],
        _("How to get in: %(access)s", access=meeting.access[lang]) if meeting.has_door else "",
        "\n".join(f"{name}: {answer}" for name, answer in answers(meeting)),
        online,
        _("Host: %(host)s", host=meeting.host[lang]),
    )
    return "\n\n".join(filter(None, parts))


MOST = 60


def entries_of(meetings: Iterable[Meeting]) -> list[Entry]:
    return [
        Entry(
            title=f"{summary(meeting)}: {when(meeting)}",
            page=address_here("meetings.meeting", slug=meeting.slug),
            name=f"meetings/{meeting.uid}",
            published=day_of(meeting.public_since or meeting.updated_at),
            # A second change on the same day must also count as newer, although only days are published.
            updated=day_of(_changed_at(meeting)) + timedelta(seconds=meeting.sequence),
            summary=f"{when(meeting)}, {where(meeting)}",
            content=Markup("<br>").join(description(meeting).split("\n")),
        )
        for meeting in sorted(meetings, key=_changed_at, reverse=True)[:MOST]
    ]


def _changed_at(meeting: Meeting) -> datetime:
    return max(moment for moment in (meeting.updated_at, meeting.public_since) if moment)


SCHEMA = "https://schema.org"
ATTENDANCE = {
    Mode.IN_PERSON: "OfflineEventAttendanceMode",
    Mode.ONLINE: "OnlineEventAttendanceMode",
    Mode.HYBRID: "MixedEventAttendanceMode",
}


def event_data(meeting: Meeting) -> dict[str, Any]:
    """Return the data of a published meeting in the language of the request, to be embedded as JSON-LD.

    A browser does not run such a script element, so the content security policy does not apply to it. A meeting of
    which only the place has changed is "rescheduled" too: the standard has no other word for it.
    """
    lang = language()
    page = address_here("meetings.meeting", slug=meeting.slug)
    moments = {"startDate": meeting.starts_at, "endDate": meeting.ends_at}
    status = "EventCancelled" if meeting.is_cancelled else "EventRescheduled" if meeting.is_moved else "EventScheduled"
    locations = []
    if meeting.has_door:
        place = meeting.place[lang]
        locations.append({"@type": "Place", "name": place, "address": meeting.address or place})
    if meeting.mode != Mode.IN_PERSON:
        # Without a public link, the page says how to get it.
        link = "" if meeting.is_cancelled else meeting.shown_link()
        locations.append({"@type": "VirtualLocation", "url": link or page})
    return {
        "@context": SCHEMA,
        "@type": "Event",
        "url": page,
        "name": meeting.title[lang],
        "description": meeting.purpose[lang],
        "inLanguage": lang,
        **{name: moment.astimezone(zone()).isoformat() for name, moment in moments.items() if moment},
        "eventStatus": f"{SCHEMA}/{status}",
        "eventAttendanceMode": f"{SCHEMA}/{ATTENDANCE[meeting.mode or Mode.IN_PERSON]}",
        "location": locations,
        "organizer": {"@type": "Organization", "name": meeting.host[lang]},
    }
