"""Which places the public may see. Every surface asks here and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from portal.core.clock import now
from portal.core.db import session
from portal.core.errors import NotFound
from portal.markets.models import Market


def public_markets() -> Sequence[Market]:
    """Released places, in the order of their English names."""
    released = select(Market).where(Market.released_at.is_not(None), Market.released_at <= now())
    return session.scalars(released.order_by(Market.name_en)).all()  # type: ignore[attr-defined]


def public_market(slug: str) -> Market:
    """A released place, or `NotFound`: the same for a hidden place and for one that never was."""
    found = next((market for market in public_markets() if market.slug == slug), None)
    if found is None:
        raise NotFound
    return found
