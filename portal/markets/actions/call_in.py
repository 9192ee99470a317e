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
from portal.markets.actions.gate import confirmations
from portal.markets.actions.places import publish_if_shown
from portal.markets.models import CallIn, Market
from portal.markets.queries import admitted, call_in, keys_turned
from portal.markets.rules import is_public
from portal.markets.rules.gate import had_second_thought, is_agreed, opens_at
from portal.markets.rules.whole import CALL_IN, missing


@dataclass(frozen=True)
class Words:
    """What was said at the call-in, which help is on offer, and what residents can do tonight."""

    message: Bilingual
    services: Bilingual
    tonight: Bilingual


def prepare_call_in(market: Market, words: Words, member_id: int) -> CallIn:
    """Write down what will be public, or mend it afterwards. Raises `Refused` for gaps in what is public already."""
    _check_inside(market, member_id)
    found = call_in(market.id, to_change=True)
    if found is not None and found.ended_at is not None and missing(words, CALL_IN):
        raise Refused("call_in_gaps")
    if found is None:
        found = CallIn(market_id=market.id)
        session.add(found)
    found.message, found.services, found.tonight = words.message, words.services, words.tonight
    session.flush()
    record("market.call_in_prepared", "market", market.id, member_id)
    publish_if_shown(market)
    return found


def end_call_in(market: Market, member_id: int) -> None:
    """It has ended: from this minute on everybody may read of it, in both languages. `market` is locked.

    Raises `Refused` unless two people have agreed to show the place, and all is written in both languages.
    """
    _check_inside(market, member_id)
    found = call_in(market.id, to_change=True)
    if found is None or missing(found, CALL_IN):
        raise Refused("call_in_gaps")
    if found.ended_at is not None:
        raise Refused("call_in_over")
    moment = now()
    if market.released_at is None or not (is_public(market.released_at, moment) or is_agreed(confirmations(market.id))):
        raise Refused("call_in_locked")
    if not is_public(market.released_at, moment) and not had_second_thought(_turned_at(market), moment):
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
