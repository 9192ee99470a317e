"""What was noticed at a place week by week, and its reviews."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select

from portal.core.clock import today, week_of, zone
from portal.core.db import session
from portal.markets.models import Market, OutreachWeek, Review, Signal
from portal.markets.rules import Cause, Status
from portal.markets.rules.alarm import TWO_SOURCES_WITHIN, Week, two_sources, weeks, weeks_since
from portal.markets.rules.reviews import Held, Record, by_day, record_of

SHOWN_WEEKS = 26
MOST_WEEKS = 156
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Watched:
    """How it looks at one place: what the board says first."""

    weeks: Sequence[Week]
    heard: dict[date, int]
    """All signals by week, those that count and those that do not."""
    quiet_weeks: int | None
    """Weeks since the last signal that counts; None if there never was one."""
    two_sources: bool
    days: Sequence[Held]
    """The reviews by their due days, the newest first."""

    @property
    def is_alarm(self) -> bool:
        """Whether the sum crossed its limit in this week or the last."""
        return any(week.is_alarm for week in self.weeks[-2:])


def watched(market: Market) -> Watched:
    """What is known about one place."""
    table = weekly_table(market)
    return Watched(
        weeks=table[-SHOWN_WEEKS:],
        heard=_counts(market.id, only_corroborated=False),
        quiet_weeks=weeks_since(_last_seen(market.id), today()),
        two_sources=two_sources(seen_lately(market.id), today()),
        days=review_days(market.id),
    )


def weekly_table(market: Market) -> list[Week]:
    """Every week since the release, at most three years of them, up to this one, with the sum after each."""
    first, this_week = _first_week(market), week_of(today())
    counts = _counts(market.id, only_corroborated=True)
    days = [first + number * WEEK for number in range((this_week - first).days // 7 + 1)]
    return weeks([(day, counts.get(day, 0)) for day in days], outreach_weeks(market.id), market.baseline)


def outreach_weeks(market_id: int) -> frozenset[date]:
    """The Mondays of the weeks in which the team went about."""
    return frozenset(session.scalars(select(OutreachWeek.week_on).where(OutreachWeek.market_id == market_id)))


def seen_lately(market_id: int) -> list[tuple[date, str]]:
    """Who noticed something on which of the last days, for the rule of two sources."""
    lately = Signal.seen_on > today() - TWO_SOURCES_WITHIN
    rows = session.execute(select(Signal.seen_on, Signal.source).where(Signal.market_id == market_id, lately))
    return [(seen_on, source) for seen_on, source in rows]


def noted_by(market_id: int, source: str) -> Sequence[date]:
    """The weeks in which a source said something, the newest first; of late ones only, then it is forgotten."""
    theirs = select(Signal.week_on).where(Signal.market_id == market_id, Signal.source == source)
    return session.scalars(theirs.order_by(Signal.week_on.desc())).all()


def reviews_at(market_id: int, at_most: int = 60) -> Sequence[Review]:
    """The reviews of a place, the newest first."""
    theirs = select(Review).where(Review.market_id == market_id)
    return session.scalars(theirs.order_by(Review.due_on.desc(), Review.cause.desc()).limit(at_most)).all()


def open_days(market_id: int) -> list[date]:
    """The due days of reviews that wait for a signature, the earliest first."""
    waiting = select(Review.due_on).where(Review.market_id == market_id, Review.signed_on.is_(None)).distinct()
    return list(session.scalars(waiting.order_by(Review.due_on)))


def review_days(market_id: int) -> list[Held]:
    """The reviews of a place by the day they were due, the newest first."""
    return _days(Review.market_id == market_id)


def _days(*conditions: ColumnElement[bool]) -> list[Held]:
    rows = session.execute(select(Review.due_on, Review.signed_on).where(*conditions))
    return by_day((due_on, signed_on) for due_on, signed_on in rows)


def public_record(market: Market) -> Record | None:
    """What the public reads about the reviews of a place; None before there is one, and while it holds by itself.

    A review that an alarm opened is in it only once its day has passed: while it is open, or held in time, it would
    tell those who watch the page that somebody reported.
    """
    if market.standing is not None and market.standing.status == Status.GRADUATED:
        return None
    neglected = and_(Review.due_on < today(), or_(Review.signed_on.is_(None), Review.signed_on > Review.due_on))
    days = _days(Review.market_id == market.id, or_(Review.cause == Cause.WEEKLY, neglected))
    return record_of(days, today()) if days else None


def last_opened(market_id: int, cause: Cause) -> tuple[date | None, bool]:
    """When a review of this kind was opened last, and whether one still waits for a signature."""
    theirs = select(Review.opened_on, Review.signed_on).where(Review.market_id == market_id, Review.cause == cause)
    rows = session.execute(theirs).all()
    return max((row.opened_on for row in rows), default=None), any(row.signed_on is None for row in rows)


def last_weekly_day(market_id: int) -> date | None:
    """The due day of the newest weekly review."""
    weekly = select(func.max(Review.due_on)).where(Review.market_id == market_id, Review.cause == Cause.WEEKLY)
    return session.scalar(weekly)


def _counts(market_id: int, *, only_corroborated: bool) -> dict[date, int]:
    counted = select(Signal.week_on, func.count()).where(Signal.market_id == market_id).group_by(Signal.week_on)
    if only_corroborated:
        counted = counted.where(Signal.corroborated)
    return {row[0]: row[1] for row in session.execute(counted)}


def _last_seen(market_id: int) -> date | None:
    last = select(func.max(Signal.seen_on)).where(Signal.market_id == market_id, Signal.corroborated)
    return session.scalar(last)


def _first_week(market: Market) -> date:
    earliest = week_of(today()) - MOST_WEEKS * WEEK
    if market.released_at is None:
        return week_of(today())
    return max(earliest, min(week_of(today()), week_of(market.released_at.astimezone(zone()).date())))


def overdue_days(days: Iterable[Held]) -> list[date]:
    """The due days that have passed without a review."""
    return [day.due_on for day in days if day.held_on is None and day.due_on < today()]
