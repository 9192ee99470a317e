"""The team's rooms for places: for everybody who may work at one, and for the community leads."""

from portal.core.web import Room
from portal.markets.views import evening, lead, team

ROOMS: tuple[Room, ...] = (team.room, lead.room, evening.room)
