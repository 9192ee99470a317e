"""What the team sees of a place that it looks after, put together from below. Of reports: counts, nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from portal.accounts.models import Member
from portal.accounts.rules.roles import Role
from portal.commitments.models import Commitment
from portal.commitments.queries import team_commitments
from portal.core.clock import now, today
from portal.core.db import session
from portal.core.errors import NotFound
from portal.markets.models import Market
from portal.markets.queries import call_in, evidence, known_market, known_markets, seats, turnovers
from portal.markets.rules import EvidenceState, is_public
from portal.markets.rules.fidelity import Shown, Work
from portal.markets.rules.reviews import missed_in_a_row
from portal.markets.watch.queries import Watched, overdue_days, review_days, watched
from portal.meetings.models import Meeting
from portal.meetings.rules import State
from portal.reports.queries import Clocks, clocks_at
from portal.reports.queries.referrals import unacknowledged_at
from portal.reports.reach import nobody_reads


@dataclass(frozen=True)
class Overview:
    """A place as the board lists it."""

    market: Market
    seen: Watched
    clocks: Clocks
    unacknowledged: Clocks
    """What was passed on and nobody has said to have."""
    overdue: Sequence[date]
    """Due days of reviews that were not held."""
    unread: Sequence[str]
    """What to do where nobody reads what is passed on."""

    @property
    def to_hold(self) -> list[date]:
        """Due days of reviews that can still be held in time, the earliest first."""
        return sorted(day.due_on for day in self.seen.days if day.held_on is None and day.due_on >= today())

    @property
    def waiting(self) -> list[tuple[date, bool]]:
        """Every review that somebody has to hold, the earliest first, each with whether it is overdue."""
        return [*((day, True) for day in sorted(self.overdue)), *((day, False) for day in self.to_hold)]

    @property
    def urgency(self) -> tuple[int, int, int, int]:
        """For sorting: alarms first, then what is overdue, the most of it first, then what nobody hears or two saw."""
        return (
            self.seen.is_alarm,
            len(self.overdue) + self.clocks.overdue + self.unacknowledged.overdue,
            bool(self.unread),
            self.seen.two_sources,
        )


def looks_after(market: Market, member: Member) -> bool:
    """Whether somebody answers for a place: a community lead, its owner, its deputy."""
    return Role.COMMUNITY_LEAD in member.roles or member.id in (market.owner_id, market.deputy_id)


def keeps(market_id: int, member: Member) -> bool:
    """Whether `kept_place` finds it."""
    try:
        kept_place(market_id, member)
    except NotFound:
        return False
    return True


def watches(market_id: int, member: Member) -> bool:
    """Whether `board_place` finds it."""
    try:
        board_place(market_id, member)
    except NotFound:
        return False
    return True


def kept_place(market_id: int, member: Member, *, to_change: bool = False) -> Market:
    """A place that a member knows of and answers for, hidden ones too, or `NotFound`."""
    market = known_market(market_id, member.id, to_change=to_change)
    if not looks_after(market, member):
        raise NotFound
    return market


def board_place(market_id: int, member: Member, *, to_change: bool = False) -> Market:
    """`kept_place`, released: a hidden one has nothing to watch yet."""
    market = kept_place(market_id, member, to_change=to_change)
    if not is_public(market.released_at, now()):
        raise NotFound
    return market


def board(member: Member) -> tuple[list[Overview], list[Market]]:
    """The released places that a member answers for, the most pressing first, and the hidden ones."""
    kept = [market for market in known_markets(member.id) if looks_after(market, member)]
    public = [market for market in kept if is_public(market.released_at, now())]
    rows = [overview(market, member) for market in public]
    rows.sort(key=lambda row: row.urgency, reverse=True)
    return rows, [market for market in kept if market not in public]


def overview(market: Market, member: Member) -> Overview:
    """One place. Who is no community lead sees the clocks of what was passed on to the team, not of the desk."""
    seen, is_lead = watched(market), Role.COMMUNITY_LEAD in member.roles
    clocks, waiting = clocks_at(market.id, of_the_desk=is_lead), unacknowledged_at(market.id, to_all=is_lead)
    return Overview(market, seen, clocks, waiting, overdue_days(seen.days), nobody_reads(market.id))


def work_at(market: Market) -> Work:
    """What is known about the work at a place, for the early warnings."""
    noted = evidence(market.id)
    here, ended = seats(market), call_in(market.id)
    return Work(
        shown={item: Shown(EvidenceState(one.state), one.done_on) for item, one in noted.items()},
        has_owner=here.owner_lapse is None,
        has_deputy=here.deputy_lapse is None,
        call_in_held=ended is not None and ended.ended_at is not None,
        missed_in_a_row=missed_in_a_row(review_days(market.id), today()),
        is_public=is_public(market.released_at, now()),
        turnovers=turnovers(market.id),
    )


def promises_about(market_id: int, member: Member) -> Sequence[Commitment]:
    """What offices promised about a place, as far as a member may know of it; what waits for its place too."""
    told = team_commitments(member).where(Commitment.market_id == market_id, Commitment.published_at.is_not(None))
    return session.scalars(told).all()


def meetings_to_come(market_id: int) -> Sequence[Meeting]:
    """What is planned at a place, drafts too."""
    planned = select(Meeting).where(Meeting.market_id == market_id, Meeting.ends_at > now())
    return session.scalars(planned.where(Meeting.state != State.CANCELLED).order_by(Meeting.starts_at)).all()
