"""Which places the public may see, and which the team may. Every surface asks here and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased, selectinload

from portal.core.addresses import is_slug
from portal.core.clock import now, zone
from portal.core.db import session
from portal.core.errors import NotFound
from portal.core.i18n import LANGUAGES, Bilingual
from portal.markets.models import Admission, CallIn, KeyTurned, Market
from portal.markets.rules import KEYS, is_public
from portal.markets.rules.call_in import NEW_FOR, first_day, without_names

PAGE = 24


def released() -> ColumnElement[bool]:
    """The condition for a place that the public may know of; `rules.is_public` in SQL."""
    return and_(Market.released_at.is_not(None), Market.released_at <= now())


def may_be_shown(market_id: InstrumentedAttribute[int | None]) -> ColumnElement[bool]:
    """The condition for something that may be tied to a place: tied to none, or to one the public may know of.

    Asked row by row, so that the newest of many are found without looking at all of them.
    """
    place = aliased(Market)
    shown = select(place.id).where(place.id == market_id, place.released_at.is_not(None), place.released_at <= now())
    return or_(market_id.is_(None), shown.exists())


def public_markets() -> Sequence[Market]:
    """Released places, in the order of their English names."""
    return session.scalars(_public()).all()


def some_public_markets(most: int) -> tuple[Sequence[Market], bool]:
    """The first of the released places, and whether there are more."""
    found = session.scalars(_public().limit(most + 1)).all()
    return found[:most], len(found) > most


def public_markets_page(page: int) -> tuple[Sequence[Market], bool]:
    """A page of released places, and whether there are more. Raises `NotFound` beyond the end."""
    found = session.scalars(_public().offset((page - 1) * PAGE).limit(PAGE + 1)).all()
    if page > 1 and not found:
        raise NotFound
    return found[:PAGE], len(found) > PAGE


def _public(*conditions: ColumnElement[bool]) -> Select[Market]:
    known = selectinload(Market.call_in).load_only(CallIn.ended_at)
    return select(Market).where(released(), *conditions).order_by(Market.name_en, Market.id).options(known)  # type: ignore[attr-defined]


# Asked with every report: put together once.
NAMES = (
    select(Market.id, Market.slug, Market.name_en, Market.name_es)  # type: ignore[attr-defined]
    .where(Market.released_at.is_not(None), Market.released_at <= bindparam("moment"))
    .order_by(Market.name_en)  # type: ignore[attr-defined]
)


class NamedPlace(NamedTuple):
    """A place by its name: all that somebody needs who chooses one."""

    id: int
    slug: str
    name: Bilingual


def public_names() -> list[NamedPlace]:
    """`public_markets` where only names are needed: how they stand is not read."""
    rows = session.execute(NAMES, {"moment": now()})
    return [NamedPlace(row.id, row.slug, Bilingual(row.name_en, row.name_es)) for row in rows]


def public_market(slug: str) -> Market:
    """A released place, or `NotFound`: the same for a hidden place and for one that never was."""
    found = session.scalars(_public(Market.slug == slug)).first() if is_slug(slug) else None
    if found is None:
        raise NotFound
    return found


def known_since(market: Market) -> date:
    """The first day on which the public could know of a place that is released."""
    ended_at = market.call_in.ended_at if market.call_in else None
    ended_on = ended_at.astimezone(zone()).date() if ended_at and ended_at <= now() else None
    return first_day((market.released_at or now()).astimezone(zone()).date(), ended_on)


class Night(NamedTuple):
    """What the public may read of a call-in. `market` is None until the place itself is released."""

    message: Bilingual
    services: Bilingual
    tonight: Bilingual
    held_on: date
    market: Market | None


def call_in_is_over() -> ColumnElement[bool]:
    """The condition for a call-in that the public may read of; `rules.call_in.is_over` in SQL, joined to its place.

    Each key is turned once and nobody turns two, so that as many rows as there are keys are both of them.
    """
    turned = select(func.count()).where(KeyTurned.market_id == CallIn.market_id).correlate(CallIn).scalar_subquery()
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
    if is_public(market.released_at, now()):
        return Night(call_in.message, call_in.services, call_in.tonight, held_on, market)
    names = (market.slug, *(name[lang] for name in (market.name, market.own_name) for lang in LANGUAGES))

    def nameless(text: Bilingual) -> Bilingual:
        return Bilingual(en=without_names(text.en, names), es=without_names(text.es, names))

    return Night(nameless(call_in.message), nameless(call_in.services), nameless(call_in.tonight), held_on, None)


def known_to(member_id: int) -> ColumnElement[bool]:
    """The condition for a place that a member may know of: a public one, or one they were admitted to by name."""
    mine = select(Admission.market_id).where(Admission.member_id == member_id)
    return or_(released(), Market.id.in_(mine))


def known_markets(member_id: int) -> Sequence[Market]:
    """The places that a member may know of, in the order of their English names."""
    return session.scalars(select(Market).where(known_to(member_id)).order_by(Market.name_en)).all()  # type: ignore[attr-defined]


def known_market(market_id: int, member_id: int) -> Market:
    """A place that a member may know of, or `NotFound`: the same for one that is hidden from them and for none."""
    found = session.scalars(select(Market).where(Market.id == market_id, known_to(member_id))).first()
    if found is None:
        raise NotFound
    return found


def admitted(market_id: int) -> frozenset[int]:
    """The ids of the members who may know of a place while it is hidden."""
    return frozenset(session.scalars(select(Admission.member_id).where(Admission.market_id == market_id)))


def keys_turned(market_id: int) -> Sequence[KeyTurned]:
    """The confirmations given so far, the earlier first."""
    return session.scalars(
        select(KeyTurned).where(KeyTurned.market_id == market_id).order_by(KeyTurned.turned_at)
    ).all()
