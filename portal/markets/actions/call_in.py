"""The call-in of a place: what is prepared beforehand and public from the minute in which it has ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from portal.core.audit import record
from portal.core.clock import now
from portal.core.db import session
from portal.core.edition import publish_edition
from portal.core.errors import NotFound, Refused
from portal.core.i18n import Bilingual
from portal.core.parity import NOBODY, Credit
from portal.markets.actions.gate import standing, void_keys
from portal.markets.actions.places import publish_if_shown
from portal.markets.keys import keys_turned
from portal.markets.models import CallIn, Market
from portal.markets.queries import admitted, call_in
from portal.markets.rules import is_public
from portal.markets.rules.gate import is_agreed, opens_at, second_thought_ends
from portal.markets.rules.whole import CALL_IN, differ, missing


@dataclass(frozen=True)
class Words:
    """What was said at the call-in, which help is on offer, and what residents can do tonight."""

    message: Bilingual
    services: Bilingual
    tonight: Bilingual
    credit: Credit = NOBODY


def prepare_call_in(market: Market, words: Words, member_id: int, *, same: bool = False) -> CallIn:
    """Write down what will be public, or mend it afterwards; other words void the keys that are turned.

    `same`: an editor vouches that both languages say the same. Raises `Refused` for gaps in what is public already.
    """
    _check_inside(market, member_id)
    found = call_in(market.id, to_change=True)
    if found is not None and found.ended_at is not None and missing(words, CALL_IN):
        raise Refused("call_in_gaps")
    if found is None or differ(found, words, CALL_IN):
        void_keys(market, member_id)
    if found is None:
        found = CallIn(market_id=market.id)
        session.add(found)
    found.take_texts(words, same=same)
    found.credit = words.credit
    session.flush()
    record("market.call_in_prepared", "market", market.id, member_id)
    if found.ended_at is not None:
        publish_if_shown(market)
    return found


def may_end_from(market: Market) -> datetime | None:
    """From when on it can be said that the call-in has ended; None while there are not two keys that count."""
    moment = now()
    if is_public(market.released_at, moment):
        return market.released_at
    if market.released_at is None or not is_agreed(standing(market.id)):
        return None
    return second_thought_ends(_turned_at(market))


def end_call_in(market: Market, member_id: int) -> None:
    """It has ended: from this minute on everybody may read of it, in both languages. `market` is locked.

    Raises `Refused` unless two people have agreed to show the place, and all is written in both languages, neither
    older than the other: that night nobody reads less than their neighbors.
    """
    _check_inside(market, member_id)
    found = call_in(market.id, to_change=True)
    if found is None or missing(found, CALL_IN):
        raise Refused("call_in_gaps")
    if found.ended_at is not None:
        raise Refused("call_in_over")
    if found.stale_fields:
        raise Refused("call_in_one_language")
    moment = now()
    earliest = may_end_from(market)
    if earliest is None or market.released_at is None:
        raise Refused("call_in_locked")
    if earliest > moment:
        raise Refused("call_in_soon")
    found.ended_at, found.ended_by_id = moment, member_id
    market.released_at = opens_at(market.released_at, moment)
    record("market.call_in_ended", "market", market.id, member_id)
    publish_edition()


def _turned_at(market: Market) -> list[datetime]:
    return [turned.turned_at for turned in keys_turned(market.id)]


def _check_inside(market: Market, member_id: int) -> None:
    if member_id not in admitted(market.id):
        raise NotFound
