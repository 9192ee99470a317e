"""What is answered to a text about a meeting, without the sender's name that goes before it.

Spanish is worded without á, í, ó and ú where it can be: they would more than double the cost of a text.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from portal.meetings.models import Meeting
from portal.meetings.rsvp.models import Rsvp
from portal.meetings.rsvp.queries import seats_of
from portal.meetings.rsvp.rules.answers import Ride
from portal.meetings.rsvp.texts import ages_in_words, code_with_letter, day_and_hour, offers_in_words

REMIND_BY_TEXT = _l("We remind you by text.")
INTERPRETED = {"es": _l("in Spanish"), "en": _l("in English"), "ase": _l("in ASL")}
"""Only those that cost no accent in a text."""
MOST_AGES_SAID = 3


class Texted(StrEnum):
    """What is answered to a text about a meeting."""

    COUNTED = "counted"
    COUNTED_WITH = "counted_with"
    IN_LINE = "in_line"
    FOR_HOST = "for_host"
    NOT_COUNTED = "not_counted"
    AWAY = "away"
    CANCELLED = "cancelled"
    CANCELLED_AWAY = "cancelled_away"
    NO_ANSWER = "no_answer"
    WHICH = "which"
    WHICH_MEETING = "which_meeting"
    HOW_MANY = "how_many"
    UNKNOWN = "unknown"
    NEARLY_COMES = "nearly_comes"
    NEARLY_STAYS = "nearly_stays"
    NEARLY = "nearly"
    HOW_TO = "how_to"
    NOTED = "noted"
    ASK_AGES = "ask_ages"
    ASK_LANGUAGE = "ask_language"
    ASK_ACCESS = "ask_access"
    MORE_CHILDREN = "more_children"
    WHICH_NEEDS = "which_needs"
    NOT_THERE = "not_there"
    NOT_THERE_NOTED = "not_there_noted"
    EITHER = "either"
    CANCEL_WHAT = "cancel_what"
    NOT_KEPT = "not_kept"


TEXTED = {
    Texted.COUNTED: _l(
        "You are counted for %(when)s: %(people)s. If you are %(other)s: MEET %(code)s %(other)s. "
        "Not coming: NOT COMING %(code)s. %(remind)sIf needed, text %(needs)s: %(link)s"
    ),
    Texted.COUNTED_WITH: _l(
        "You are counted for %(when)s: %(people)s. Not coming: NOT COMING %(code)s. %(remind)sTo change it: %(link)s"
    ),
    Texted.IN_LINE: _l(
        "You are in line for %(when)s: %(people)s. We text you when a seat is free. "
        "To leave: NOT COMING %(code)s. %(remind)s%(link)s"
    ),
    Texted.FOR_HOST: _l(
        "The host looks at your answer for %(when)s first: %(people)s. We text you. If you are fewer: MEET %(code)s 3. "
        "Not coming: NOT COMING %(code)s. %(remind)s%(link)s"
    ),
    Texted.NOT_COUNTED: _l("At the moment you are not counted for %(when)s. To come: MEET %(code)s"),
    Texted.AWAY: _l(
        "You are not coming on %(when)s. We erased your number there. If you change your mind: MEET %(code)s"
    ),
    Texted.CANCELLED: _l("What was planned for %(when)s is canceled. Please do not come. %(link)s"),
    Texted.CANCELLED_AWAY: _l(
        "What was planned for %(when)s is canceled, so nobody is waiting for you. We erased your number there."
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
    Texted.NOTED: _l("We noted it for %(when)s: %(people)s. To change it: %(link)s"),
    Texted.ASK_AGES: _l("How old are the children? Text it like this: CHILDREN 3 5. For a baby, 0."),
    Texted.ASK_LANGUAGE: _l(
        "Which language? Text it like this: INTERPRETER SPANISH. For sign language: INTERPRETER ASL."
    ),
    Texted.ASK_ACCESS: _l(
        "What should be ready for you? Text it like this: ACCESS WHEELCHAIR, or ACCESS and your words. Only the host "
        "reads them."
    ),
    Texted.MORE_CHILDREN: _l(
        "These are more children than people. Please text how many come in all, like this: MEET %(code)s 4. "
        "Or text NO CHILDREN."
    ),
    Texted.NOT_THERE: _l("There is no %(what)s on %(when)s."),
    Texted.NOT_THERE_NOTED: _l("There is no %(what)s on %(when)s. We noted it only so that the host knows."),
    Texted.EITHER: _l(
        "Is it about %(when)s? Text 1. Is it something else for our team? Text 2. If you text neither, a person "
        "reads it. In danger, call 911."
    ),
    Texted.CANCEL_WHAT: _l("Cancel what? Your seat on %(when)s: text 1. All our texts: text 2. Both: text 3."),
    Texted.NOT_KEPT: _l(
        "Nobody reads texts about %(when)s, and we did not keep yours. Coming: MEET %(code)s. "
        "Not coming: NOT COMING %(code)s. To change it: %(link)s"
    ),
    Texted.WHICH_NEEDS: _l("For which meeting? Please add its 4 figures, like this: MEET %(code)s RIDE"),
}


NEED_TEXTS = {
    "ride": _l("RIDE"),
    "childcare": _l("CHILDREN"),
    "interpreter": _l("INTERPRETER"),
    "access": _l("ACCESS"),
}
"""What is texted for each need."""


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
    """The answer to a text, without the sender's name that goes before it."""
    return str(TEXTED[what]) % {
        "when": day_and_hour(meeting.starts_at) if meeting and meeting.starts_at else "",
        "code": f"{code_with_letter(meeting, rsvp) if meeting else ''} {party or ''}".strip(),
        "people": _said_of(what, rsvp) if rsvp else "",
        # "3 people. If you are 3" would puzzle.
        "other": 4 if rsvp and rsvp.party == 3 else 3,
        "link": link,
        "remind": f"{REMIND_BY_TEXT} " if meeting and seats_of(meeting.id).reminders else "",
        "letters": ", ".join(letters),
        "needs": _to_text(meeting) if meeting else "",
        "what": offers_in_words(what_not),
    }


