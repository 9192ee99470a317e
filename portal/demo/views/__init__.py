"""The rooms of the demonstration; there are none unless it is on."""

from portal.core.web import Room
from portal.demo.views import guide, phone

ROOMS: tuple[Room, ...] = (guide.room, phone.room)
