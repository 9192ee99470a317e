"""The call-in of a place: its texts, and queries for what is public after it. No row names who was invited or spoke."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, func, or_, select

from portal.core.audit import record
from portal.core.clock import now, zone
from portal.core.db import added, session
from portal.core.i18n import LANGUAGES, Bilingual
from portal.core.page_cache import renew_cache_version
from portal.core.parity import NOBODY, Credit
from portal.core.statuses import NotFound, Refused
from portal.markets import gate_rules
from portal.markets.gate import key_counts, keys_in_force, keys_turned, void_keys
from portal.markets.place_actions import publish_about
from portal.markets.places import CallIn, KeyTurned, Market, admitted, call_in, released
from portal.markets.status import CALL_IN, differ, missing


def prepare_call_in(market: Market, values: Mapping[str, Any], member_id: int, *, same: bool = False) -> CallIn:
    """Save the call-in's texts; changed ones void the keys. Raises `Refused` for gaps in texts that are public."""
    if member_id not in admitted(market.id):
        raise NotFound
    stored = call_in(market.id, to_change=True)
    if stored is not None and stored.ended_at is not None and missing(values, CALL_IN):
        raise Refused("call_in_gaps")
    if stored is None or differ(stored.texts, values, CALL_IN):
        void_keys(market, member_id)
    evening = stored or CallIn(market_id=market.id)
    evening.take_values(values, same=same)
    added(evening)
    record("market.call_in_prepared", "market", market.id, member_id)
    if evening.ended_at is not None:
        publish_about(market.id)
    return evening


def may_end_from(market: Market) -> datetime | None:
    """Return the earliest time at which the call-in can be ended; None if the place is hidden without both keys."""
    moment = now()
    if gate_rules.is_public(market.released_at, moment):
        return market.released_at
    if market.released_at is None or not gate_rules.is_agreed(keys_in_force(market)):
        return None
    return gate_rules.second_thought_ends([turned.turned_at for turned in keys_turned(market.id)])


def end_call_in(market: Market, member_id: int) -> None:
    """Record that the call-in has ended and make its texts public, in both languages, from this minute on.

    `market` is locked. Raises `Refused` unless two members have agreed to release the place, and all texts exist in
    both languages, neither older than the other: that night no reader may get less to read than their neighbors.
    """
    if member_id not in admitted(market.id):
        raise NotFound
    evening = call_in(market.id, to_change=True)
    if evening is None or missing(evening.texts, CALL_IN):
        raise Refused("call_in_gaps")
    if evening.ended_at is not None:
        raise Refused("call_in_over")
    if evening.stale_fields:
        raise Refused("call_in_one_language")
    moment = now()
    earliest = may_end_from(market)
    if earliest is None or market.released_at is None:
        raise Refused("call_in_locked")
    if earliest > moment:
        raise Refused("call_in_soon")
    evening.ended_at, evening.ended_by_id = moment, member_id
    market.released_at = gate_rules.opens_at(market.released_at, moment)
    record("market.call_in_ended", "market", market.id, member_id)
    renew_cache_version()


class Night(NamedTuple):
    """The public part of a call-in. `market` is None until the place itself is released."""

    message: Bilingual
    services: Bilingual
    tonight: Bilingual
    held_on: date
    market: Market | None
    stale: frozenset[str] = frozenset()
    """Fields whose text in one language is older than the other, see `core.parity`."""
    credit: Credit = NOBODY


def public_nights(*conditions: ColumnElement[bool]) -> Select[CallIn, Market]:
    """Return the query for public call-ins (`fidelity.is_over` in SQL), each with its place, the newest first.

    No other query may serve the public. Each key is turned once and no member turns two, so as many rows as there are
    keys means both; a key does not count if its holder has left, changed role or was removed from the place.
    """
    theirs = select(func.count()).where(KeyTurned.market_id == CallIn.market_id, key_counts())
    is_agreed = or_(theirs.correlate(CallIn).scalar_subquery() == len(gate_rules.GateKey), released())
    nights = select(CallIn, Market).join(Market, Market.id == CallIn.market_id)
    nights = nights.where(CallIn.ended_at.is_not(None), CallIn.ended_at <= now(), is_agreed, *conditions)
    return nights.order_by(CallIn.ended_at.desc(), CallIn.market_id)


def newest_night() -> Night | None:
    """Return the call-in that ended last, as long as it is new."""
    return _first(public_nights(CallIn.ended_at > now() - gate_rules.NEW_FOR))


def night_at(market: Market) -> Night | None:
    """Return the call-in of a released place, if it has ended."""
    return _first(public_nights(CallIn.market_id == market.id, released()))


def _first(nights: Select[CallIn, Market]) -> Night | None:
    if (row := session.execute(nights.limit(1)).first()) is None:
        return None
    call_in, market = row
    is_shown = gate_rules.is_public(market.released_at, now())
    names = (market.slug, *(name[lang] for name in (market.name, market.own_name) for lang in LANGUAGES))
    message, services, tonight = (
        text if is_shown else Bilingual(*(gate_rules.without_names(half, names) for half in (text.en, text.es)))
        for text in (call_in.message, call_in.services, call_in.tonight)
    )
    held_on = (call_in.ended_at or now()).astimezone(zone()).date()
    of_place = market if is_shown else None
    return Night(message, services, tonight, held_on, of_place, call_in.stale_fields, call_in.credit)
