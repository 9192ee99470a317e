"""Teams, evidence, keys, reviews and the map of the places of the demonstration city."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from portal.accounts.users import Member
from portal.core.clock import now, today, week_of, zone
from portal.core.db import random_id, session
from portal.core.i18n import Bilingual
from portal.core.portal import current_portal
from portal.markets.call_in import prepare_call_in
from portal.markets.gate import note_evidence, note_seats
from portal.markets.gate_rules import EvidenceItem, EvidenceState, key_of
from portal.markets.map.importing import read_rows, read_shapes, replace_shapes, set_boundary
from portal.markets.place_actions import admit
from portal.markets.places import KeyTurned, Market, OutreachWeek, Review, SeatTaken, Signal
from portal.markets.reviews import OPENS_BEFORE, Cause, SignalKind, review_day
from portal.markets.status import CALL_IN, PlaceSeat
from portal.markets.watch import open_reviews, source_of, weigh
from portal.reports.reports import Thread

EVENING = time(19)
A_SIDE = timedelta(minutes=40)


def load_gate(
    places: Iterable[Mapping[str, Any]], members: Mapping[str, Member], markets: Mapping[str, Market]
) -> None:
    """Assign members to their places, with evidence, call-in texts and turned keys."""
    for one in places:
        market = markets[one["slug"]]
        for key in one["people"]:
            admit(market, members[key], None)
        market.owner_id = members[one["owner"]].id
        market.deputy_id = members[one["deputy"]].id if "deputy" in one else None
        _sit(one, market)
        if "about" in one:
            market.about = _pair(one["about"])
        lead_id = members[one["people"][0]].id
        for item, noted in one.get("evidence", {}).items():
            day = today() - timedelta(days=noted["days_ago"])
            state, said = EvidenceState(noted["state"]), noted["said"]
            note = note_evidence(market, EvidenceItem(item), lead_id, state=state, said=said, done_on=day)
            note.noted_at = _evening(day)
        if "call_in" in one:
            prepare_call_in(market, {name: _pair(one["call_in"][name]) for name in CALL_IN}, lead_id)
        # Last, because a change of texts voids them.
        _turn_keys(one, market, members)


def _sit(one: Mapping[str, Any], market: Market) -> None:
    """Load the history of seats, in days ago; a negative number means that the seat was left empty."""
    for seat, days in one.get("seats", {}).items():
        for turn, ago in enumerate(days, 1):
            taken = SeatTaken(market_id=market.id, seat=seat, turn=turn, is_filled=ago > 0)
            taken.since_on = today() - timedelta(days=abs(ago))
            if ago == days[-1] and seat in (PlaceSeat.OWNER, PlaceSeat.DEPUTY):
                taken.member_id = market.owner_id if seat == PlaceSeat.OWNER else market.deputy_id
            session.add(taken)
    note_seats(market)


def _turn_keys(one: Mapping[str, Any], market: Market, members: Mapping[str, Member]) -> None:
    # Not by the action, which dates them now: a public place was agreed on long ago.
    moment = _evening(today() - timedelta(days=one["keys_turned"]))
    for number, (key, reason) in enumerate(one["keys"].items()):
        member = members[key]
        turned_at = moment + number * A_SIDE
        if held := key_of(member.roles):
            turned = KeyTurned(market_id=market.id, member_id=member.id, key=held, reason=reason, turned_at=turned_at)
            session.add(turned)
    session.flush()


def _evening(day: date) -> datetime:
    return min(datetime.combine(day, EVENING, zone()), now())


def _pair(texts: Mapping[str, str]) -> Bilingual:
    return Bilingual(en=texts["en"].strip(), es=texts["es"].strip())


WEEK = timedelta(days=7)
LATE_BY = timedelta(days=2)


def load_watch(places: Iterable[Mapping[str, Any]], lead_id: int, markets: Mapping[str, Market]) -> None:
    """Load signals and reviews of each place, and open the review that is due now."""
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
    """Move signals of reports into the week in which the report came in.

    Loading reads all reports today.
    """
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
    due_on = review_day(today(), current_portal.settings.review_weekday) - (number + 1) * WEEK
    review = Review(market_id=market_id, cause=Cause.WEEKLY, opened_on=due_on - OPENS_BEFORE, due_on=due_on)
    if number not in one.get("missed", ()):
        findings = one["findings"]
        review.finding, review.signed_by_id = findings[min(number, len(findings) - 1)], lead_id
        review.signed_on = min(due_on + LATE_BY, today()) if number in one.get("late", ()) else due_on
    return review


FOLDER = Path(__file__).parent / "alder_falls"


def load_map(markets: Mapping[str, Market]) -> None:
    """Load the map of the city with the boundary of every place."""
    replace_shapes(read_shapes(FOLDER / "streets.geojson").shapes)
    for row in read_rows(FOLDER / "boundaries.geojson"):
        set_boundary(markets[row.values["place"]], row.geometry)
