"""Which places the public may see, and which the team may. Every surface asks here and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, bindparam, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from portal.core.clock import now
from portal.core.db import session
from portal.core.errors import NotFound
from portal.core.i18n import Bilingual
from portal.markets.models import Admission, KeyTurned, Market


def released() -> ColumnElement[bool]:
    """The condition for a place that the public may know of; `rules.is_public` in SQL."""
    return and_(Market.released_at.is_not(None), Market.released_at <= now())


def may_be_shown(market_id: InstrumentedAttribute[int | None]) -> ColumnElement[bool]:
    """The condition for something that may be tied to a place: tied to none, or to one the public may know of."""
    return or_(market_id.is_(None), market_id.in_(select(Market.id).where(released())))


def public_markets() -> Sequence[Market]:
    """Released places, in the order of their English names."""
    return session.scalars(select(Market).where(released()).order_by(Market.name_en)).all()  # type: ignore[attr-defined]


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
    found = next((market for market in public_markets() if market.slug == slug), None)
    if found is None:
        raise NotFound
    return found


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
