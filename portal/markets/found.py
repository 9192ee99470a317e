"""What a search finds of places: how they stand, why they were chosen, what was said at their call-ins."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, select

from portal.core.feature import Findable, FoundItem, ResultKind
from portal.core.i18n import NOTHING, Bilingual
from portal.markets.call_in import public_nights
from portal.markets.places import CallIn, Market, StatusDecision, released


def _reasons(*conditions: ColumnElement[bool]) -> Select[Any]:
    """Select places whose reasons are public: their call-in is over."""
    over = public_nights(released(), CallIn.market_id == Market.id).with_only_columns(CallIn.market_id)
    whole = (Market.why_here_en != "", Market.why_here_es != "")  # type: ignore[attr-defined]
    return select(Market).where(released(), over.order_by(None).correlate(Market).exists(), *whole, *conditions)


def _texts(market: Market) -> tuple[Bilingual, ...]:
    """Return a place's texts; optional ones only if both languages are present, as on its page."""
    own_name, services = (text if text and text.is_whole else NOTHING for text in (market.own_name, market.services))
    return (own_name, market.about, services, *(decision.evidence for decision in market.decisions))


def _item(view: str, market: Market) -> FoundItem:
    return FoundItem(str(market.name), url_for(f"markets.{view}", slug=market.slug))


PLACES = Findable(
    kind=ResultKind("place", 0, _l("Places")),
    model=Market,
    key=Market.id,
    public=lambda *conditions: select(Market).where(released(), *conditions),
    title=lambda market: market.name,
    texts=_texts,
    at=lambda market: market.released_at,
    show=partial(_item, "place"),
    parts={StatusDecision: "market_id"},
    place=Market.id,
)
REASONS = Findable(
    kind=ResultKind("why_here", 1, _l("Why here")),
    model=Market,
    key=Market.id,
    public=_reasons,
    title=lambda market: market.name,
    texts=lambda market: (market.why_here,),
    at=lambda market: market.released_at,
    show=partial(_item, "why_here"),
    place=Market.id,
)
CALL_INS = Findable(
    kind=ResultKind("call_in", 2, _l("The call-in: what was said")),
    model=CallIn,
    key=CallIn.market_id,
    public=lambda *conditions: public_nights(released(), *conditions).with_only_columns(CallIn),
    title=lambda _call_in: NOTHING,
    texts=lambda call_in: (call_in.message, call_in.services, call_in.tonight),
    at=lambda call_in: call_in.ended_at,
    show=lambda call_in: _item("call_in", PLACES.read([call_in.market_id])[call_in.market_id]),
    place=CallIn.market_id,
)
FOUND = (PLACES, REASONS, CALL_INS)
