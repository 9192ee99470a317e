"""A meeting for search engines, as a schema.org Event in its page: nothing but what the page shows."""

from __future__ import annotations

from typing import Any

from portal.core.clock import zone
from portal.core.i18n import language
from portal.core.slugs import address_here
from portal.meetings.meeting import Meeting
from portal.meetings.readiness import Mode

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
    return {
        "@context": SCHEMA,
        "@type": "Event",
        "url": page,
        "name": meeting.title[lang],
        "description": meeting.purpose[lang],
        "inLanguage": lang,
        **{name: moment.astimezone(zone()).isoformat() for name, moment in _moments(meeting)},
        "eventStatus": f"{SCHEMA}/{_status(meeting)}",
        "eventAttendanceMode": f"{SCHEMA}/{ATTENDANCE[Mode(meeting.mode or Mode.IN_PERSON)]}",
        "location": _locations(meeting, page),
        "organizer": {"@type": "Organization", "name": meeting.host[lang]},
    }


def _moments(meeting: Meeting) -> list[tuple[str, Any]]:
    found = (("startDate", meeting.starts_at), ("endDate", meeting.ends_at))
    return [(name, moment) for name, moment in found if moment is not None]


def _status(meeting: Meeting) -> str:
    if meeting.is_cancelled:
        return "EventCancelled"
    return "EventRescheduled" if meeting.is_moved else "EventScheduled"


def _locations(meeting: Meeting, page: str) -> list[dict[str, Any]]:
    """Return the door, and for a meeting online the public link; without one, the page says how to get it."""
    found: list[dict[str, Any]] = []
    if meeting.has_door:
        place = meeting.place[language()]
        found.append({"@type": "Place", "name": place, "address": meeting.address or place})
    if meeting.mode != Mode.IN_PERSON:
        link = "" if meeting.is_cancelled else meeting.shown_link
        found.append({"@type": "VirtualLocation", "url": link or page})
    return found
