"""Signs of selling noted, taken back and weighed; weeks of outreach; the baseline; reviews opened and signed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from flask import current_app
from sqlalchemy import delete, select

from portal.core.audit import record
from portal.core.clock import today, week_of, zone
from portal.core.crypto import derive, keyed_hash
from portal.core.db import session
from portal.core.errors import Refused
from portal.markets.actions.places import publish_if_shown
from portal.markets.models import Market, OutreachWeek, Review, Signal, StatusDecision
from portal.markets.rules import Cause, SignalKind, Status
from portal.markets.rules.alarm import Baseline, two_sources
from portal.markets.rules.corroboration import SOURCE_KEPT, Heard, is_corroborated, is_fresh
from portal.markets.rules.reviews import alarm_due, cusum_asks, two_sources_since, weekly_days
from portal.markets.watch.queries import last_opened, last_weekly_day, public_record, seen_lately, weekly_table


def source_of(kind: SignalKind, *ids: int) -> str:
    """What stands for a source: a keyed hash of its own purpose, so that nothing else of ours equals it."""
    secret = current_app.extensions["settings"].secret
    return keyed_hash(derive(secret.encode(), "signals of a place"), " ".join([kind, *map(str, ids)]))


def note_signal(market_id: int, source: str, seen_on: date, kind: SignalKind, *, checked: bool = False) -> None:
    """Count that `source` noticed selling that day, once a week; saying it again only changes whether it was checked.

    Something seen more than five weeks ago changes nothing any more.
    """
    if not is_fresh(seen_on, today()):
        return
    week_on = week_of(seen_on)
    found = _signals(market_id, source, week_on)
    if found is None:
        found = Signal(market_id=market_id, source=source, kind=kind, week_on=week_on, seen_on=seen_on)
        session.add(found)
    found.checked = checked
    session.flush()
    weigh(market_id)


def withdraw_signal(market_id: int, source: str, week_on: date | None = None) -> None:
    """Take back what a source said of a place, in one week or at all."""
    theirs = delete(Signal).where(Signal.market_id == market_id, Signal.source == source)
    if week_on is not None:
        theirs = theirs.where(Signal.week_on == week_on)
    session.flush()
    session.execute(theirs)
    weigh(market_id)


def withdraw_elsewhere(source: str, market_id: int | None) -> None:
    """Take back what a source said of any place but this one."""
    for other in session.scalars(select(Signal.market_id).where(Signal.source == source).distinct()).all():
        if other != market_id:
            withdraw_signal(other, source)


def weigh(market_id: int) -> None:
    """Say anew which of the fresh signals of a place are corroborated: one that is taken back no longer supports."""
    rows = session.scalars(
        select(Signal).where(Signal.market_id == market_id, Signal.week_on > today() - 2 * SOURCE_KEPT)
    )
    signals = rows.all()
    heard = [Heard(row.source, row.seen_on, row.checked) for row in signals]
    for row, one in zip(signals, heard, strict=True):
        if is_fresh(row.seen_on, today()):
            row.corroborated = is_corroborated(one, heard)
    session.flush()


def sighting_by(market_id: int, member_id: int) -> str:
    """What stands for a member at one place; at another they are another source."""
    return source_of(SignalKind.TEAM, market_id, member_id)


def note_sighting(market: Market, seen_on: date, member_id: int) -> None:
    """Somebody of the team saw selling: block watch, an outreach worker. Raises `Refused`.

    Whoever notes it is the source, so that one person counts once a week. It is checked by being seen. There is no
    event of it in the audit log: that would keep for two years who saw what where.
    """
    if not is_fresh(seen_on, today()):
        raise Refused("sighting_day")
    note_signal(market.id, sighting_by(market.id, member_id), seen_on, SignalKind.TEAM, checked=True)


def withdraw_sighting(market: Market, week_on: date, member_id: int) -> None:
    """Take back one's own."""
    withdraw_signal(market.id, sighting_by(market.id, member_id), week_on)


