"""Translated texts of polls and dates: times, choices, reasons, refusals and mails.

Mails give the time only: no purpose, place or participants.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum

from flask_babel import format_datetime, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.core.i18n import clock, day, language
from portal.core.slugs import public_address
from portal.organisations.sides import TableSide
from portal.partners.polls.rules import LENGTHS, Counts, SlotChoice, SlotState

CHOICE_NAMES = {SlotChoice.YES: _l("Yes"), SlotChoice.MAYBE: _l("If need be"), SlotChoice.NO: _l("No")}
SIDE_NAMES = {TableSide.COMMUNITY: _l("Community"), TableSide.AGENCIES: _l("Agencies")}
# CLDR has no skeleton with the full names of weekday and month that omits the year.
DAY_PATTERNS = {"en": "EEEE, MMMM d", "es": "EEEE d 'de' MMMM"}
LENGTH_NAMES = {minutes: _l("%(number)d minutes", number=minutes) for minutes in LENGTHS}
WRONG_SLOTS = {
    "no_hour": _l("This hour does not exist on that day: the clocks go forward over it."),
    "twice": _l("This hour comes twice in that night, because the clocks go back. Please choose another."),
    "past": _l("Please choose a day from tomorrow on."),
    "far": _l("Please choose a day within the next six months."),
    "before_deadline": _l("This is before the last day for answers, or on it."),
    "half": _l("Please give both the day and the hour, or neither."),
}
REFUSALS = {
    "poll_closed": _l(
        "Thank you, but answers are not taken any more. Please tell whoever asked you which times suit you."
    ),
    "poll_last_day": _l("Please choose today or a later day, before the first time."),
    "poll_slots": _l("Please propose at least one time, and at most six."),
    "poll_guests": _l("That is enough links for one question."),
    "date_chosen": _l("A date was chosen already. It can be moved or called off."),
    "date_past": _l("That time is over already."),
    "date_off": _l("This date is over or called off."),
}
AUDITED = {
    "poll.made": _l("asked a circle for a day"),
    "date.set": _l("set a date for a circle"),
    "date.moved": _l("moved a date of a circle"),
    "date.called_off": _l("called off a date of a circle"),
}


class PollNews(StrEnum):
    SET = "set"
    MOVED = "moved"
    OFF = "off"


def day_words(moment: datetime) -> str:
    """Return weekday and date without the year, as dates lie at most six months ahead."""
    return str(format_datetime(moment, DAY_PATTERNS[language()]))


def hours_words(starts_at: datetime, ends_at: datetime) -> str:
    return f"{clock(starts_at)} – {clock(ends_at)}"


def slot_words(starts_at: datetime, ends_at: datetime) -> str:
    """Return a slot in words: "Thursday, December 3, 6:00 PM – 7:30 PM"."""
    return f"{day_words(starts_at)}, {hours_words(starts_at, ends_at)}"


def counts_words(counts: Counts) -> str:
    words = (_("%(number)d yes", number=counts.yes), _("%(number)d if need be", number=counts.maybe))
    return " · ".join((*words, _("%(number)d no", number=counts.no)))


def reasons(of: SlotState, in_the_way: Sequence[str]) -> list[str]:
    """Return the reasons for the rank of a slot, one sentence each."""
    missing = [
        ngettext("%(side)s: %(num)d more is needed", "%(side)s: %(num)d more are needed", count, side=SIDE_NAMES[side])
        for side, count in of.lacking.items()
    ]
    return [*_essential(of), *missing, counts_words(of.counts), *in_the_way]


def _essential(of: SlotState) -> list[str]:
    if not of.essential:
        return []
    no = ngettext("%(num)d who must be there cannot", "%(num)d who must be there cannot", of.essential_no)
    silent = ngettext(
        "%(num)d who must be there has not answered",
        "%(num)d who must be there have not answered",
        of.essential_silent,
    )
    if reasons := [words for count, words in ((of.essential_no, no), (of.essential_silent, silent)) if count]:
        return reasons
    if of.essential_maybe:
        return [_("Everybody who must be there can, some only if need be")]
    return [_("Everybody who must be there can")]


def date_mail(starts_at: datetime, ends_at: datetime, news: PollNews) -> tuple[str, str]:
    """Return subject and text. Other people may read the mail, so both say when and nothing else."""
    subject = {
        PollNews.SET: _("A date for your calendar"),
        PollNews.MOVED: _("A date was moved"),
        PollNews.OFF: _("A date was called off"),
    }[news]
    sentence = {
        PollNews.SET: _("Hello. This is the date that was agreed on:\n\n%(when)s"),
        PollNews.MOVED: _("Hello. A date was moved. It is now:\n\n%(when)s"),
        PollNews.OFF: _("Hello. This date was called off:\n\n%(when)s"),
    }[news] % {"when": slot_words(starts_at, ends_at)}
    return subject, f"{sentence}\n\n{_where_to_read_more()}\n"


def reminder_mail(closes_on: date) -> tuple[str, str]:
    """Return subject and text of the reminder before the last day."""
    sentence = _("Hello. Somebody waits for your answer. The last day is %(day)s.", day=day(closes_on))
    return _("Your answer is still missing"), f"{sentence}\n\n{_where_to_read_more()}\n"


def _where_to_read_more() -> str:
    return str(_("Sign in to read more: %(link)s", link=public_address("sign_in.enter", lang=language())))
