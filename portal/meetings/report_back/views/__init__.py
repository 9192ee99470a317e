"""The room in which report-backs are written."""

from portal.core.web import Room
from portal.meetings.report_back.views import editor

ROOMS: tuple[Room, ...] = (editor.room,)