def mark_outreach(market: Market, offered: set[date], marked: set[date], member_id: int) -> None:
    """Say in which of the weeks that were `offered` the team went from door to door."""
    known = OutreachWeek.market_id == market.id
    session.execute(delete(OutreachWeek).where(known, OutreachWeek.week_on.in_(offered)))
    session.add_all(OutreachWeek(market_id=market.id, week_on=week_on) for week_on in sorted(marked & offered))
    record("market.outreach_marked", "market", market.id, member_id)


def set_baseline(market: Market, baseline: Baseline, member_id: int) -> None:
    """Change what the alarm is measured against. Raises `Refused`."""
    if not 0 < baseline.quiet < baseline.slipping or baseline.limit <= 0:
        raise Refused("baseline")
    market.usual_signals, market.slipping_signals = baseline.quiet, baseline.slipping
    market.alarm_at = baseline.limit
    record("market.baseline_set", "market", market.id, member_id)


@dataclass(frozen=True)
class Opened:
    """A review that is due."""

    cause: Cause
    due_on: date


def open_reviews(market: Market) -> list[Opened]:
    """Open what is due at a released place, and what an alarm asks for; run twice it opens nothing twice.

    It never changes how the place stands. One that an alarm opens changes no public page, so it may not void any:
    pages that are made anew out of turn would tell a stopwatch that somebody reported.
    """
    weigh(market.id)
    due = [Opened(Cause.WEEKLY, day) for day in _weekly(market)]
    due += [Opened(cause, alarm_due(today())) for cause in (Cause.CUSUM, Cause.TWO_SOURCES) if _asks(market, cause)]
    with _publishing_the_record(market):
        for one in due:
            session.add(Review(market_id=market.id, cause=one.cause, opened_on=today(), due_on=one.due_on))
    return due


def sign_review(market: Market, due_on: date, finding: str, member_id: int) -> None:
    """The community lead has held the review of that day, with all that stood open for it. Raises `Refused`."""
    if not finding.strip():
        raise Refused("review_finding")
    open_ones = select(Review).where(Review.market_id == market.id, Review.due_on == due_on, Review.signed_on.is_(None))
    reviews = session.scalars(open_ones.with_for_update()).all()
    if not reviews:
        raise Refused("review_signed")
    with _publishing_the_record(market):
        for review in reviews:
            review.finding, review.signed_on, review.signed_by_id = finding.strip(), today(), member_id
    record("market.review_signed", "market", market.id, member_id)


@contextmanager
def _publishing_the_record(market: Market) -> Iterator[None]:
    """Void the pages that are kept ready if what the public reads about the reviews of a place changed meanwhile."""
    before = public_record(market)
    yield
    session.flush()
    if public_record(market) != before:
        publish_if_shown(market)


def _signals(market_id: int, source: str, week_on: date) -> Signal | None:
    theirs = select(Signal).where(Signal.market_id == market_id, Signal.source == source, Signal.week_on == week_on)
    return session.scalars(theirs).one_or_none()


def _weekly(market: Market) -> list[date]:
    begun = _watched_from(market)
    return [] if begun is None else weekly_days(begun, today())


def _watched_from(market: Market) -> date | None:
    """The day after which weekly reviews are due; None while the place holds by itself.

    A place without any begins now: what nobody asked for before was not missed.
    """
    if market.standing is not None and market.standing.status == Status.GRADUATED:
        return None
    last = last_weekly_day(market.id)
    return today() if last is None else max(last, _taken_up_again(market.decisions) or last)


def _taken_up_again(decisions: Sequence[StatusDecision]) -> date | None:
    """The day on which a place that had held by itself came to slip; None if it never held by itself."""
    after = None
    for decision in decisions:
        if decision.status == Status.GRADUATED:
            return after
        after = decision.decided_at.astimezone(zone()).date()
    return None


def _asks(market: Market, cause: Cause) -> bool:
    opened_on, is_open = last_opened(market.id, cause)
    if is_open:
        return False
    if cause is Cause.CUSUM:
        return cusum_asks(weekly_table(market), opened_on, today())
    since = two_sources_since(opened_on, today())
    return two_sources([(day, source) for day, source in seen_lately(market.id) if day > since], today())
