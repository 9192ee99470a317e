"""The rooms for series and templates: for everybody, and for those who plan them."""

from portal.core.web import Room
from portal.meetings.series.views import public, series, templates

ROOMS: tuple[Room, ...] = (public.room, series.room, templates.room)
