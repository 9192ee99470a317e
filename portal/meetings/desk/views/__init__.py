"""The rooms of the desk."""

from portal.core.web import Room
from portal.meetings.desk.views import around, week

ROOMS: tuple[Room, ...] = (week.room, around.room)
