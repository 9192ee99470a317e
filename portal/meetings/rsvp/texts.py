"""The words for answers: seats, states, needs, what is written to people, and why something is refused.

What goes out by text is worded without á, í, ó and ú in Spanish: they would more than double its cost.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from babel.dates import format_skeleton
from flask_babel import format_datetime, get_locale, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.core.clock import zone
from portal.meetings.models import Meeting
from portal.meetings.rsvp.models import Rsvp
from portal.meetings.rsvp.queries import is_open, level_of, seats_of
from portal.meetings.rsvp.rules.answers import BANDS, Ride, write_ages
from portal.meetings.rsvp.rules.news import Reminder
from portal.meetings.rsvp.rules.seats import Level, State

LEVELS = {
    Level.OPEN: _l("There are seats."),
    Level.FEW: _l("There are few seats left."),
    Level.FULL: _l("All seats are taken. You can wait in line for one."),
}
STATE_NAMES = {
    State.COMING: _l("You are counted"),
    State.WAITING: _l("You are in line for a seat"),
    State.OFFERED: _l("A seat is free for you"),
    State.CANCELLED: _l("You are not coming"),
    State.EXPIRED: _l("The time to take the seat is over"),
}
LANGUAGE_NAMES = {
    "es": _l("Spanish"),
    "en": _l("English"),
    "ase": _l("American Sign Language"),
    "ar": _l("Arabic"),
    "zh": _l("Chinese"),
    "ht": _l("Haitian Creole"),
    "vi": _l("Vietnamese"),
    "other": _l("Another language"),
}
RIDE_NAMES = {
    Ride.NONE: _l("I get there by myself"),
    Ride.NEEDS: _l("We need a ride"),
    Ride.OFFERS: _l("I can take others in my car"),
}
CONSENT = _l(
    "Only about this meeting: a reminder before it, and news if something changes. First we ask there whether it is "
    "yours. We erase it the day after."
)
"""What stands beside the field; kept with the answer as what was agreed to, so say there what is done."""
REMIND_BY_TEXT = _l("We remind you by text.")
REMINDER_NAMES = {
    Reminder.DAYS: _l("Two days before, at 5 in the afternoon"),
    Reminder.DAY: _l("The day before, at 5 in the afternoon"),
    Reminder.HOURS: _l("Two hours before"),
}
MESSAGES = {
    "counted": _l("%(site)s: You are counted for %(when)s. To change or cancel: %(link)s"),
    "in_line": _l("%(site)s: You are in line for %(when)s. We write when a seat is free. To leave the line: %(link)s"),
    "counted_ask": _l(
        "%(site)s: You are counted for %(when)s. May we remind you here? Say yes, change or cancel, or say that it was "
        "not you: %(link)s"
    ),
    "counted_ask_text": _l(
        "%(site)s: You are counted for %(when)s. May we remind you? Text MEET %(code)s. Or open this, also if it was "
        "not you: %(link)s"
    ),
    "in_line_ask": _l(
        "%(site)s: You are in line for %(when)s. We write when a seat is free. May we remind you here too? Say yes, "
        "leave the line, or say that it was not you: %(link)s"
    ),
    "in_line_ask_text": _l(
        "%(site)s: You are in line for %(when)s. May we remind you if you get a seat? Open this, also if it was not "
        "you: %(link)s"
    ),
    "remind": _l("%(site)s: A reminder for %(when)s. Where it is, and if you are not coming: %(link)s"),
    "remind_text": _l(
        "%(site)s: A reminder for %(when)s. Not coming? Text NOT COMING %(code)s. No texts: STOP. Where it is: %(link)s"
    ),
    "moved_offer": _l(
        "%(site)s: The time or the place has changed. Now it is %(when)s. A seat is free for you until %(until)s: "
        "%(link)s"
    ),
    "offer": _l("%(site)s: A seat is free for you on %(when)s. Take it by %(until)s: %(link)s"),
    "offer_text": _l(
        "%(site)s: A seat is free for you on %(when)s. To take it by %(until)s, text MEET %(code)s or open %(link)s"
    ),
    "moved": _l("%(site)s: The time or the place has changed. Now it is %(when)s. Look here before you go: %(link)s"),
    "cancelled": _l("%(site)s: What was planned for %(when)s is canceled. Why: %(link)s"),
    "ask": _l("%(site)s: Is your answer for %(when)s still right? Please tell us here: %(link)s"),
}


class Texted(StrEnum):
    """What is answered to a text about a meeting."""

    COUNTED = "counted"
    IN_LINE = "in_line"
    AWAY = "away"
    NO_ANSWER = "no_answer"
    WHICH = "which"
    WHICH_MEETING = "which_meeting"
    HOW_MANY = "how_many"
    UNKNOWN = "unknown"
    NEARLY_COMES = "nearly_comes"
    NEARLY_STAYS = "nearly_stays"
    NEARLY = "nearly"
    HOW_TO = "how_to"


TEXTED = {
    Texted.COUNTED: _l(
        "You are counted for %(when)s: %(people)s. If you are %(other)s: MEET %(code)s %(other)s. "
        "Not coming: NOT COMING %(code)s. %(remind)sChildren, a ride, an interpreter: %(link)s"
    ),
    Texted.IN_LINE: _l(
        "You are in line for %(when)s: %(people)s. We text you when a seat is free. "
        "To leave: NOT COMING %(code)s. %(remind)s%(link)s"
    ),
    Texted.AWAY: _l(
        "You are not coming on %(when)s. We erased your number there. If you change your mind: MEET %(code)s"
    ),
    Texted.NO_ANSWER: _l("This phone has given no answer for %(when)s. To come: MEET %(code)s"),
    Texted.WHICH: _l("More than one family answers from this phone. Please add the letter: %(letters)s"),
    Texted.WHICH_MEETING: _l("For which meeting? Please add its 4 figures, like this: NOT COMING %(code)s"),
    Texted.HOW_MANY: _l("Please send a number from 1 to 12, like this: MEET %(code)s 3"),
    Texted.UNKNOWN: _l("We found no meeting under this number. Please check the 4 figures."),
    Texted.NEARLY_COMES: _l(
        "For the meeting on %(when)s? Then text MEET %(code)s. Something else? Write it in your words; "
        "we did not keep this text."
    ),
    Texted.NEARLY_STAYS: _l(
        "You cannot come on %(when)s? Then text NOT COMING %(code)s. Something else? Write it in your words; "
        "we did not keep this text."
    ),
    Texted.NEARLY: _l(
        "A meeting? Text MEET and the 4 figures from the flyer. Something else? Write it in your words; "
        "we did not keep this text."
    ),
    Texted.HOW_TO: _l("For which meeting? Please text MEET, the 4 figures from the flyer and how many people come."),
}
MAIL_SUBJECT = _l("%(site)s: about your answer")
REFUSALS = {
    "answers_closed": _l("Answers are no longer taken. You may still come."),
    "answers_too_large": _l("There are not so many seats in all. You can answer for fewer people."),
    "answers_no_more_seats": _l("There are not enough seats for more people. Your answer stays as it was."),
    "answers_too_many": _l("There are already six answers from this phone or mailbox."),
    "answers_offer_over": _l("That is no longer possible: the seat went to somebody else. You can get in line again."),
    "answers_none_reserved": _l("There are not so many reserved seats left."),
}
AUDITED = {
    "meeting.seats_set": _l("changed the seats of a meeting"),
    "meeting.seats_given": _l("gave reserved seats away"),
    "meeting.reminders_set": _l("changed when people are reminded of a meeting"),
    "meeting.asked_again": _l("asked again who needs childcare or a ride"),
}


def seats_left(meeting: Meeting) -> str:
    """All that the public hears about seats; empty once answers are no longer taken."""
    if not is_open(meeting):
        return ""
    if seats_of(meeting.id).capacity is None:
        return str(_("There is room. Your answer helps us prepare chairs, food and childcare."))
    return str(LEVELS[level_of(meeting.id)])


def to_answer(meeting: Meeting) -> str:
    """What answering is called: without a free seat nobody is told that she comes."""
    is_full = is_open(meeting) and level_of(meeting.id) == Level.FULL
    return str(_("Join the waiting list") if is_full else _("I'm coming"))


def text_code(meeting: Meeting) -> str:
    """What to text in order to come, in the language of the page; empty when there is no code."""
    code = seats_of(meeting.id).text_code
    return _("MEET %(code)s", code=code) if code else ""


def texted(
    what: Texted,
    meeting: Meeting | None = None,
    rsvp: Rsvp | None = None,
    *,
    link: str = "",
    letters: Sequence[str] = (),
    party: int | None = None,
) -> str:
    """The answer to a text, without the sender's name that goes before it."""
    return str(TEXTED[what]) % {
        "when": day_and_hour(meeting.starts_at) if meeting and meeting.starts_at else "",
        "code": f"{code_with_letter(meeting, rsvp) if meeting else ''} {party or ''}".strip(),
        "people": ngettext("%(num)s person", "%(num)s people", rsvp.party) if rsvp else "",
        # "3 people. If you are 3" would puzzle.
        "other": 4 if rsvp and rsvp.party == 3 else 3,
        "link": link,
        "remind": f"{REMIND_BY_TEXT} " if meeting and seats_of(meeting.id).reminders else "",
        "letters": ", ".join(letters),
    }


