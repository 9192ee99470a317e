"""The team's page with a map of what was counted before and after the call-in, in a place and around it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from flask import render_template
from flask_babel import lazy_gettext as _l

from portal.accounts.sign_in import current_user
from portal.core.clock import today
from portal.core.statuses import NotFound
from portal.core.web import AudienceBlueprint, members
from portal.indicators.areas import area_name, outlines
from portal.indicators.counts import Area, Measure, areas_of, figures, measure_named
from portal.indicators.evaluation.texts import signed_percent
from portal.indicators.measures import is_complete
from portal.indicators.spillover import BeforeAndAfter, Way, before_and_after
from portal.indicators.usual import is_charted
from portal.indicators.usual_pages import call_in_month
from portal.markets.map.drawing import AreaOnMap, MapDrawing, areas_map
from portal.markets.places import Market, known_market

WAYS = {
    Way.FEWER: _l("fewer"),
    Way.ALIKE: _l("no more than chance"),
    Way.MORE: _l("more"),
    Way.TOO_FEW: _l("too few to say"),
}
TONES = {Way.FEWER: "success", Way.MORE: "danger", Way.ALIKE: "info", Way.TOO_FEW: "plain"}

blueprint = AudienceBlueprint(
    "figures_around", __name__, audience=members("evaluator", "community_lead"), url_prefix="/<lang:lang>/team/figures"
)


@dataclass(frozen=True)
class AreaAround:
    """An area with its number on the map, what was counted there, and where it lies."""

    number: int
    area: Area
    counts: BeforeAndAfter
    on_map: AreaOnMap | None = None

    @property
    def tone(self) -> str:
        return TONES[self.counts.way]

    @property
    def row(self) -> list[object]:
        """A line of the table."""
        percent, counts = self.counts.percent, self.counts
        change = str(WAYS[counts.way]) if percent is None else f"{signed_percent(percent)}, {WAYS[counts.way]}"
        return [f"{self.number}. {area_name(self.area)}", change, counts.before, counts.after]


@blueprint.get("/places/<int:market_id>/<key>/around")
def show(market_id: int, key: str) -> str:
    """What was counted before and after in a place, its ring and similar areas."""
    market, measure = known_market(market_id, current_user.id), measure_named(key)
    if not is_charted(measure.kind, measure.of_key, measure.is_weighted):
        raise NotFound
    drawing, around = _around(market, measure)
    return render_template(
        "indicators/around.html",
        market=market,
        measure=measure,
        drawing=drawing,
        around=around,
        months=max((one.counts.months for one in around), default=0),
    )


def _around(market: Market, measure: Measure) -> tuple[MapDrawing | None, Sequence[AreaAround]]:
    called, found = call_in_month(market), list[AreaAround]()
    for area in areas_of(market) if called else ():
        counted = figures(area, measure)
        ready = {month: value for month, value in counted.items() if is_complete(month, measure.lag_days, today())}
        if ready and called:
            found.append(AreaAround(len(found) + 1, area, before_and_after(ready, called)))
    known = outlines([one.area for one in found])
    drawn = areas_map([json.loads(known[one.area.id]) if one.area.id in known else None for one in found])
    if drawn is None:
        return None, found
    drawing, places = drawn
    return drawing, [AreaAround(o.number, o.area, o.counts, at) for o, at in zip(found, places, strict=True)]
