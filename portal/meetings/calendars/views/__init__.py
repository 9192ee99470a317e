"""The room in which calendars of others are kept."""

from portal.core.web import Room
from portal.meetings.calendars.views import keeping

ROOMS: tuple[Room, ...] = (keeping.room,)