def consent_by_text(what: Texted) -> str:
    """The words by which somebody who texted was told of reminders: the same for everybody."""
    return str(TEXTED[what]) % {
        **dict.fromkeys(("when", "code", "people", "other", "link"), "…"),
        "remind": f"{REMIND_BY_TEXT} ",
    }


def refusal_by_text(key: str, meeting: Meeting) -> str:
    """Why something is refused; that it is cancelled goes before everything else."""
    return _("This meeting is canceled.") if meeting.is_cancelled else str(REFUSALS[key])


def code_with_letter(meeting: Meeting, rsvp: Rsvp | None) -> str:
    """What stands behind MEET: the code, and the letter of a family that is not the first on its phone."""
    code = seats_of(meeting.id).text_code or ""
    return f"{code} {rsvp.letter}" if rsvp and rsvp.letter and rsvp.letter != "A" else code


def day_and_hour(moment: datetime) -> str:
    """A moment in few letters, none of which makes a text message dear: "Jun 4, 6:30 PM"."""
    day = format_skeleton("MMMd", moment.astimezone(zone()), locale=get_locale())
    hour = format_datetime(moment, "h:mm a")
    return f"{day}, {hour}".replace("\u202f", " ").replace("\xa0", " ")


def band_names() -> list[str]:
    """The age bands, from babies up."""
    return [str(_("%(youngest)d to %(oldest)d years", youngest=low, oldest=high)) for low, high in BANDS]


def ages_in_words(ages: tuple[int, ...]) -> str:
    """The ages of children with commas."""
    return write_ages(ages).replace(",", ", ")
