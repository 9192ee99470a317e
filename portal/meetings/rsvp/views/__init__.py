"""The rooms for answers: for whoever comes, and for whoever prepares the meeting."""

from portal.core.web import Room
from portal.meetings.rsvp.views import answer, answers, host, mine, remind

ROOMS: tuple[Room, ...] = (answer.room, mine.room, remind.room, host.room, answers.room)
