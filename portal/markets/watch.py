"""Signals of selling: recording, withdrawing and weighing them; outreach weeks, baselines, and reviews."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, and_, delete, func, or_, select

from portal.core.audit import record
from portal.core.clock import today, week_of, zone
from portal.core.crypto import derive, keyed_hash
from portal.core.db import db, session
from portal.core.jobs.engine import each_row
from portal.core.portal import current_portal
from portal.core.statuses import Refused
from portal.markets import reviews
from portal.markets.gate_rules import SOURCE_KEPT, is_corroborated, is_fresh
from portal.markets.place_actions import publish_about
from portal.markets.places import Market, OutreachWeek, Review, Signal, released
from portal.markets.reviews import Baseline, Cause, HeldReview, Record, SignalKind, Week
from portal.markets.status import Status

SHOWN_WEEKS = 26
MOST_WEEKS = 156
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Watched:
    """The alarm data of one place, as the board shows it."""

    weeks: Sequence[Week]
    heard: dict[date, int]
    """All signals by week, whether they count or not."""
    quiet_weeks: int | None
    """Weeks since the last signal that counts; None if there never was one."""
    two_sources: bool
    days: Sequence[HeldReview]
    """The reviews by their due days, the newest first."""

    @property
    def is_alarm(self) -> bool:
        """Whether the sum crossed its limit in this week or the last."""
        return any(week.is_alarm for week in self.weeks[-2:])


def watched(market: Market) -> Watched:
    heard = _heard(market.id)
    last_on = max((week.last_on for week in heard if week.last_on), default=None)
    return Watched(
        weeks=weekly_table(market, heard)[-SHOWN_WEEKS:],
        heard={week.week_on: week.signals for week in heard},
        quiet_weeks=max(0, (today() - last_on).days // 7) if last_on else None,
        two_sources=reviews.two_sources(seen_lately(market.id), today()),
        days=review_days(market.id),
    )


def _heard(market_id: int) -> Sequence[Any]:
    """Return the weeks with signals: how many, how many of them count, and the last day of one that counts."""
    counted, last_on = func.count().filter(Signal.corroborated), func.max(Signal.seen_on).filter(Signal.corroborated)
    weeks = select(Signal.week_on, func.count().label("signals"), counted.label("counted"), last_on.label("last_on"))
    return session.execute(weeks.where(Signal.market_id == market_id).group_by(Signal.week_on)).all()


def weekly_table(market: Market, heard: Sequence[Any] | None = None) -> list[Week]:
    """Return every week from the release up to this one, at most three years of them, with the sum after each."""
    first = this_week = week_of(today())
    if market.released_at is not None:
        released_on = week_of(market.released_at.astimezone(zone()).date())
        first = max(this_week - MOST_WEEKS * WEEK, min(this_week, released_on))
    counts = {week.week_on: week.counted for week in (_heard(market.id) if heard is None else heard)}
    days = [first + number * WEEK for number in range((this_week - first).days // 7 + 1)]
    return reviews.weeks([(day, counts.get(day, 0)) for day in days], outreach_weeks(market.id), market.baseline)


def outreach_weeks(market_id: int) -> frozenset[date]:
    return frozenset(session.scalars(select(OutreachWeek.week_on).where(OutreachWeek.market_id == market_id)))


def seen_lately(market_id: int, since: date = date.min) -> list[tuple[date, str]]:
    """Return (day, source) of the signals of the last days, and after `since`, for the rule of two sources."""
    lately = Signal.seen_on > max(since, today() - reviews.TWO_SOURCES_WITHIN)
    rows = session.execute(select(Signal.seen_on, Signal.source).where(Signal.market_id == market_id, lately))
    return [(seen_on, source) for seen_on, source in rows]


def noted_by(market_id: int, source: str) -> Sequence[date]:
    """Return the weeks of a source's signals, the newest first; the source is erased after five weeks."""
    theirs = select(Signal.week_on).where(Signal.market_id == market_id, Signal.source == source)
    return session.scalars(theirs.order_by(Signal.week_on.desc())).all()


def reviews_at(market_id: int, at_most: int = 60) -> Sequence[Review]:
    """Return the reviews of a place, the newest first."""
    theirs = select(Review).where(Review.market_id == market_id)
    return session.scalars(theirs.order_by(Review.due_on.desc(), Review.cause.desc()).limit(at_most)).all()


def signed_at(market_id: int, due_on: date) -> Review | None:
    """Return the review of that due day if it is signed."""
    theirs = select(Review).where(Review.market_id == market_id, Review.due_on == due_on, Review.signed_on.is_not(None))
    return session.scalars(theirs.order_by(Review.id).limit(1)).first()


