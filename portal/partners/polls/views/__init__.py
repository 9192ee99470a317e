"""The rooms for finding a day: those of a circle, and the one for guests with a link or a slip."""

from portal.core.web import Room
from portal.partners.polls.views import dates, guests, polls, public

ROOMS: tuple[Room, ...] = (polls.room, guests.room, dates.room, public.room)
