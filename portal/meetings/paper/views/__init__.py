"""The rooms for flyers and for what the team prints."""

from portal.core.web import Room
from portal.meetings.paper.views import desk, flyers

ROOMS: tuple[Room, ...] = (flyers.room, desk.room)