def open_days(market_id: int) -> list[date]:
    """Return the due days of reviews that wait for a signature, the earliest first."""
    waiting = select(Review.due_on).where(Review.market_id == market_id, Review.signed_on.is_(None)).distinct()
    return list(session.scalars(waiting.order_by(Review.due_on)))


def review_days(market_id: int, *conditions: ColumnElement[bool]) -> list[HeldReview]:
    rows = session.execute(select(Review.due_on, Review.signed_on).where(Review.market_id == market_id, *conditions))
    return reviews.by_day((due_on, signed_on) for due_on, signed_on in rows)


def public_record(market: Market) -> Record | None:
    """Return the public record of a place's reviews; None before the first one, and while the place holds by itself.

    A review opened by an alarm is included only once its day has passed unsigned or it was signed late: while it is
    open, or if held in time, it would tell observers of the page that a report came in.
    """
    if _holds_by_itself(market):
        return None
    neglected = and_(Review.due_on < today(), or_(Review.signed_on.is_(None), Review.signed_on > Review.due_on))
    days = review_days(market.id, or_(Review.cause == Cause.WEEKLY, neglected))
    return reviews.record_of(days, today()) if days else None


def overdue_days(days: Iterable[HeldReview]) -> list[date]:
    """Return the due days that have passed without a review."""
    return [day.due_on for day in days if day.held_on is None and day.due_on < today()]


def source_of(kind: SignalKind, *ids: int) -> str:
    """Return the keyed hash of a source, with a purpose of its own, so that it equals no other hash of the portal."""
    secret = current_portal.settings.secret
    return keyed_hash(derive(secret.encode(), "signals of a place"), " ".join([kind, *map(str, ids)]))


def note_signal(market_id: int, source: str, seen_on: date, kind: SignalKind, *, checked: bool = False) -> None:
    """Record that `source` noticed selling in that week, unless it is too old; a repetition only updates `checked`."""
    if not is_fresh(seen_on, today()):
        return
    week_on = week_of(seen_on)
    same = Signal.market_id == market_id, Signal.source == source, Signal.week_on == week_on
    signal = session.scalar(select(Signal).where(*same))
    if signal is None:
        signal = Signal(market_id=market_id, source=source, kind=kind, week_on=week_on, seen_on=seen_on)
        session.add(signal)
    signal.checked = checked
    session.flush()
    weigh(market_id)


def withdraw_signal(market_id: int, source: str, week_on: date | None = None) -> None:
    """Withdraw a source's signals at a place, of one week or all."""
    theirs = delete(Signal).where(Signal.market_id == market_id, Signal.source == source)
    if week_on is not None:
        theirs = theirs.where(Signal.week_on == week_on)
    session.flush()
    session.execute(theirs)
    weigh(market_id)


def withdraw_elsewhere(source: str, market_id: int | None) -> None:
    for other in session.scalars(select(Signal.market_id).where(Signal.source == source).distinct()).all():
        if other != market_id:
            withdraw_signal(other, source)


def weigh(market_id: int) -> None:
    """Recompute which fresh signals of a place are corroborated: a withdrawn one no longer supports another."""
    recent = select(Signal).where(Signal.market_id == market_id, Signal.week_on > today() - 2 * SOURCE_KEPT)
    signals = session.scalars(recent).all()
    for signal in signals:
        if is_fresh(signal.seen_on, today()):
            signal.corroborated = is_corroborated(signal, signals)
    session.flush()


def sighting_by(market_id: int, member_id: int) -> str:
    """Return the source hash of a member at one place; at another place they are another source."""
    return source_of(SignalKind.TEAM, market_id, member_id)


def note_sighting(market: Market, seen_on: date, member_id: int) -> None:
    """Record a team member's own sighting of selling, from block watch or outreach. Raises `Refused`.

    The member is the source, so that one person counts once a week; a sighting counts as checked. It has no audit
    event, which would store for two years who saw what where.
    """
    if not is_fresh(seen_on, today()):
        raise Refused("sighting_day")
    note_signal(market.id, sighting_by(market.id, member_id), seen_on, SignalKind.TEAM, checked=True)


def mark_outreach(market: Market, offered: set[date], marked: set[date], member_id: int) -> None:
    session.execute(delete(OutreachWeek).where(OutreachWeek.market_id == market.id, OutreachWeek.week_on.in_(offered)))
    session.add_all(OutreachWeek(market_id=market.id, week_on=week_on) for week_on in sorted(marked & offered))
    record("market.outreach_marked", "market", market.id, member_id)


def set_baseline(market: Market, baseline: Baseline, member_id: int) -> None:
    if not 0 < baseline.quiet < baseline.slipping or baseline.limit <= 0:
        raise Refused("baseline")
    market.usual_signals, market.slipping_signals = baseline.quiet, baseline.slipping
    market.alarm_at = baseline.limit
    record("market.baseline_set", "market", market.id, member_id)


