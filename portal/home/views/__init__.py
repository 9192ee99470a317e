"""The rooms of the front door."""

from portal.core.web import Room
from portal.home.views import (
    about,
    annual,
    data,
    embeds,
    front,
    health,
    open311,
    open_data,
    places,
    posters,
    progress,
    search,
    styleguide,
)

ROOMS: tuple[Room, ...] = (
    *(front.room, about.room, places.room, progress.room, annual.room, posters.room, embeds.room, search.room),
    *(open_data.room, data.room, open311.room, health.room),
)
DEVELOPMENT_ROOMS: tuple[Room, ...] = (styleguide.room,)
