"""Texts about answers: seats, states, needs, messages by mail and SMS, replies to SMS, and refusals.

Spanish SMS texts avoid á, í, ó and ú where possible: these letters are not in the GSM alphabet, and the encoding that
they require more than doubles the cost of a message.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import Enum
from urllib.parse import urlsplit

from babel.dates import format_skeleton
from flask_babel import format_datetime, get_locale, gettext as _, lazy_gettext as _l, ngettext

from portal.core.clock import now, zone
from portal.core.i18n import language
from portal.core.portal import current_portal
from portal.core.texted import in_gsm7
from portal.meetings.meeting import Meeting
from portal.meetings.rsvp.rsvp import Rsvp, answers_of, is_open, level_of, seats_of
from portal.meetings.rsvp.rules import ContactKind, Reminder, Ride, RsvpState, SeatLevel, Why
from portal.meetings.texts import NEED_NAMES

LEVELS = {
    SeatLevel.OPEN: _l("There are seats."),
    SeatLevel.FEW: _l("There are few seats left."),
    SeatLevel.FULL: _l("All seats are taken."),
}
STATE_NAMES = {RsvpState.COMING: _l("You are counted"), RsvpState.CANCELLED: _l("You are not coming")}
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
"""Shown beside the field and stored as the wording of the consent, so it must say exactly how the contact is used."""
NOT_THERE = {
    "interpreter": _l("There is no interpreter at this meeting."),
    "childcare": _l("There is no childcare at this meeting."),
    "food": _l("There is no food at this meeting."),
    "ride": _l("There is no ride to this meeting."),
}
REMINDER_NAMES = {
    Reminder.DAYS: _l("Two days before, at 5 in the afternoon"),
    Reminder.DAY: _l("The day before, at 5 in the afternoon"),
    Reminder.HOURS: _l("Two hours before"),
}
MESSAGES = {
    "counted": _l("%(site)s: You are counted for %(when)s. To change or cancel: %(link)s"),
    "counted_ask": _l(
        "%(site)s: You are counted for %(when)s. May we remind you here? Say yes, change or cancel, or say that it was "
        "not you: %(link)s"
    ),
    "counted_ask_text": _l(
        "%(site)s: You are counted for %(when)s. May we remind you? Text MEET %(code)s. Or open this, also if it was "
        "not you: %(link)s"
    ),
    "taken_out": _l(
        "%(site)s: Your answer for %(when)s no longer counts. %(why)s If that is wrong, say so here: %(link)s"
    ),
    "remind": _l("%(site)s: A reminder for %(when)s. Where it is, and if you are not coming: %(link)s"),
    "remind_text": _l(
        "%(site)s: A reminder for %(when)s. Not coming? Text NOT COMING %(code)s. No texts: STOP. Where it is: %(link)s"
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
    "answers_full": _l("All seats are taken. Please ask the host whether there is still room."),
    "answers_too_large": _l("There are not so many seats left. You can answer for fewer people, or ask the host."),
    "answers_too_many": _l("There are already six answers from this phone or mailbox."),
}
AUDITED = {
    "meeting.seats_set": _l("changed the seats of a meeting"),
    "meeting.seats_given": _l("added an answer to a meeting"),
    "meeting.reminders_set": _l("changed when people are reminded of a meeting"),
    "meeting.answer_taken_out": _l("took an answer to a meeting out"),
    "meeting.asked_again": _l("asked again who needs childcare or a ride"),
}


def state_name(rsvp: Rsvp) -> str:
    return str(_("The host took your answer out") if rsvp.why else STATE_NAMES[rsvp.state])


REACHED = {
    (None, False): _l("Left no phone and no e-mail"),
    (ContactKind.TEXT, False): _l("Phone, not confirmed"),
    (ContactKind.TEXT, True): _l("By phone, from that phone"),
    (ContactKind.MAIL, False): _l("E-mail, not confirmed"),
    (ContactKind.MAIL, True): _l("E-mail, confirmed"),
}
"""How certain the identity of a contact is, without number or address."""


def seats_left(meeting: Meeting) -> str:
    """Return the public sentence about seats; empty once answers are closed."""
    return str(LEVELS[level_of(meeting.id)]) if is_open(meeting) else ""


def is_full(meeting: Meeting) -> bool:
    return is_open(meeting) and level_of(meeting.id) is SeatLevel.FULL


def text_code(meeting: Meeting) -> str:
    """Return the text to send by SMS in order to come, in the language of the page; empty without a code."""
    code = seats_of(meeting.id).text_code
    return _("MEET %(code)s", code=code) if code else ""


def short_address(meeting: Meeting) -> str:
    """Return an address that can be typed, such as "example.org/r/1601"; empty without a code, and once it is over."""
    code = seats_of(meeting.id).text_code
    if not code or meeting.ends_at is None or meeting.ends_at <= now():
        return ""
    return f"{urlsplit(current_portal.settings.public_url).netloc}/r/{code}"


def counted_on(meeting: Meeting) -> dict[str, str]:
    """Return a sentence on how many rely on each offer of a meeting; offers without any are left out."""
    counted = Counter[str]()
    for rsvp in answers_of(meeting.id, RsvpState.COMING):
        # Children rely on childcare, people on rides and food, answers on interpreters.
        units = {"interpreter": 1, "childcare": len(rsvp.child_ages), "food": rsvp.party, "ride": rsvp.party}
        counted.update({need: units[need] for need in rsvp.counts_on})
    sentences = {
        "interpreter": ngettext("%(num)s answer asks for it.", "%(num)s answers ask for it.", counted["interpreter"]),
        "childcare": ngettext("%(num)s child counts on it.", "%(num)s children count on it.", counted["childcare"]),
        "food": ngettext("%(num)s person counts on it.", "%(num)s people count on it.", counted["food"]),
        "ride": ngettext("%(num)s person counts on it.", "%(num)s people count on it.", counted["ride"]),
    }
    return {need: str(words) for need, words in sentences.items() if counted[need]}


def offers_in_words(needs: Iterable[str]) -> str:
    """Return the missing offers for the middle of a sentence: "interpreter, childcare or ride"."""
    words = [str(NEED_NAMES[need]).lower() for need in needs]
    if len(words) < 2:
        return "".join(words)
    return str(_("%(offers)s or %(other)s", offers=", ".join(words[:-1]), other=words[-1]))


def not_there(meeting: Meeting, need: str) -> str:
    """Return the note beside a need that the meeting does not provide for, and the use of asking for it anyway."""
    if not meeting.has_no(need):
        return ""
    return f"{NOT_THERE[need]} {_('You can still say it here; then the host knows how many would need it.')}"


def in_vain(meeting: Meeting, rsvp: Rsvp) -> list[str]:
    """Return a sentence for each need in an answer that the meeting does not provide for; food is not asked for."""
    return [str(NOT_THERE[need]) for need in rsvp.counts_on if need != "food" and meeting.has_no(need)]


def withdrawn(meeting: Meeting) -> list[str]:
    return [] if meeting.is_cancelled else [str(NOT_THERE[need]) for need in meeting.gone]


def code_with_letter(meeting: Meeting, rsvp: Rsvp | None) -> str:
    """Return the code to text after MEET, with the letter of a family that is not the first on its phone."""
    code = seats_of(meeting.id).text_code or ""
    return f"{code} {rsvp.letter}" if rsvp and rsvp.letter and rsvp.letter != "A" else code


def day_and_hour(moment: datetime) -> str:
    """Return a moment in few characters that are cheap in an SMS: "Jun 4, 6:30 PM"."""
    day = format_skeleton("MMMd", moment.astimezone(zone()), locale=get_locale())
    hour = format_datetime(moment, "h:mm a")
    return f"{day}, {hour}".replace("\u202f", " ").replace("\xa0", " ")


REMIND_BY_TEXT = _l("We remind you by text.")
INTERPRETED = {"es": _l("in Spanish"), "en": _l("in English"), "ase": _l("in ASL")}
"""Only those whose words need no accent in an SMS."""
MOST_AGES_SAID = 3


class Texted(Enum):
    """The replies to a text, each with its sentence."""

    COUNTED = _l(
        "You are counted for %(when)s: %(people)s. If you are %(other)s: MEET %(code)s %(other)s. "
        "Not coming: NOT COMING %(code)s. %(remind)sIf needed, text %(needs)s: %(link)s"
    )
    COUNTED_WITH = _l(
        "You are counted for %(when)s: %(people)s. Not coming: NOT COMING %(code)s. %(remind)sTo change it: %(link)s"
    )
    NOT_COUNTED = _l("At the moment you are not counted for %(when)s. To come: MEET %(code)s")
    AWAY = _l("You are not coming on %(when)s. We erased your number there. If you change your mind: MEET %(code)s")
    CANCELLED = _l("What was planned for %(when)s is canceled. Please do not come. %(link)s")
    CANCELLED_AWAY = _l(
        "What was planned for %(when)s is canceled, so nobody is waiting for you. We erased your number there."
    )
    NO_ANSWER = _l("This phone has given no answer for %(when)s. To come: MEET %(code)s")
    WHICH = _l("More than one family answers from this phone. Please add the letter: %(letters)s")
    WHICH_MEETING = _l("For which meeting? Please add its 4 figures, like this: NOT COMING %(code)s")
    HOW_MANY = _l("Please send a number from 1 to 12, like this: MEET %(code)s 3")
    UNKNOWN = _l("We found no meeting under this number. Please check the 4 figures.")
    NEARLY_COMES = _l(
        "For the meeting on %(when)s? Then text MEET %(code)s. Something else? Write it in your words; "
        "we did not keep this text."
    )
    NEARLY_STAYS = _l(
        "You cannot come on %(when)s? Then text NOT COMING %(code)s. Something else? Write it in your words; "
        "we did not keep this text."
    )
    NEARLY = _l(
        "A meeting? Text MEET and the 4 figures from the flyer. Something else? Write it in your words; "
        "we did not keep this text."
    )
    HOW_TO = _l("For which meeting? Please text MEET, the 4 figures from the flyer and how many people come.")
    NOTED = _l("We noted it for %(when)s: %(people)s. To change it: %(link)s")
    ASK_AGES = _l("How old are the children? Text it like this: CHILDREN 3 5. For a baby, 0.")
    ASK_LANGUAGE = _l("Which language? Text it like this: INTERPRETER SPANISH. For sign language: INTERPRETER ASL.")
    ASK_ACCESS = _l(
        "What should be ready for you? Text it like this: ACCESS WHEELCHAIR, or ACCESS and your words. Only the host "
        "reads them."
    )
    MORE_CHILDREN = _l(
        "These are more children than people. Please text how many come in all, like this: MEET %(code)s 4. "
        "Or text NO CHILDREN."
    )
    NOT_THERE = _l("There is no %(what)s on %(when)s.")
    NOT_THERE_NOTED = _l("There is no %(what)s on %(when)s. We noted it only so that the host knows.")
    EITHER = _l(
        "Is it about %(when)s? Text 1. Is it something else for our team? Text 2. If you text neither, a person "
        "reads it. In danger, call 911."
    )
    CANCEL_WHAT = _l("Cancel what? Your seat on %(when)s: text 1. All our texts: text 2. Both: text 3.")
    ASKED_HOST = _l(
        "It is on %(when)s. %(where)s The host reads your words before, and may not be able to answer by text."
    )
    STILL_COUNTED = _l(
        "You are still counted for %(when)s. Not coming: NOT COMING %(code)s. The host reads your words before. "
        "%(where)s"
    )
    LATE = _l("Thank you for telling us. You are still counted for %(when)s. Come when you can.")
    NEXT = _l("The meeting is on %(when)s. To come, text MEET %(code)s. %(where)s")
    NEXT_UNCODED = _l("The meeting is on %(when)s. %(where)s")
    NONE_AHEAD = _l("No meeting is planned right now. To hear of the next one, text NEWS MEETINGS.")
    WHICH_NEEDS = _l("For which meeting? Please add its 4 figures, like this: MEET %(code)s RIDE")


NEED_TEXTS = {
    "ride": _l("RIDE"),
    "childcare": _l("CHILDREN"),
    "interpreter": _l("INTERPRETER"),
    "access": _l("ACCESS"),
}
"""The word to text for each need."""


def texted(
    what: Texted,
    meeting: Meeting | None = None,
    rsvp: Rsvp | None = None,
    *,
    link: str = "",
    letters: Sequence[str] = (),
    party: int | None = None,
    what_not: Iterable[str] = (),
) -> str:
    """Return the reply to an SMS, without the sender's name that precedes it."""
    return str(what.value) % {
        "when": day_and_hour(meeting.starts_at) if meeting and meeting.starts_at else "",
        "code": f"{code_with_letter(meeting, rsvp) if meeting else ''} {party or ''}".strip(),
        # The full summary in two replies, and only the number of people where the reply is long otherwise.
        "people": people_and_needs(rsvp, in_full=what in (Texted.COUNTED_WITH, Texted.NOTED)) if rsvp else "",
        # "3 people. If you are 3" would puzzle.
        "other": 4 if rsvp and rsvp.party == 3 else 3,
        "link": link,
        "where": _where(what, meeting, link) if meeting else "",
        "remind": f"{REMIND_BY_TEXT} " if meeting and seats_of(meeting.id).reminders else "",
        "letters": ", ".join(letters),
        "needs": _to_text(meeting) if meeting else "",
        "what": offers_in_words(what_not),
    }


