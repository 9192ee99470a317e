"""The rooms for meetings: for everybody, and for those who plan them."""

from portal.core.web import Room
from portal.meetings.agenda.views import ROOMS as AGENDA
from portal.meetings.calendars.views import ROOMS as CALENDARS
from portal.meetings.desk.views import ROOMS as DESK
from portal.meetings.door.views import ROOMS as DOOR
from portal.meetings.head_import.views import ROOMS as HEAD_IMPORT
from portal.meetings.paper.views import ROOMS as PAPER
from portal.meetings.report_back.views import ROOMS as REPORT_BACK
from portal.meetings.rsvp.views import ROOMS as RSVP
from portal.meetings.series.views import ROOMS as SERIES
from portal.meetings.views import editor, public

ROOMS: tuple[Room, ...] = (
    *(public.room, editor.room, *RSVP, *REPORT_BACK, *PAPER, *SERIES),
    *(*DESK, *CALENDARS, *AGENDA, *DOOR, *HEAD_IMPORT),
)
