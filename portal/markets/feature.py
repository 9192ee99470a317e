"""Everything that the feature markets brings to the portal, and what a search finds of places."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, String, and_, cast, literal, select

from portal.accounts import navigation
from portal.accounts.texts import NAMES_HERE
from portal.accounts.today import WAITS
from portal.accounts.users import AUDIT_CONDITIONS
from portal.core.clock import today
from portal.core.feature import Feature, Findable, FixedPage, FoundItem, NavigationItem, ResultKind
from portal.core.i18n import NOTHING, Bilingual
from portal.core.jobs.engine import Timed
from portal.core.jobs.retries import HOUR, MINUTE
from portal.core.purge import RetentionRule
from portal.markets import gate, lead_pages, places, team_pages, texts, watch
from portal.markets.call_in import public_nights
from portal.markets.gate_rules import SOURCE_KEPT
from portal.markets.map import importing
from portal.markets.places import CallIn, Market, Signal, StatusDecision, released
from portal.markets.team_pages import PLACE_TABS, PlaceTab, is_inside


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
    show=partial(_item, "call_in"),
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

FORGOTTEN = "forgotten "

FEATURE = Feature(
    blueprints=(team_pages.blueprint, lead_pages.evening_blueprint, lead_pages.lead_blueprint),
    timetable=(
        Timed("releases", MINUTE, gate.announce_releases),
        Timed("reviews", HOUR, watch.open_due_reviews),
    ),
    refusals=(texts.REFUSALS, watch.REFUSALS),
    audited=(texts.AUDITED, watch.AUDITED),
    retention=(
        RetentionRule(
            "sources of signals",
            "5 weeks after the week in which something was noticed at a place",
            "the keyed hash of who noticed it; that it was noticed stays in the weekly table",
            Signal,
            lambda _now: and_(Signal.week_on <= today() - SOURCE_KEPT, Signal.source.not_like(f"{FORGOTTEN}%")),
            # The row's own random number: unique, and never equal to a hash.
            instead={"source": literal(FORGOTTEN) + cast(Signal.id, String)},
        ),
    ),
    kept=(("signals, weeks of outreach, reviews", "as long as their place: counts by week, and what a review found"),),
    navigation=(
        NavigationItem(
            30,
            "places_team.index",
            _l("Places"),
            navigation.PLACES,
            navigation.PLACES_AND_PROMISES,
            rooms=("places_lead", "places_evening", "places_board", "places_watch"),
        ),
    ),
    findable=(PLACES, REASONS, CALL_INS),
    pages=(
        FixedPage(
            70,
            "markets.places",
            _l("Places"),
            _l(
                "Neighbors and the team look at each place again and again."
                " Here is how each one stands, since when, and when it is reviewed next."
            ),
        ),
    ),
    hooks=(
        AUDIT_CONDITIONS.plug(places.about_public_places),
        NAMES_HERE.plug(places.words_of_public_names),
        WAITS.plug(team_pages.waits),
        PLACE_TABS.plug(PlaceTab(10, "places_team.place", _l("Overview"), rooms=("places_lead",))),
        # For members admitted by name, even if the place is public.
        PLACE_TABS.plug(PlaceTab(30, "places_team.call_in_page", _l("Call-in"), is_inside, ("places_evening",))),
    ),
    commands=(importing.commands,),
)
