"""The room in which agendas are written."""

from portal.core.web import Room
from portal.meetings.agenda.views import editor

ROOMS: tuple[Room, ...] = (editor.room,)