LONGEST_WHERE = 50
"""In characters: with a longer place and address a reply could take three texts."""


def _where(what: Texted, meeting: Meeting, link: str) -> str:
    """Return where a meeting is: its address, with the name of the place if there is room, else a link."""
    place, is_all = meeting.place[language()], what is Texted.ASKED_HOST
    phrases = (", ".join(filter(None, (place, meeting.address))), meeting.address)
    fits = [in_gsm7(phrase) for phrase in phrases if len(phrase) <= LONGEST_WHERE]
    if meeting.has_door and meeting.address and fits:
        more = _("What there will be: %(link)s", link=link) if is_all else ""
        return f"{_('Place: %(place)s.', place=fits[0])} {more}".strip()
    if is_all:
        return str(_("Where it is and what there will be: %(link)s", link=link))
    return str(_("Where it is: %(link)s", link=link))


def _to_text(meeting: Meeting) -> str:
    """Return the needs that can be requested by SMS, without those that the meeting does not provide for."""
    *others, last = (str(word) for need, word in NEED_TEXTS.items() if need == "access" or not meeting.has_no(need))
    return str(_("%(words)s or %(last)s", words=", ".join(others), last=last)) if others else last


def says_needs(rsvp: Rsvp) -> bool:
    return bool(rsvp.ages or rsvp.interpreter or rsvp.ride or rsvp.access_needs)