def _to_text(meeting: Meeting) -> str:
    """What can be asked for by text, but for what there is not."""
    *others, last = (str(word) for need, word in NEED_TEXTS.items() if need == "access" or not meeting.has_no(need))
    return str(_("%(words)s or %(last)s", words=", ".join(others), last=last)) if others else last


def says_needs(rsvp: Rsvp) -> bool:
    """Whether an answer asks for anything, or offers a ride."""
    return bool(rsvp.ages or rsvp.interpreter or rsvp.ride or rsvp.access_needs)


def people_and_needs(rsvp: Rsvp) -> str:
    """What was noted: "3 people, children (3, 5), ride". Needs in their own words are not repeated in a text."""
    people = ngettext("%(num)s person", "%(num)s people", rsvp.party)
    return ", ".join(
        str(part) for part in (people, _children(rsvp), _ride(rsvp), _interpreter(rsvp), _own(rsvp)) if part
    )


def _children(rsvp: Rsvp) -> str:
    ages = rsvp.child_ages
    if 0 < len(ages) <= MOST_AGES_SAID:
        return str(_("children (%(ages)s)", ages=ages_in_words(ages)))
    return str(ngettext("%(num)s child", "%(num)s children", len(ages))) if ages else ""


def _ride(rsvp: Rsvp) -> str:
    if rsvp.ride == Ride.OFFERS:
        return str(ngettext("you take %(num)s along", "you take %(num)s along", rsvp.ride_seats))
    return str(_("ride")) if rsvp.ride else ""


def _interpreter(rsvp: Rsvp) -> str:
    known = INTERPRETED.get(rsvp.interpreter)
    if known:
        return str(_("interpreter (%(language)s)", language=known))
    return str(_("interpreter")) if rsvp.interpreter else ""


def _own(rsvp: Rsvp) -> str:
    return str(_("your words")) if rsvp.access_needs else ""


def _said_of(what: Texted, rsvp: Rsvp) -> str:
    """Where much else is to be said, only how many they are."""
    if what in (Texted.COUNTED_WITH, Texted.NOTED):
        return people_and_needs(rsvp)
    return str(ngettext("%(num)s person", "%(num)s people", rsvp.party))


def consent_by_text(what: Texted) -> str:
    """The words by which somebody who texted was told of reminders: the same for everybody."""
    return str(TEXTED[what]) % {
        **dict.fromkeys(("when", "code", "people", "other", "link", "needs"), "…"),
        "remind": f"{REMIND_BY_TEXT} ",
    }
