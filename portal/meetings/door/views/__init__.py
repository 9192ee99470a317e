"""The room in which is counted."""

from portal.core.web import Room
from portal.meetings.door.views import counting

ROOMS: tuple[Room, ...] = (counting.room,)
