"""The room in which head counts are imported."""

from portal.core.web import Room
from portal.meetings.head_import.views import importer

ROOMS: tuple[Room, ...] = (importer.room,)
