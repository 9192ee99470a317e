"""The rooms of the front door."""

from portal.core.web import Room
from portal.home.views import front, health, places, styleguide

ROOMS: tuple[Room, ...] = (front.room, places.room, health.room)
DEVELOPMENT_ROOMS: tuple[Room, ...] = (styleguide.room,)
