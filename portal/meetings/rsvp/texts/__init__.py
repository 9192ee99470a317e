"""The words for answers: seats, states, needs, what is written to people, and why something is refused.

What goes out by text is worded without á, í, ó and ú in Spanish: they would more than double its cost.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from babel.dates import format_skeleton
from flask_babel import format_datetime, get_locale, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.core.clock import zone
from portal.meetings.models import Meeting
from portal.meetings.rsvp.models import Rsvp
from portal.meetings.rsvp.queries import counting_on, is_open, level_of, seats_of
from portal.meetings.rsvp.rules.answers import BANDS, Ride, Why, write_ages
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
    State.TAKEN_OUT: _l("The host took your answer out"),
}
HOST_STATES = {
    State.COMING: _l("Counted"),
    State.WAITING: _l("In line"),
    State.OFFERED: _l("Has an offer"),
    State.CANCELLED: _l("Not coming"),
    State.EXPIRED: _l("Let the offer pass"),
    State.TAKEN_OUT: _l("Taken out"),
}
WHY_NAMES = {
    Why.DOUBLE: _l("The same people were counted twice."),
    Why.MISTAKE: _l("It looks like a mistake."),
    Why.SILENT: _l("We asked and heard nothing."),
    Why.NO_ROOM: _l("There is no room for so many people."),
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
NOT_THERE = {
    "interpreter": _l("There is no interpreter at this meeting."),
    "childcare": _l("There is no childcare at this meeting."),
    "food": _l("There is no food at this meeting."),
    "ride": _l("There is no ride to this meeting."),
}
OFFER_WORDS = {
    "interpreter": _l("interpreter"),
    "childcare": _l("childcare"),
    "food": _l("food"),
    "ride": _l("ride"),
}
"""In the middle of a text."""
ROOM = {
    (True, True): _l("There is room. Your answer helps us prepare chairs, food and childcare."),
    (True, False): _l("There is room. Your answer helps us prepare chairs and food."),
    (False, True): _l("There is room. Your answer helps us prepare chairs and childcare."),
    (False, False): _l("There is room. Your answer helps us prepare chairs."),
}
"""By whether there may be food and childcare."""
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
    "for_host": _l(
        "%(site)s: The host looks at your answer for %(when)s first. We write to you. To change or cancel: %(link)s"
    ),
    "taken_out": _l(
        "%(site)s: Your answer for %(when)s no longer counts. %(why)s If that is wrong, tell the host here: %(link)s"
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
    "withdrawn": _l(
        "%(site)s: There will be no %(what)s on %(when)s. You are still welcome. Why, and to change your answer: "
        "%(link)s"
    ),
    "cancelled": _l("%(site)s: What was planned for %(when)s is canceled. Why: %(link)s"),
    "ask": _l("%(site)s: Is your answer for %(when)s still right? Please tell us here: %(link)s"),
}


MAIL_SUBJECT = _l("%(site)s: about your answer")
REFUSALS = {
    "answers_cancelled": _l("This meeting is canceled."),
    "answers_closed": _l("Answers are no longer taken. You may still come."),
    "answers_too_large": _l("There are not so many seats in all. You can answer for fewer people."),
    "answers_no_more_seats": _l("There are not enough seats for more people. Your answer stays as it was."),
    "answers_too_many_at_once": _l(
        "For so many people at once the host has to say yes first. Your answer stays as it was. You can send another "
        "one for the others."
    ),
    "answers_too_many": _l("There are already six answers from this phone or mailbox."),
    "answers_offer_over": _l("That is no longer possible: the seat went to somebody else. You can get in line again."),
    "answers_none_reserved": _l("There are not so many reserved seats left."),
}
AUDITED = {
    "meeting.seats_set": _l("changed the seats of a meeting"),
    "meeting.seats_given": _l("gave reserved seats away"),
    "meeting.reminders_set": _l("changed when people are reminded of a meeting"),
    "meeting.answer_counted": _l("counted an answer to a meeting"),
    "meeting.answer_taken_out": _l("took an answer to a meeting out"),
    "meeting.asked_again": _l("asked again who needs childcare or a ride"),
}


def state_name(rsvp: Rsvp) -> str:
    """How an answer stands, for whoever gave it."""
    return str(_("The host looks at your answer first") if rsvp.for_host else STATE_NAMES[State(rsvp.state)])


def heading(meeting: Meeting, rsvp: Rsvp) -> str:
    """What stands above the page of an answer: nobody is counted for what does not take place."""
    return str(_("This meeting is canceled")) if meeting.is_cancelled else state_name(rsvp)


def state_for_host(rsvp: Rsvp) -> str:
    """How an answer stands, for whoever prepares the meeting."""
    return str(_("Waits for your yes") if rsvp.for_host else HOST_STATES[State(rsvp.state)])


def reached_in_words(rsvp: Rsvp) -> str:
    """How certain it is who answered, without number or address."""
    if rsvp.given:
        return str(_("Reserved seats that you gave away"))
    if rsvp.contact_kind is None:
        return str(_("Left no phone and no e-mail"))
    if rsvp.proved_on is not None:
        return str(_("By phone, from that phone") if rsvp.contact_kind == "text" else _("E-mail, confirmed"))
    return str(_("Phone, not confirmed") if rsvp.contact_kind == "text" else _("E-mail, not confirmed"))


def why_taken_out(rsvp: Rsvp) -> str:
    """Why the host took it out."""
    return str(WHY_NAMES[Why(rsvp.why)]) if rsvp.why else ""


def seats_left(meeting: Meeting) -> str:
    """All that the public hears about seats; empty once answers are no longer taken."""
    if not is_open(meeting):
        return ""
    if seats_of(meeting.id).capacity is None:
        return str(ROOM[not meeting.has_no("food"), not meeting.has_no("childcare")])
    return str(LEVELS[level_of(meeting.id)])


def to_answer(meeting: Meeting) -> str:
    """What answering is called: without a free seat nobody is told that she comes."""
    is_full = is_open(meeting) and level_of(meeting.id) == Level.FULL
    return str(_("Join the waiting list") if is_full else _("I'm coming"))


def text_code(meeting: Meeting) -> str:
    """What to text in order to come, in the language of the page; empty when there is no code."""
    code = seats_of(meeting.id).text_code
    return _("MEET %(code)s", code=code) if code else ""


def counted_on(meeting: Meeting) -> dict[str, str]:
    """How many count on each offer of a meeting, in words; nothing where nobody does."""
    counted = counting_on(meeting.id)
    said = {
        "interpreter": ngettext("%(num)s answer asks for it.", "%(num)s answers ask for it.", counted["interpreter"]),
        "childcare": ngettext("%(num)s child counts on it.", "%(num)s children count on it.", counted["childcare"]),
        "food": ngettext("%(num)s person counts on it.", "%(num)s people count on it.", counted["food"]),
        "ride": ngettext("%(num)s person counts on it.", "%(num)s people count on it.", counted["ride"]),
    }
    return {need: str(words) for need, words in said.items() if counted[need]}


def offers_in_words(needs: Iterable[str]) -> str:
    """What there is not, in the middle of a text: "interpreter, childcare or ride"."""
    words = [str(OFFER_WORDS[need]) for need in needs]
    if len(words) < 2:
        return "".join(words)
    return str(_("%(offers)s or %(other)s", offers=", ".join(words[:-1]), other=words[-1]))


def not_there(meeting: Meeting, need: str) -> str:
    """For whoever is about to ask for it: that the meeting has none, and what asking is good for then."""
    if not meeting.has_no(need):
        return ""
    return f"{NOT_THERE[need]} {_('You can still say it here; then the host knows how many would need it.')}"


def in_vain(meeting: Meeting, rsvp: Rsvp) -> list[str]:
    """That there is none of what an answer asks for, a sentence for each; of food nobody asks."""
    return [str(NOT_THERE[need]) for need in rsvp.counts_on if need != "food" and meeting.has_no(need)]


def withdrawn(meeting: Meeting) -> list[str]:
    """What was offered once and is not there any more, a sentence for each."""
    return [] if meeting.is_cancelled else [str(NOT_THERE[need]) for need in meeting.gone]


def code_with_letter(meeting: Meeting, rsvp: Rsvp | None) -> str:
    """What stands behind MEET: the code, and the letter of a family that is not the first on its phone."""
    code = seats_of(meeting.id).text_code or ""
    return f"{code} {rsvp.letter}" if rsvp and rsvp.letter and rsvp.letter != "A" else code


def day_and_hour(moment: datetime) -> str:
    """A moment in few letters, none of which makes a text message dear: "Jun 4, 6:30 PM"."""
    day = format_skeleton("MMMd", moment.astimezone(zone()), locale=get_locale())
    hour = format_datetime(moment, "h:mm a")
    return f"{day}, {hour}".replace("\u202f", " ").replace("\xa0", " ")


def line_words(held_on: date) -> str:
    """What the host reads of the line: that it changed, and of which day."""
    day = str(format_skeleton("MMMd", held_on, locale=get_locale()))
    return str(_("There is news on the waiting list for %(day)s, which you prepare.", day=day))


def inherited_line_words(held_on: date) -> str:
    """The same for who answers for the meeting since whoever planned it is gone."""
    day = str(format_skeleton("MMMd", held_on, locale=get_locale()))
    return str(
        _(
            "There is news on the waiting list for %(day)s. Whoever prepared that day is gone: it is yours now.",
            day=day,
        )
    )


def band_names() -> list[str]:
    """The age bands, from babies up."""
    return [str(_("%(youngest)d to %(oldest)d years", youngest=low, oldest=high)) for low, high in BANDS]


def ages_in_words(ages: tuple[int, ...]) -> str:
    """The ages of children with commas."""
    return write_ages(ages).replace(",", ", ")
