"""The places that a member looks after: queries, texts and a chart. Of reports it gets counts only, never a report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from babel.dates import format_skeleton
from flask_babel import format_decimal, get_locale, gettext as _, ngettext

from portal.accounts.roles import Role
from portal.accounts.users import Member
from portal.core.clock import now, today
from portal.core.i18n import date_words
from portal.core.statuses import NotFound
from portal.markets.gate_rules import is_public
from portal.markets.places import Market, known_market, known_markets
from portal.markets.reviews import Week
from portal.markets.watch import Watched, overdue_days, watched
from portal.reports.reports import Clocks, clocks_at, nobody_reads, unacknowledged_at


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
    return Role.COMMUNITY_LEAD in member.roles or member.id in (market.owner_id, market.deputy_id)


def board_place(market_id: int, member: Member, *, to_change: bool = False) -> Market:
    """Return a released place that the member answers for: a hidden one has nothing to watch. Raises `NotFound`."""
    market = known_market(market_id, member.id, to_change=to_change)
    if not (looks_after(market, member) and is_public(market.released_at, now())):
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


def reviews_to_hold(waiting: Iterable[tuple[date, bool]]) -> str:
    days = [(date_words(day), is_overdue) for day, is_overdue in waiting]
    words = [str(_("%(day)s (overdue)", day=day)) if is_overdue else day for day, is_overdue in days]
    return "; ".join(words) or str(_("none at this time"))


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


class ChartBar(NamedTuple):
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class Chart:
    """A chart of a place's weekly signals, in a view box of 1000 by 420."""

    bars: Sequence[ChartBar]
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
            ChartBar(
                round(number * slot) + GAP, height(week.signals), round(slot) - 2 * GAP, FLOOR - height(week.signals)
            )
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
