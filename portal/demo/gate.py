"""Who works at the places of the demonstration city, what shows their steps, and how their keys stand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from portal.accounts.models import Member
from portal.core.clock import now, today, zone
from portal.core.db import session
from portal.core.i18n import Bilingual
from portal.markets.actions.call_in import Words, prepare_call_in
from portal.markets.actions.evidence import Noted, note_evidence
from portal.markets.actions.people import admit
from portal.markets.actions.seats import note_seats
from portal.markets.models import KeyTurned, Market, SeatTaken
from portal.markets.rules import EvidenceState, Item
from portal.markets.rules.gate import key_of
from portal.markets.rules.turnover import Seat

EVENING = time(19)
A_SIDE = timedelta(minutes=40)


def load_gate(
    places: Iterable[Mapping[str, Any]], members: Mapping[str, Member], markets: Mapping[str, Market]
) -> None:
    """Put everybody at their place."""
    for one in places:
        market = markets[one["slug"]]
        for key in one["people"]:
            admit(market, members[key], None)
        market.owner_id = members[one["owner"]].id
        market.deputy_id = members[one["deputy"]].id if "deputy" in one else None
        _sit(one, market)
        if "about" in one:
            market.about = _pair(one["about"])
        _note(one.get("evidence", {}), market, members[one["people"][0]].id)
        if "call_in" in one:
            message, services, tonight = (_pair(one["call_in"][name]) for name in ("message", "services", "tonight"))
            words = Words(message, services, tonight)
            prepare_call_in(market, words, members[one["people"][0]].id)
        # Last: other texts would void them.
        _turn_keys(one, market, members)


def _sit(one: Mapping[str, Any], market: Market) -> None:
    """Who had the seats before, and who has them now: by days ago, below zero where it was left empty."""
    for seat, days in one.get("seats", {}).items():
        for turn, ago in enumerate(days, 1):
            taken = SeatTaken(market_id=market.id, seat=seat, turn=turn, is_filled=ago > 0)
            taken.since_on = today() - timedelta(days=abs(ago))
            if ago == days[-1] and seat in (Seat.OWNER, Seat.DEPUTY):
                taken.member_id = market.owner_id if seat == Seat.OWNER else market.deputy_id
            session.add(taken)
    note_seats(market)


def _turn_keys(one: Mapping[str, Any], market: Market, members: Mapping[str, Member]) -> None:
    # Not by the action: what is public by now was agreed on long ago.
    moment = _evening(today() - timedelta(days=one["keys_turned"]))
    for number, (key, reason) in enumerate(one["keys"].items()):
        member = members[key]
        turned_at = moment + number * A_SIDE
        held = key_of(member.roles)
        if held is not None:
            session.add(
                KeyTurned(market_id=market.id, member_id=member.id, key=held, reason=reason, turned_at=turned_at)
            )
    session.flush()


def _note(evidence: Mapping[str, Mapping[str, Any]], market: Market, member_id: int) -> None:
    for item, one in evidence.items():
        day = today() - timedelta(days=one["days_ago"])
        noted = Noted(EvidenceState(one["state"]), one["said"], "", day)
        note_evidence(market, Item(item), noted, member_id).noted_at = _evening(day)


def _evening(day: date) -> datetime:
    return min(datetime.combine(day, EVENING, zone()), now())


def _pair(texts: Mapping[str, str]) -> Bilingual:
    return Bilingual(en=texts["en"].strip(), es=texts["es"].strip())
