"""Studies of the demonstration's places: planned and locked by the real actions, then dated back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import time, timedelta
from typing import Any

from portal.core.clock import zone
from portal.core.hours import moment_in
from portal.core.i18n import Bilingual
from portal.indicators.evaluation.actions import enter_day, keep_plan, lock_plan, note_deviation
from portal.indicators.evaluation.queries import areas_to_compare, call_in_day
from portal.indicators.evaluation.rules.plans import default_plan
from portal.markets.models import Market

LOCKED_AT = time(15, 0)


def load_studies(texts: Mapping[str, Any], markets: Mapping[str, Market], lead_id: int) -> None:
    """A study for each place in the file. Its results are due then, and the worker finds that."""
    for one in texts["places"]:
        _load(markets[one["slug"]], one, texts, lead_id)


def _load(market: Market, one: Mapping[str, Any], texts: Mapping[str, Any], lead_id: int) -> None:
    delivered_on = call_in_day(market) or min(decision.since_on for decision in market.decisions)
    areas = [area.rank for area in areas_to_compare(market)]
    plan = default_plan(market.slug, texts["measures"], areas)
    study = keep_plan(market, replace(plan, primary=one.get("primary", texts["primary"])), lead_id)
    lock_plan(market, study, lead_id)
    study.locked_at = moment_in(zone(), delivered_on - timedelta(days=one["locked"]), LOCKED_AT)
    enter_day(market, study, delivered_on, lead_id)
    for deviation in one.get("deviations", ()):
        what, why = Bilingual(**deviation["what"]), Bilingual(**deviation["why"])
        note_deviation(market, study, what, why, delivered_on + timedelta(days=deviation["days_after"]), lead_id)
