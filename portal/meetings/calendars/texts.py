"""Messages for outside calendars: kinds, sources, problems, and sentences about the events on an evening."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta

from babel.dates import format_time, get_day_names
from flask_babel import format_date, format_datetime, get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.core.clock import zone
from portal.meetings.calendars.calendars import CalendarSource, UpcomingBusy, ahead
from portal.meetings.calendars.hours import BusySpan, CalendarKind, CalendarProblem, TimeSpan, Weekly
from portal.meetings.texts import HOLIDAYS

KIND_NAMES = {
    CalendarKind.WORSHIP: _l("Services of a congregation"),
    CalendarKind.SCHOOL: _l("Days without school"),
    CalendarKind.PARTNER: _l("Public events of a partner"),
    CalendarKind.OTHER: _l("Something else that keeps families busy"),
}
SOURCE_NAMES = {
    CalendarSource.HOURS: _l("Weekly hours"),
    CalendarSource.DAYS: _l("Single days"),
    CalendarSource.FILE: _l("A calendar file"),
    CalendarSource.ADDRESS: _l("A calendar’s address"),
}
PROBLEMS = {
    CalendarProblem.NO_ADDRESS: _l(
        "This is not an address we can ask. It looks like https://calendar.example.org/events.ics"
    ),
    CalendarProblem.NOT_HTTPS: _l(
        "The address must begin with https://. Ask whoever keeps the calendar for such an address."
    ),
    CalendarProblem.PASSWORD: _l("There is a name or a password in this address. Please use one without."),
    CalendarProblem.PORT: _l("There is a number after a colon in this address. Please use one without."),
    CalendarProblem.NO_HOST: _l("There is no such place on the internet. Is the address typed correctly?"),
    CalendarProblem.NOT_PUBLIC: _l(
        "This address lies in a closed network. We only ask addresses that everybody can open."
    ),
    CalendarProblem.NO_ANSWER: _l("The other side did not answer. We try again by ourselves."),
    CalendarProblem.TOO_SLOW: _l("The other side took too long. We try again by ourselves."),
    CalendarProblem.CERTIFICATE: _l("The other side could not prove who it is (its certificate is not valid)."),
    CalendarProblem.REDIRECTS: _l("The address leads on and on and never to a calendar."),
    CalendarProblem.NOT_THERE: _l("There is no calendar at this address any more."),
    CalendarProblem.NOT_ALLOWED: _l("The other side wants a sign-in. Ask for an address that works without one."),
    CalendarProblem.BROKEN: _l("Something is broken on the other side. We try again by ourselves."),
    CalendarProblem.TOO_LARGE: _l("This calendar is too large: it has more than a million letters."),
    CalendarProblem.PACKED: _l("The other side sent something packed that we do not open."),
    CalendarProblem.NO_CALENDAR: _l(
        "This is not a calendar. A calendar file ends in .ics and begins with BEGIN:VCALENDAR."
    ),
    CalendarProblem.TOO_MUCH: _l(
        "This calendar repeats too much to be read. Ask for one that holds public events only."
    ),
}
BAD_PIECE = _l("We did not understand “%(piece)s”. Write a day and hours, like this: Sunday 9–12, Wednesday 18–20")
WHICH_HALF = _l("“%(piece)s”: is that in the morning or in the evening? Write it like this: 6–8 pm, or 18–20")
BACKWARDS = _l("The last day must not come before the first.")
BOTH_NAMES = _l("Please give the name in both languages.")
NO_FILE = _l("Please choose a file.")
AUDITED = {
    "calendar.added": _l("added a calendar of others"),
    "calendar.changed": _l("changed a calendar of others"),
    "calendar.deleted": _l("deleted a calendar of others"),
    "calendar": _l("calendar"),
}


def hours_in_words(hours: Iterable[Weekly]) -> list[str]:
    """Return weekly hours as text, one line each."""
    return [f"{_day_name(one.weekday)}, {_clock(one.starts)} – {_clock(one.ends)}" for one in hours]


def hours_to_type(hours: Iterable[Weekly]) -> str:
    """Return weekly hours as an organizer would type them; `hours.read_hours` reads them again."""
    return "\n".join(f"{_day_name(one.weekday)} {one.starts:%H:%M}–{one.ends:%H:%M}" for one in hours)


def span_in_words(one: BusySpan) -> str:
    """Return start and end time without the day; empty for whole days."""
    if one.whole_day:
        return ""
    return f"{format_datetime(one.starts, 'h:mm a')} – {format_datetime(one.ends, 'h:mm a')}"


def days_in_words(starts: datetime, ends: datetime) -> str:
    """Return the first and last day of a span of whole days."""
    first, last = starts.astimezone(zone()).date(), (ends - timedelta(minutes=1)).astimezone(zone()).date()
    said = format_date(first, "medium")
    return said if first == last else f"{said} – {format_date(last, 'medium')}"


def evening_lines(found: Sequence[BusySpan]) -> list[str]:
    """Return a sentence for each busy span on an evening."""
    return [busy_in_words(one) for one in found]


def busy_in_words(one: BusySpan) -> str:
    """Return a sentence about a busy span, with its hours."""
    hours = span_in_words(one)
    match one.kind:
        case CalendarKind.HOLIDAY:
            holiday = one.holiday if isinstance(one, UpcomingBusy) else None
            return str(_("It is a holiday: %(name)s", name=HOLIDAYS[holiday] if holiday else ""))
        case CalendarKind.WORSHIP:
            said = _("%(name)s has its service", name=one.name)
        case CalendarKind.SCHOOL:
            said = _("No school: %(name)s", name=one.name)
        case CalendarKind.MEETING:
            said = _("Another meeting: %(title)s", title=one.title or _("Without a title"))
        case _:
            said = f"{one.name}: {one.title}" if one.title else one.name
    return f"{said} ({hours})" if hours else str(said)


def _day_name(weekday: int) -> str:
    name: str = get_day_names(locale=get_locale())[weekday]
    return name[:1].upper() + name[1:]


def _clock(clock: time) -> str:
    return str(format_time(clock, "h:mm a", locale=get_locale()))


AROUND = timedelta(days=1)


def held_then(starts_at: datetime, ends_at: datetime, member_id: int) -> list[str]:
    """Return sentences about other events around that time, as far as the member may know of them."""
    first, last = ((moment.astimezone(zone()).date()) for moment in (starts_at - AROUND, ends_at + AROUND))
    return evening_lines(ahead(first, last, member_id).against(TimeSpan(starts_at, ends_at)))
