"""The rooms of the front door."""

from portal.core.web import Room
from portal.home.views import about, embeds, front, health, places, posters, search, styleguide

ROOMS: tuple[Room, ...] = (front.room, about.room, places.room, posters.room, embeds.room, search.room, health.room)
DEVELOPMENT_ROOMS: tuple[Room, ...] = (styleguide.room,)
