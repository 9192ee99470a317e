"""The rooms for promises: for everybody, for residents with a slip, and for those who write them down or judge them."""

from portal.commitments.views import hearings, public, slips, steps, team
from portal.core.web import Room

ROOMS: tuple[Room, ...] = (public.room, slips.room, team.room, steps.room, hearings.room)
