"""What the public may read of a call-in, and from when on: `public_nights` decides, and every surface asks it."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from portal.core.clock import now, zone
from portal.core.db import session
from portal.core.i18n import LANGUAGES, Bilingual
from portal.core.parity import NOBODY, Credit
from portal.markets.keys import key_counts
from portal.markets.models import CallIn, KeyTurned, Market
from portal.markets.queries import released
from portal.markets.rules import KEYS, is_public
from portal.markets.rules.call_in import NEW_FOR, without_names


class Night(NamedTuple):
    """What the public may read of a call-in. `market` is None until the place itself is released."""

    message: Bilingual
    services: Bilingual
    tonight: Bilingual
    held_on: date
    market: Market | None
    stale: frozenset[str] = frozenset()
    """The marks of `core.parity`: which side of a text is older than the other."""
    credit: Credit = NOBODY


def call_in_is_over() -> ColumnElement[bool]:
    """The condition for a call-in that the public may read of; `rules.call_in.is_over` in SQL, joined to its place.

    Each key is turned once and nobody turns two, so that as many rows as there are keys are both of them; a key whose
    holder has left, does something else or was sent out is none.
    """
    theirs = select(func.count()).where(KeyTurned.market_id == CallIn.market_id, key_counts())
    turned = theirs.correlate(CallIn).scalar_subquery()
    return and_(CallIn.ended_at.is_not(None), CallIn.ended_at <= now(), or_(turned == len(KEYS), released()))


def public_nights(*conditions: ColumnElement[bool]) -> Select[CallIn, Market]:
    """The one way to call-ins that the public may read of, each with its place, the newest first."""
    found = select(CallIn, Market).join(Market, Market.id == CallIn.market_id)
    return found.where(call_in_is_over(), *conditions).order_by(CallIn.ended_at.desc(), CallIn.market_id)


def newest_night() -> Night | None:
    """The call-in that ended last, for as long as that is new."""
    return _first(public_nights(CallIn.ended_at > now() - NEW_FOR))


def night_at(market: Market) -> Night | None:
    """The call-in of a released place, if it is over."""
    return _first(public_nights(CallIn.market_id == market.id, released()))


def _first(nights: Select[CallIn, Market]) -> Night | None:
    found = session.execute(nights.limit(1)).first()
    return _night(found[0], found[1]) if found else None


def _night(call_in: CallIn, market: Market) -> Night:
    held_on = (call_in.ended_at or now()).astimezone(zone()).date()
    parity = call_in.stale_fields, call_in.credit
    if is_public(market.released_at, now()):
        return Night(call_in.message, call_in.services, call_in.tonight, held_on, market, *parity)
    names = (market.slug, *(name[lang] for name in (market.name, market.own_name) for lang in LANGUAGES))

    def nameless(text: Bilingual) -> Bilingual:
        return Bilingual(en=without_names(text.en, names), es=without_names(text.es, names))

    message, services, tonight = (nameless(text) for text in (call_in.message, call_in.services, call_in.tonight))
    return Night(message, services, tonight, held_on, None, *parity)
