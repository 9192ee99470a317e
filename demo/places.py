"""The places of Alder Falls, and how the city's files and dates are read: relative to today, so never outdated."""

from __future__ import annotations

import tomllib
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

FOLDER = Path(__file__).parent / "alder_falls"
PUBLISHED_AT = time(9, 0)


def read(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


def days_ago(days: int) -> date:
    return today() - timedelta(days=days)


def morning(day: date) -> datetime:
    """Return nine o'clock on a day in the city, or midnight if nine is still to come."""
    at_nine = datetime.combine(day, PUBLISHED_AT, zone())
    return at_nine if at_nine <= now() else datetime.combine(day, time.min, zone())


def pair(texts: Mapping[str, str]) -> Bilingual:
    return Bilingual(en=texts["en"].strip(), es=texts["es"].strip())


EVENING = time(19)
A_SIDE = timedelta(minutes=40)


def load_gate(
    places: Iterable[Mapping[str, Any]], members: Mapping[str, Member], markets: Mapping[str, Market]
) -> None:
    for place in places:
        market = markets[place["slug"]]
        for key in place["people"]:
            admit(market, members[key], None)
        market.owner_id = members[place["owner"]].id
        market.deputy_id = members[place["deputy"]].id if "deputy" in place else None
        _seat_history(place.get("seats", {}), market)
        if "about" in place:
            market.about = pair(place["about"])
        lead_id = members[place["people"][0]].id
        for item, noted in place.get("evidence", {}).items():
            state, said, day = EvidenceState(noted["state"]), noted["said"], days_ago(noted["days_ago"])
            note = note_evidence(market, EvidenceItem(item), lead_id, state=state, said=said, done_on=day)
            note.noted_at = _evening(day)
        if "call_in" in place:
            prepare_call_in(market, {name: pair(place["call_in"][name]) for name in CALL_IN}, lead_id)
        # Last, because a change of texts voids the keys. Not by the action, which dates them now: a public place was
        # agreed on long ago.
        moment = _evening(days_ago(place["keys_turned"]))
        for number, (key, reason) in enumerate(place["keys"].items()):
            if held := key_of(members[key].roles):
                about = {"market_id": market.id, "member_id": members[key].id, "key": held, "reason": reason}
                session.add(KeyTurned(**about, turned_at=moment + number * A_SIDE))
        session.flush()


def _seat_history(seats: Mapping[str, list[int]], market: Market) -> None:
    """Load when seats were taken, in days ago; a negative number means that the seat was left empty."""
    for seat, days in seats.items():
        for turn, ago in enumerate(days, 1):
            taken = SeatTaken(market_id=market.id, seat=seat, turn=turn, is_filled=ago > 0)
            taken.since_on = days_ago(abs(ago))
            if ago == days[-1] and seat in (PlaceSeat.OWNER, PlaceSeat.DEPUTY):
                taken.member_id = market.owner_id if seat == PlaceSeat.OWNER else market.deputy_id
            session.add(taken)
    note_seats(market)


def _evening(day: date) -> datetime:
    return min(datetime.combine(day, EVENING, zone()), now())


WEEK = timedelta(days=7)
LATE_BY = timedelta(days=2)


def load_watch(places: Iterable[Mapping[str, Any]], lead_id: int, markets: Mapping[str, Market]) -> None:
    """Load signals and reviews of each place, and open the review that is due now."""
    # Loading reads all reports today: their signals go into the week in which the report came in.
    for thread in session.scalars(select(Thread)).all():
        source = source_of(SignalKind.REPORT, thread.id)
        for signal in session.scalars(select(Signal).where(Signal.source == source)):
            signal.seen_on, signal.week_on = thread.received_on, week_of(thread.received_on)
            session.flush()
            weigh(signal.market_id)
    this_week = week_of(today())
    for place in places:
        market = markets[place["slug"]]
        for number, count in enumerate(place["counted"]):
            week_on = this_week - number * WEEK
            days = {"week_on": week_on, "seen_on": min(week_on + timedelta(days=2), today())}
            for source in (source_of(SignalKind.TEAM, random_id()) for _each in range(count)):
                about = {"market_id": market.id, "source": source, "kind": SignalKind.TEAM}
                session.add(Signal(**about, **days, checked=True, corroborated=True))
        for number in place.get("outreach", ()):
            session.add(OutreachWeek(market_id=market.id, week_on=this_week - number * WEEK))
        session.add_all(_review(market.id, place, number, lead_id) for number in range(place["reviews"]))
        session.flush()
        open_reviews(market)


def _review(market_id: int, place: Mapping[str, Any], number: int, lead_id: int) -> Review:
    due_on = review_day(today(), current_portal.settings.review_weekday) - (number + 1) * WEEK
    review = Review(market_id=market_id, cause=Cause.WEEKLY, opened_on=due_on - OPENS_BEFORE, due_on=due_on)
    if number not in place.get("missed", ()):
        findings = place["findings"]
        review.finding, review.signed_by_id = findings[min(number, len(findings) - 1)], lead_id
        review.signed_on = min(due_on + LATE_BY, today()) if number in place.get("late", ()) else due_on
    return review


def load_map(markets: Mapping[str, Market]) -> None:
    replace_shapes(read_shapes(FOLDER / "streets.geojson").shapes)
    for area, values in read_rows(FOLDER / "boundaries.geojson"):
        set_boundary(markets[values["place"]], area)
