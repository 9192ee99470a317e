"""What was noticed at the places of the demonstration city, and the reviews: rows dated back, then the real job."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from portal.core.clock import today, week_of
from portal.core.db import random_id, session
from portal.markets.models import Market, OutreachWeek, Review, Signal
from portal.markets.rules import Cause, SignalKind
from portal.markets.rules.reviews import OPENS_BEFORE, review_day
from portal.markets.watch.actions import open_reviews, source_of, weigh
from portal.reports.models import Thread

WEEK = timedelta(days=7)
LATE_BY = timedelta(days=2)


def load_watch(places: Iterable[Mapping[str, Any]], lead_id: int, markets: Mapping[str, Market]) -> None:
    """Let somebody have watched over each place, and open what is due there now."""
    _date_reports_back()
    for one in places:
        market = markets[one["slug"]]
        for number, count in enumerate(one["counted"]):
            session.add_all(_seen(market.id, number) for _each in range(count))
        session.add_all(
            OutreachWeek(market_id=market.id, week_on=week_of(today()) - number * WEEK)
            for number in one.get("outreach", ())
        )
        session.add_all(_review(market.id, one, number, lead_id) for number in range(one["reviews"]))
        session.flush()
        open_reviews(market)


def _date_reports_back() -> None:
    """A report was read on the day of loading; what it says of its place belongs in the week in which it came in."""
    for thread in session.scalars(select(Thread)).all():
        source = source_of(SignalKind.REPORT, thread.id)
        for signal in session.scalars(select(Signal).where(Signal.source == source)):
            signal.seen_on, signal.week_on = thread.received_on, week_of(thread.received_on)
            session.flush()
            weigh(signal.market_id)


def _seen(market_id: int, weeks_ago: int) -> Signal:
    week_on = week_of(today()) - weeks_ago * WEEK
    return Signal(
        market_id=market_id,
        source=source_of(SignalKind.TEAM, random_id()),
        kind=SignalKind.TEAM,
        week_on=week_on,
        seen_on=min(week_on + timedelta(days=2), today()),
        checked=True,
        corroborated=True,
    )


def _review(market_id: int, one: Mapping[str, Any], number: int, lead_id: int) -> Review:
    due_on = _last_review_day() - number * WEEK
    review = Review(market_id=market_id, cause=Cause.WEEKLY, opened_on=due_on - OPENS_BEFORE, due_on=due_on)
    if number not in one.get("missed", ()):
        findings = one["findings"]
        review.finding, review.signed_by_id = findings[min(number, len(findings) - 1)], lead_id
        review.signed_on = min(due_on + LATE_BY, today()) if number in one.get("late", ()) else due_on
    return review


def _last_review_day() -> date:
    return review_day(today()) - WEEK
