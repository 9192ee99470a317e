"""The rooms for flyers, for what the team prints, and for what congregations announce."""

from portal.core.web import Room
from portal.meetings.paper.views import congregation, desk, flyers

ROOMS: tuple[Room, ...] = (flyers.room, desk.room, congregation.room)
