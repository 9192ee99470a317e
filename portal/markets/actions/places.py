"""Beginning a place and saying what it is."""

from __future__ import annotations

from portal.core.addresses import random_tail, slug
from portal.core.audit import record
from portal.core.clock import now
from portal.core.db import session
from portal.core.edition import publish_edition
from portal.core.errors import Refused
from portal.markets.actions.gate import void_keys
from portal.markets.actions.seats import note_seats
from portal.markets.keys import keys_turned
from portal.markets.models import Admission, Description, Market
from portal.markets.queries import admitted, is_shown
from portal.markets.rules import is_public
from portal.markets.rules.names import telling_word
from portal.markets.rules.whole import TEXTS, differ, gaps, missing


def begin_market(description: Description, member_id: int) -> Market:
    """A new place, hidden; whoever begins it is the first who may know of it. Raises `Refused`."""
    check_words(description)
    market = Market(slug=_slug(description))
    market.take(description)
    session.add(market)
    session.flush()
    session.add(Admission(market_id=market.id, member_id=member_id, by_id=member_id, admitted_at=now()))
    session.flush()
    note_seats(market)
    record("market.begun", "market", market.id, member_id)
    return market


def describe_market(market: Market, description: Description, editor_id: int, *, same: bool = False) -> None:
    """Say something else about a place; `same`: an editor vouches that both languages say the same.

    Other texts void the keys that are turned. Raises `Refused`, also for gaps once somebody has turned a key.
    """
    check_words(description)
    shown = is_public(market.released_at, now())
    if gaps(description) and (shown or keys_turned(market.id)):
        raise Refused("place_gaps")
    named = {member_id for member_id in (description.owner_id, description.deputy_id) if member_id is not None}
    if not named - {market.owner_id, market.deputy_id} <= admitted(market.id):
        raise Refused("place_people")
    if not shown and description.name != market.name:
        # Nobody outside has seen the address yet.
        market.slug = _slug(description)
    if differ(market, description, TEXTS):
        void_keys(market, editor_id)
    before = _shown_of(market)
    market.take(description, same=same)
    note_seats(market)
    record("market.described", "market", market.id, editor_id)
    if _shown_of(market) != before:
        publish_if_shown(market)


def _shown_of(market: Market) -> tuple[object, ...]:
    """What everybody reads of a description: not who looks after the place, nor what its alarm is measured against."""
    return (*(getattr(market, name) for name in TEXTS), market.credit, market.stale_fields)


def check_words(description: Description) -> None:
    """Raises `Refused` for a name that is missing or that would tell what the place is thought to be."""
    if missing(description, ("name",)):
        raise Refused("place_name")
    names = (description.name, description.own_name)
    if any(telling_word(text) for name in names for text in (name.en, name.es)):
        raise Refused("place_telling")
    if description.owner_id is not None and description.owner_id == description.deputy_id:
        raise Refused("place_two_people")


def publish_if_shown(market: Market) -> None:
    """Void the pages that are kept ready, if any of them can be about this place."""
    if is_public(market.released_at, now()):
        publish_edition()


def publish_about(*market_ids: int | None) -> None:
    """Void the pages that are kept ready, if something at one of these places, or at none, can be on them.

    Not for a hidden one: that all pages are made anew in one minute would tell that something is being prepared.
    """
    if any(is_shown(market_id) for market_id in market_ids):
        publish_edition()


def _slug(description: Description) -> str:
    # Never without the tail: that a name is taken would tell that there is a hidden place of that name.
    return slug(description.name.en, random_tail())
