"""What a search finds of places: how they stand, why they were chosen, what was said at their call-ins."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, select

from portal.core.feature import Findable, FoundItem, ResultKind
from portal.core.i18n import NOTHING, Bilingual
from portal.markets.call_in import public_nights
from portal.markets.places import CallIn, Market, StatusDecision, released


def _places(*conditions: ColumnElement[bool]) -> Select[Any]:
    return select(Market).where(released(), *conditions)


def _nights(*conditions: ColumnElement[bool]) -> Select[Any]:
    return public_nights(released(), *conditions).with_only_columns(CallIn)


def _reasons(*conditions: ColumnElement[bool]) -> Select[Any]:
    """Select places whose reasons are public: their call-in is over."""
    told = public_nights(released(), CallIn.market_id == Market.id).with_only_columns(CallIn.market_id)
    whole = (Market.why_here_en != "", Market.why_here_es != "")  # type: ignore[attr-defined]
    return select(Market).where(released(), told.order_by(None).correlate(Market).exists(), *whole, *conditions)


def _texts(market: Market) -> Iterator[Bilingual]:
    yield from (_if_whole(market.own_name), market.about, _if_whole(market.services))
    for decision in market.decisions:
        yield decision.evidence


def _if_whole(text: Bilingual) -> Bilingual:
    """Return a text only if both languages are present, as its page does."""
    return text if text and text.is_whole else NOTHING


def _place(market: Market) -> FoundItem:
    return FoundItem(str(market.name), url_for("markets.place", slug=market.slug))


def _why_here(market: Market) -> FoundItem:
    return FoundItem(str(market.name), url_for("markets.why_here", slug=market.slug))


def _call_in(call_in: CallIn) -> FoundItem:
    market = PLACES.read([call_in.market_id])[call_in.market_id]
    return FoundItem(str(market.name), url_for("markets.call_in", slug=market.slug))


PLACES = Findable(
    kind=ResultKind("place", 0, _l("Places")),
    model=Market,
    key=Market.id,
    public=_places,
    title=lambda market: market.name,
    texts=lambda market: tuple(_texts(market)),
    at=lambda market: market.released_at,
    show=_place,
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
    show=_why_here,
    place=Market.id,
)
CALL_INS = Findable(
    kind=ResultKind("call_in", 2, _l("The community meeting: what was said")),
    model=CallIn,
    key=CallIn.market_id,
    public=_nights,
    title=lambda _call_in: NOTHING,
    texts=lambda call_in: (call_in.message, call_in.services, call_in.tonight),
    at=lambda call_in: call_in.ended_at,
    show=_call_in,
    place=CallIn.market_id,
)
FOUND = (PLACES, REASONS, CALL_INS)
