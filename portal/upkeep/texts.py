"""The words of the board, the scorecard and the handover pack."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from babel.dates import format_skeleton
from flask_babel import format_decimal, get_locale, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.core.i18n import date_words
from portal.markets.rules import Item
from portal.markets.rules.alarm import Week
from portal.markets.rules.fidelity import Concern, Work, concerns, out_of_order, unsteady
from portal.markets.rules.turnover import Seat, Turnover
from portal.markets.texts import ITEM_NAMES
from portal.markets.watch.queries import Watched
from portal.reports.complaints.rules import Complaints

CONCERNS = {
    Concern.NO_SPONSOR: _l(
        "Nobody at the top is known to stand behind it. Ask the chief and the mayor's office who answers for it, and "
        "note which office it is. Do not go on with half a promise."
    ),
    Concern.NO_COMMUNITY_LEAD: _l(
        "No community lead is noted as in place. Find somebody whom the neighbors trust and who has time for it, "
        "before anything else is planned."
    ),
    Concern.NO_OWNER: _l("Nobody owns this place. Name one person who answers for it, and tell them this week."),
    Concern.NO_DEPUTY: _l(
        "There is no deputy. People leave: name somebody now and hand them the pack while the owner is still here."
    ),
    Concern.TURNOVER: _l(
        "People change too often here, or a seat stood empty: %(seats)s. Where that happened, the next ones had other "
        "plans. Go through the handover pack with whoever is new, let them say aloud that they stand behind the plan, "
        "and name a deputy for every seat."
    ),
    Concern.NOT_TRAINED: _l(
        "The people who take part are not noted as trained. Where the plan was not understood, it was not followed: "
        "set a day for training and go through the nine steps together."
    ),
    Concern.OUT_OF_ORDER: _l(
        "A step is called done before an earlier one was: “%(later)s” before “%(earlier)s”. Go back to the earlier "
        "step, or mend the days if they are wrong."
    ),
    Concern.LATE_CALL_IN: _l(
        "The cases were made more than half a year ago and there was no call-in. Set a day for it now, or say openly "
        "that it is put off and why."
    ),
    Concern.REVIEWS_MISSED: _l(
        "Two reviews in a row were missed, and everybody can read that. Hold the next one, if need be by telephone, "
        "and ask what keeps people away."
    ),
    Concern.NO_COORDINATOR: _l(
        "Help is offered, and nobody coordinates it. Name one person with a telephone who answers those who want help."
    ),
    Concern.NO_ANALYST: _l(
        "Nobody keeps the numbers. Ask the police or the university for one person who counts each week."
    ),
}
"""What may bring the work to nothing, and what to do about it."""
SEAT_NAMES = {
    Seat.OWNER: _l("Owner"),
    Seat.DEPUTY: _l("Deputy"),
    Seat.SPONSOR: _l("Sponsor"),
    Seat.COMMUNITY_LEAD: _l("Community lead"),
}
SOURCE = {
    "authors": "Saunders, Ober, Kilmer, Greathouse (RAND), 2016",
    "url": "https://www.rand.org/pubs/research_reports/RR1001.html",
}
"""A process and fidelity evaluation of seven sites; what it says of them is in rules/fidelity.py."""
AUDITED = {"market.handover_taken": _l("took the handover pack of a place")}


def reviews_to_hold(waiting: Iterable[tuple[date, bool]]) -> str:
    """The reviews that wait for somebody, from `Overview.waiting`, in a row."""
    days = [(date_words(day), overdue) for day, overdue in waiting]
    said = [str(_("%(day)s (overdue)", day=day)) if overdue else day for day, overdue in days]
    return "; ".join(said) or str(_("none at this time"))


def concern_sentences(work: Work, today: date) -> list[str]:
    """What may bring the work at a place to nothing, each with what to do."""
    later, earlier = out_of_order(work) or (Item.STEP_2, Item.STEP_1)
    gaps = {
        "later": ITEM_NAMES[later],
        "earlier": ITEM_NAMES[earlier],
        "seats": "; ".join(f"{SEAT_NAMES[seat]} ({turnover_words(one)})" for seat, one in unsteady(work).items()),
    }
    return [str(CONCERNS[concern]) % gaps for concern in concerns(work, today)]


def turnover_words(one: Turnover) -> str:
    """How steady a seat was in the last twelve months."""
    changed = ngettext("changed %(num)s time", "changed %(num)s times", one.changes) if one.changes else _("no change")
    empty = ngettext("empty for %(num)s day", "empty for %(num)s days", one.empty_days)
    return f"{changed}, {empty}" if one.empty_days else str(changed)


def steadiness(turnovers: Mapping[Seat, Turnover]) -> list[tuple[str, str]]:
    """Every seat with what the last twelve months say of it."""
    return [(str(SEAT_NAMES[seat]), turnover_words(one)) for seat, one in turnovers.items()]


def complaints_words(told: Complaints) -> str:
    """How many complaints about police conduct there were, as exactly as it may be said."""
    since, until = (format_skeleton("yMMMM", month, locale=get_locale()) for month in (told.first_on, told.last_on))
    if not told.low:
        return str(_("Fewer than 10 from %(since)s to %(until)s.", since=since, until=until))
    return str(
        _("%(low)s to %(high)s from %(since)s to %(until)s.", low=told.low, high=told.high, since=since, until=until)
    )


def quiet(weeks: int | None) -> str:
    """For how long nothing that counts was noticed."""
    if weeks is None:
        return str(_("Nothing was ever noticed"))
    return str(ngettext("%(num)s week", "%(num)s weeks", weeks) if weeks else _("less than a week"))


def decimal(value: float) -> str:
    """A number with one digit behind the point."""
    return str(format_decimal(value, format="#,##0.0"))


def short_date(day: date) -> str:
    """A date in few letters, for a drawing or a column; of the last half year, so without the year."""
    return str(format_skeleton("MMMd", day, locale=get_locale()))


def week_rows(seen: Watched) -> list[tuple[str, str, str, str]]:
    """The weeks as rows of a table, the newest first: week with its marks, counted, noticed, sum."""
    return [
        (
            _week(week),
            str(week.signals),
            str(seen.heard.get(week.begins_on, 0)),
            decimal(week.total),
        )
        for week in reversed(seen.weeks)
    ]


def _week(week: Week) -> str:
    marks = ((week.is_alarm, _("alarm")), (week.outreach, _("outreach")))
    return " · ".join([short_date(week.begins_on), *(text for holds, text in marks if holds)])