def open_reviews(market: Market) -> list[tuple[Cause, date]]:
    """Open the weekly reviews that are due at a released place, and those an alarm asks for; running twice is harmless.

    It never changes the status of the place. A review opened by an alarm changes no public page, so it must not
    invalidate the page cache: pages rendered out of turn would tell an observer with a stopwatch that a report came in.
    """
    weigh(market.id)
    weekday, begun = current_portal.settings.review_weekday, _watched_from(market)
    weekly = [] if begun is None else reviews.weekly_days(begun, today(), weekday)
    alarm_on = reviews.review_day(today() + reviews.LEAST_NOTICE, weekday)
    due = [(Cause.WEEKLY, day) for day in weekly]
    due += [(cause, alarm_on) for cause in (Cause.CUSUM, Cause.TWO_SOURCES) if _asks(market, cause)]
    if due:
        with _publishing_the_record(market):
            for cause, due_on in due:
                session.add(Review(market_id=market.id, cause=cause, opened_on=today(), due_on=due_on))
    return due


def sign_review(market: Market, due_on: date, finding: str, member_id: int) -> None:
    """Sign all open reviews of that due day, held by the community lead. Raises `Refused`."""
    if not finding.strip():
        raise Refused("review_finding")
    unsigned = select(Review).where(Review.market_id == market.id, Review.due_on == due_on, Review.signed_on.is_(None))
    waiting = session.scalars(unsigned.with_for_update()).all()
    if not waiting:
        raise Refused("review_signed")
    with _publishing_the_record(market):
        for review in waiting:
            review.finding, review.signed_on, review.signed_by_id = finding.strip(), today(), member_id
    record("market.review_signed", "market", market.id, member_id)


@contextmanager
def _publishing_the_record(market: Market) -> Iterator[None]:
    """Invalidate the page cache if the block changes the public record of the place's reviews."""
    before = public_record(market)
    yield
    session.flush()
    if public_record(market) != before:
        publish_about(market.id)


def _holds_by_itself(market: Market) -> bool:
    return market.standing is not None and market.standing.status == Status.GRADUATED


def _watched_from(market: Market) -> date | None:
    """Return the day after which weekly reviews are due; None while the place holds by itself.

    A place without any review begins today: reviews that no one asked for were not missed.
    """
    if _holds_by_itself(market):
        return None
    weekly = select(func.max(Review.due_on)).where(Review.market_id == market.id, Review.cause == Cause.WEEKLY)
    if (last := session.scalar(weekly)) is None:
        return today()
    rested = reviews.rested_until(last, current_portal.settings.review_weekday)
    # A graduated place that began to slip is taken up again on the day of the decision after.
    for later, decision in pairwise(market.decisions):
        if decision.status == Status.GRADUATED:
            return max(rested, later.decided_at.astimezone(zone()).date())
    return max(rested, last)


def _asks(market: Market, cause: Cause) -> bool:
    """Return whether an alarm asks for a review, and none of its kind waits for a signature."""
    same = select(Review.opened_on, Review.signed_on).where(Review.market_id == market.id, Review.cause == cause)
    opened = session.execute(same).all()
    if any(row.signed_on is None for row in opened):
        return False
    opened_on = max((row.opened_on for row in opened), default=None)
    if cause is Cause.CUSUM:
        return reviews.cusum_asks(weekly_table(market), opened_on, today())
    # Those that a review has heard open no other.
    return reviews.two_sources(seen_lately(market.id, opened_on or date.min), today())


def open_due_reviews() -> None:
    """Job: open due reviews and those an alarm asks for, each place in a unit of work of its own."""

    def open_at(market_id: int) -> None:
        # Locked: two workers must not open the same review.
        if market := session.get(Market, market_id, with_for_update=True):
            open_reviews(market)

    with db.work():
        ids = session.scalars(select(Market.id).where(released())).all()
    each_row(ids, open_at)


CAUSE_NAMES = {
    Cause.WEEKLY: _l("Weekly review"),
    Cause.CUSUM: _l("Alarm: more was noticed than is usual"),
    Cause.TWO_SOURCES: _l("Two unrelated people noticed something within 14 days"),
}
REFUSALS = {
    "sighting_day": _l("Please give a day within the last five weeks."),
    "baseline": _l("All three numbers must be above zero, and the second larger than the first."),
    "review_finding": _l("Please write what the review found."),
    "review_signed": _l("No review of that day waits for a signature. Perhaps somebody else signed it."),
}
AUDITED = {
    "market.outreach_marked": _l("marked weeks of outreach"),
    "market.baseline_set": _l("changed what an alarm is measured against"),
    "market.review_signed": _l("signed a review"),
}
