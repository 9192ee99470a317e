"""What a phone answered to and was written to about meetings: found by the keyed hash of each, and kept nowhere."""

from __future__ import annotations

from datetime import timedelta

from portal.core.clock import now
from portal.meetings.models import Meeting
from portal.meetings.rsvp.actions import cancel_rsvp, contact_hash
from portal.meetings.rsvp.models import Rsvp
from portal.meetings.rsvp.queries import answers_from, locked_meeting, meetings_answered_ahead, told_by_text
from portal.sms.rules.language import Language

JUST_TOLD = timedelta(days=3)
"""So long a text from a phone may answer to what we wrote to it about a meeting."""


def language_of(rsvp: Rsvp) -> Language:
    """In which language somebody answered."""
    return "es" if rsvp.language == "es" else "en"


def meetings_of(number: str) -> list[Meeting]:
    """Those ahead that this phone answered to."""
    return [one for one in meetings_answered_ahead() if answers_from(*key_of(one, number))]


def told_lately(number: str) -> list[tuple[Meeting, str]]:
    """The meetings ahead about which we wrote to this phone in the last days, and what the last text was."""
    ahead = {contact_hash(one.id, number): one for one in meetings_answered_ahead()}
    told = told_by_text(ahead, now() - JUST_TOLD) if ahead else {}
    return [(meeting, told[hashed]) for hashed, meeting in ahead.items() if hashed in told]


def free_seats(number: str, meeting: Meeting) -> None:
    """Nobody comes of those who answered from this phone."""
    meeting = locked_meeting(meeting.id)
    for mine in answers_from(*key_of(meeting, number)):
        cancel_rsvp(meeting, mine)


def key_of(meeting: Meeting, number: str) -> tuple[int, str]:
    """By what the answers of a phone to this meeting are found."""
    return meeting.id, contact_hash(meeting.id, number)
