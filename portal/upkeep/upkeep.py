"""The places that a member looks after: queries, texts and a chart. Of reports it gets counts only, never a report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from babel.dates import format_skeleton
from flask_babel import format_decimal, get_locale, gettext as _, lazy_gettext as _l, ngettext

from portal.accounts.roles import Role
from portal.accounts.users import Member
from portal.core.clock import now, today
from portal.core.i18n import date_words
from portal.core.statuses import NotFound
from portal.core.suppression import FEWEST_SHOWN
from portal.markets.fidelity import Concern, FidelityLine, Work, concerns, out_of_order, unsteady
from portal.markets.gate_rules import EvidenceItem, EvidenceState, is_public
from portal.markets.places import Market, call_in, evidence, known_market, known_markets, seats, turnovers
from portal.markets.reviews import Week, missed_in_a_row
from portal.markets.status import PlaceSeat, Turnover
from portal.markets.texts import ITEM_NAMES
from portal.markets.watch import Watched, overdue_days, review_days, watched
from portal.reports.reports import Clocks, clocks_at, nobody_reads, unacknowledged_at
from portal.reports.triage import Complaints


@dataclass(frozen=True)
class Overview:
    market: Market
    seen: Watched
    clocks: Clocks
    unacknowledged: Clocks
    """Reports that were passed on and not acknowledged yet."""
    overdue: Sequence[date]
    """Due days of reviews that were not held."""
    unread: Sequence[str]
    """Sentences on recipients that referred reports do not reach, with the remedy."""

    @property
    def to_hold(self) -> list[date]:
        """Due days of reviews that can still be held in time, earliest first."""
        return sorted(day.due_on for day in self.seen.days if day.held_on is None and day.due_on >= today())

    @property
    def waiting(self) -> list[tuple[date, bool]]:
        """All reviews to be held as (due day, whether overdue), the overdue ones first."""
        return [*((day, True) for day in sorted(self.overdue)), *((day, False) for day in self.to_hold)]

    @property
    def urgency(self) -> tuple[int, int, int, int]:
        """The sort key: alarms, then the number of overdue items, then unread referrals, then two sources."""
        return (
            self.seen.is_alarm,
            len(self.overdue) + self.clocks.overdue + self.unacknowledged.overdue,
            bool(self.unread),
            self.seen.two_sources,
        )


def looks_after(market: Market, member: Member) -> bool:
    """Return whether a member answers for a place: community leads, its owner and its deputy."""
    return Role.COMMUNITY_LEAD in member.roles or member.id in (market.owner_id, market.deputy_id)


def kept_place(market_id: int, member: Member, *, to_change: bool = False) -> Market:
    """Return a place that the member knows of and answers for, hidden ones included. Raises `NotFound`."""
    market = known_market(market_id, member.id, to_change=to_change)
    if not looks_after(market, member):
        raise NotFound
    return market


def board_place(market_id: int, member: Member, *, to_change: bool = False) -> Market:
    """Like `kept_place`, but only for released places: a hidden one has nothing to watch yet."""
    market = kept_place(market_id, member, to_change=to_change)
    if not is_public(market.released_at, now()):
        raise NotFound
    return market


def board(member: Member) -> tuple[list[Overview], list[Market]]:
    """Return the released places that a member answers for, most pressing first, and the hidden ones."""
    kept = [market for market in known_markets(member.id) if looks_after(market, member)]
    public = [market for market in kept if is_public(market.released_at, now())]
    rows = [overview(market, member) for market in public]
    rows.sort(key=lambda row: row.urgency, reverse=True)
    return rows, [market for market in kept if market not in public]


def overview(market: Market, member: Member) -> Overview:
    """Return one place. Only community leads see the clocks of the desk; others see those of referrals to the team."""
    seen, is_lead = watched(market), Role.COMMUNITY_LEAD in member.roles
    clocks, waiting = clocks_at(market.id, of_the_desk=is_lead), unacknowledged_at(market.id, to_all=is_lead)
    return Overview(market, seen, clocks, waiting, overdue_days(seen.days), nobody_reads(market.id))


def work_at(market: Market) -> Work:
    """Return the facts about the work at a place that the early warnings evaluate."""
    here, ended = seats(market), call_in(market.id)
    return Work(
        shown={item: FidelityLine(EvidenceState(row.state), row.done_on) for item, row in evidence(market.id).items()},
        has_owner=here.owner_lapse is None,
        has_deputy=here.deputy_lapse is None,
        call_in_held=ended is not None and ended.ended_at is not None,
        missed_in_a_row=missed_in_a_row(review_days(market.id), today()),
        is_public=is_public(market.released_at, now()),
        turnovers=turnovers(market.id),
    )


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
        "There is no deputy. People leave: name somebody now and show them everything while the owner is still here."
    ),
    Concern.TURNOVER: _l(
        "People change too often here, or a seat stood empty: %(seats)s. Where that happened, the next ones had other "
        "plans. Go through the nine steps with whoever is new, let them say aloud that they stand behind the plan, "
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
"""Risks to the work, each with instructions."""
SEAT_NAMES = {
    PlaceSeat.OWNER: _l("Owner"),
    PlaceSeat.DEPUTY: _l("Deputy"),
    PlaceSeat.SPONSOR: _l("Sponsor"),
    PlaceSeat.COMMUNITY_LEAD: _l("Community lead"),
}
SOURCE = {
    "authors": "Saunders, Ober, Kilmer, Greathouse (RAND), 2016",
    "url": "https://www.rand.org/pubs/research_reports/RR1001.html",
}
"""A process and fidelity evaluation of seven sites; `markets/fidelity.py` states its findings."""


def reviews_to_hold(waiting: Iterable[tuple[date, bool]]) -> str:
    """Return the reviews of `Overview.waiting` as one line of text."""
    days = [(date_words(day), is_overdue) for day, is_overdue in waiting]
    words = [str(_("%(day)s (overdue)", day=day)) if is_overdue else day for day, is_overdue in days]
    return "; ".join(words) or str(_("none at this time"))


def concern_sentences(work: Work, today: date) -> list[str]:
    """Return the risks to the work at a place, each with instructions."""
    later, earlier = out_of_order(work) or (EvidenceItem.STEP_2, EvidenceItem.STEP_1)
    gaps = {
        "later": ITEM_NAMES[later],
        "earlier": ITEM_NAMES[earlier],
        "seats": "; ".join(f"{seat} ({changes})" for seat, changes in steadiness(unsteady(work))),
    }
    return [str(CONCERNS[concern]) % gaps for concern in concerns(work, today)]


def steadiness(turnovers: Mapping[PlaceSeat, Turnover]) -> list[tuple[str, str]]:
    """Return each seat with its changes and vacancies of the last twelve months, in words."""
    seats_words = []
    for seat, turnover in turnovers.items():
        changes, days = turnover.changes, turnover.empty_days
        words = str(ngettext("changed %(num)s time", "changed %(num)s times", changes) if changes else _("no change"))
        if days:
            words += ", " + ngettext("empty for %(num)s day", "empty for %(num)s days", days)
        seats_words.append((str(SEAT_NAMES[seat]), words))
    return seats_words


def complaints_words(counted: Complaints) -> str:
    """Return the number of complaints about police conduct, as exactly as it may be published."""
    since, until = (
        format_skeleton("yMMMM", month, locale=get_locale()) for month in (counted.first_on, counted.last_on)
    )
    if not counted.low:
        return str(_("Fewer than %(few)s from %(since)s to %(until)s.", few=FEWEST_SHOWN, since=since, until=until))
    return str(
        _(
            "%(low)s to %(high)s from %(since)s to %(until)s.",
            low=counted.low,
            high=counted.high,
            since=since,
            until=until,
        )
    )


def quiet(weeks: int | None) -> str:
    """Return for how long no signal that counts was noticed."""
    if weeks is None:
        return str(_("Nothing was ever noticed"))
    return str(ngettext("%(num)s week", "%(num)s weeks", weeks) if weeks else _("less than a week"))


def decimal(value: float) -> str:
    return str(format_decimal(value, format="#,##0.0"))


def short_date(day: date) -> str:
    """Return a short date for charts and columns; without the year, as all are of the last half year."""
    return str(format_skeleton("MMMd", day, locale=get_locale()))


def week_rows(seen: Watched) -> list[tuple[str, str, str, str]]:
    """Return the weeks as rows of a table, newest first: week with its marks, counted, noticed, sum."""
    rows = []
    for week in reversed(seen.weeks):
        marks = ((True, short_date(week.begins_on)), (week.is_alarm, _("alarm")), (week.outreach, _("outreach")))
        name = " · ".join(text for holds, text in marks if holds)
        rows.append((name, str(week.signals), str(seen.heard.get(week.begins_on, 0)), decimal(week.total)))
    return rows


WIDTH, HEIGHT = 1000, 420
TOP, FLOOR = 50, 350
GAP = 5
LEAST_SCALE = 3.0


class Bar(NamedTuple):
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class Chart:
    """A chart of a place's weekly signals, in a view box of 1000 by 420."""

    bars: Sequence[Bar]
    line: str
    """The cumulative sum, as the points of a polyline."""
    limit: int
    alarms: Sequence[tuple[int, int]]
    outreach: Sequence[int]
    first: date
    last: date


def chart(weeks: Sequence[Week], limit: float) -> Chart:
    """Return the chart of at least one week; signals and their sum share a scale, as the sum is built from them."""
    most = max(LEAST_SCALE, limit * 1.1, *(week.total for week in weeks), *(week.signals for week in weeks))
    slot = WIDTH / len(weeks)

    def height(value: float) -> int:
        return round(FLOOR - value / most * (FLOOR - TOP))

    def middle(number: int) -> int:
        return round((number + 0.5) * slot)

    return Chart(
        bars=[
            Bar(round(number * slot) + GAP, height(week.signals), round(slot) - 2 * GAP, FLOOR - height(week.signals))
            for number, week in enumerate(weeks)
            if week.signals
        ],
        line=" ".join(f"{middle(number)},{height(week.total)}" for number, week in enumerate(weeks)),
        limit=height(limit),
        alarms=[(middle(number), height(week.total)) for number, week in enumerate(weeks) if week.is_alarm],
        outreach=[middle(number) for number, week in enumerate(weeks) if week.outreach],
        first=weeks[0].begins_on,
        last=weeks[-1].begins_on,
    )