def people_and_needs(rsvp: Rsvp, *, in_full: bool) -> str:
    """Return a summary: "3 people, children (3, 5), ride". Free-text needs are not repeated in an SMS."""
    parts = [ngettext("%(num)s person", "%(num)s people", rsvp.party)]
    ages = rsvp.child_ages
    if 0 < len(ages) <= MOST_AGES_SAID:
        parts.append(_("children (%(ages)s)", ages=", ".join(map(str, ages))))
    elif ages:
        parts.append(ngettext("%(num)s child", "%(num)s children", len(ages)))
    if rsvp.ride == Ride.OFFERS:
        parts.append(ngettext("you take %(num)s along", "you take %(num)s along", rsvp.ride_seats))
    elif rsvp.ride:
        parts.append(_("ride"))
    if rsvp.interpreter in INTERPRETED:
        parts.append(_("interpreter (%(language)s)", language=INTERPRETED[rsvp.interpreter]))
    elif rsvp.interpreter:
        parts.append(_("interpreter"))
    if rsvp.access_needs:
        parts.append(_("your words"))
    return ", ".join(parts if in_full else parts[:1])


def consent_by_text(what: Texted) -> str:
    """Return the wording about reminders in a reply, with placeholders, so that it is the same for every consent."""
    return str(what.value) % {
        **dict.fromkeys(("when", "code", "people", "other", "link", "needs"), "…"),
        "remind": f"{REMIND_BY_TEXT} ",
    }
