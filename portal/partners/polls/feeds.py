"""Dates of circles as calendar files (RFC 5545): the time only, without purpose, place or participants.

A calendar lies open on a kitchen table and in the cloud of a telephone company. Times are in UTC, so that no time zone
needs to be defined.
"""

from __future__ import annotations

from email.utils import parseaddr
from typing import TYPE_CHECKING

from flask_babel import gettext as _

from portal.core.clock import now
from portal.core.i18n import language
from portal.core.portal import current_portal
from portal.partners.polls.polls import CircleDate

if TYPE_CHECKING:
    from icalendar import Calendar


CONTENT_TYPE = "text/calendar; charset=utf-8"


def entry_file(date: CircleDate) -> bytes:
    """Return a date as a file to open in one's own calendar."""
    content: bytes = _calendar(date, "PUBLISH").to_ical()
    return content


def entry_mail(date: CircleDate, sender: str, to: str) -> bytes:
    """Return a date as calendar mail for one person: the calendar adds, moves or removes it by itself."""
    from icalendar import vCalAddress

    file = _calendar(date, "CANCEL" if date.called_off_on else "REQUEST")
    (event,) = file.walk("VEVENT")
    attendee = vCalAddress(f"mailto:{to}")
    # Automatic replies of calendars would reach no reader, so none are requested.
    attendee.params.update({"PARTSTAT": "ACCEPTED", "RSVP": "FALSE"})
    event.add("attendee", attendee, encode=False)
    site: str = current_portal.settings.site_name
    event.add("organizer", f"mailto:{parseaddr(sender)[1]}", parameters={"cn": site})
    content: bytes = file.to_ical()
    return content


def _calendar(date: CircleDate, method: str) -> Calendar:
    from icalendar import Calendar, Event

    calendar, event = Calendar(), Event()
    calendar.add("prodid", f"-//Common Ground//Dates//{language().upper()}")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    event.add("uid", date.uid)
    event.add("sequence", date.sequence)
    event.add("status", "CANCELLED" if date.called_off_on else "CONFIRMED")
    event.add("dtstamp", now())
    event.add("dtstart", date.starts_at)
    event.add("dtend", date.ends_at)
    event.add("summary", _("Appointment"), parameters={"language": language()})
    event.add("class", "PRIVATE")
    event.add("transp", "TRANSPARENT" if date.called_off_on else "OPAQUE")
    calendar.add_component(event)
    return calendar
