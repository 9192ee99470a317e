"""The team's page that says whether the newest month of a measure is usual: its drawing, its words and its view."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil, floor

from flask import render_template
from flask_babel import format_decimal
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.accounts.sign_in import current_user
from portal.core.clock import today
from portal.core.i18n import number
from portal.core.statuses import NotFound
from portal.core.web import AudienceBlueprint, members
from portal.indicators.areas import month_words
from portal.indicators.counts import figures, known_area, measure_named
from portal.indicators.evaluation.studies import call_in_day, study_of
from portal.indicators.measures import is_complete, month_of
from portal.indicators.usual import ControlChart, JudgedMonth, MonthSignal, control_chart, is_charted
from portal.markets.places import Market, known_market

WIDTH, HEIGHT, EDGE = 1000, 420, 20
MOST_DRAWN = 60
"""Months in the drawing, the newest ones."""
MOST_LISTED = 24
"""Months in the table; older ones stand there only if they are worth a look."""
SIGNALS = {
    MonthSignal.HIGH: _l("more than usual"),
    MonthSignal.LOW: _l("fewer than usual"),
    MonthSignal.LONG_HIGH: _l("above the middle for 8 months or longer"),
    MonthSignal.LONG_LOW: _l("below the middle for 8 months or longer"),
}

blueprint = AudienceBlueprint(
    "figures_usual", __name__, audience=members("evaluator", "community_lead"), url_prefix="/<lang:lang>/team/figures"
)


@dataclass(frozen=True)
class DrawnChart:
    """Months as a line with dots, the middle and the limits as heights, in a plot of `WIDTH` by `HEIGHT`."""

    line: str
    dots: list[tuple[float, float, bool]]
    """Across, height, and whether the month is worth a look."""
    mean: float
    low: float | None
    high: float
    call_in: float | None


@blueprint.get("/areas/<int:area_id>/<key>/usual")
def show(area_id: int, key: str) -> str:
    """Whether the newest month of a measure is usual, with its control chart."""
    area, measure = known_area(area_id, current_user.id), measure_named(key)
    counted = figures(area, measure)
    if not counted or not is_charted(measure.kind, measure.of_key, measure.is_weighted):
        raise NotFound
    ready = {month: value for month, value in counted.items() if is_complete(month, measure.lag_days, today())}
    market = None if area.market_id is None else known_market(area.market_id, current_user.id)
    called = call_in_month(market)
    found = control_chart(ready, called)
    listed = found.months[-MOST_DRAWN:] if found else ()
    return render_template(
        "indicators/usual.html",
        area=area,
        market=market,
        measure=measure,
        newest=newest_words(found) if found else [],
        drawn=drawn_chart(found, listed, called) if found else None,
        words=usual_words(found) if found else [],
        rows=[_row(one) for at, one in enumerate(reversed(listed)) if at < MOST_LISTED or one.signals],
    )


def call_in_month(market: Market | None) -> date | None:
    """Return the month of the call-in at a place, if it is known."""
    study = study_of(market) if market else None
    day = (study.delivered_on if study else None) or (call_in_day(market) if market else None)
    return month_of(day) if day else None


def drawn_chart(chart: ControlChart, listed: Sequence[JudgedMonth], call_in: date | None) -> DrawnChart:
    """Return the drawing of the newest months."""
    top = max(chart.high, *(one.value for one in listed)) or 1.0
    step = WIDTH / len(listed)

    def height(value: float) -> float:
        return round(HEIGHT - EDGE - value / top * (HEIGHT - 2 * EDGE), 1)

    dots = [(round(step * (at + 0.5), 1), height(one.value), bool(one.signals)) for at, one in enumerate(listed)]
    after = sum(call_in is not None and one.month >= call_in for one in listed)
    mark = round(step * (len(listed) - after), 1) if 0 < after < len(listed) else None
    line = " ".join(f"{across},{high}" for across, high, _signal in dots)
    low = height(chart.low) if chart.low else None
    return DrawnChart(line, dots, height(chart.mean), low, height(chart.high), mark)


def newest_words(chart: ControlChart) -> list[str]:
    """Return what the newest month says, in a sentence or two."""
    one = chart.months[-1]
    said = {"month": month_words(one.month), "value": number(one.value), **_ends(chart)}
    if {MonthSignal.HIGH, MonthSignal.LOW} & set(one.signals):
        words = _l("%(month)s: %(value)s. This month is outside of what is usual here (%(low)s to %(high)s).")
    else:
        words = _l("%(month)s: %(value)s. This month is within what is usual here (%(low)s to %(high)s).")
    found = [str(words) % said]
    found[0] = found[0][:1].upper() + found[0][1:]
    if MonthSignal.LONG_HIGH in one.signals:
        found.append(_("For %(count)s months in a row there have been more than the middle.", count=one.in_a_row))
    if MonthSignal.LONG_LOW in one.signals:
        found.append(_("For %(count)s months in a row there have been fewer than the middle.", count=one.in_a_row))
    if one.signals:
        found.append(_("Look closer: ask those who know the place, and check how it was counted."))
    return list(map(str, found))


def usual_words(chart: ControlChart) -> list[str]:
    """Return where the lines lie and what they come from."""
    said = {"mean": format_decimal(round(chart.mean, 1)), **_ends(chart)}
    months = {"count": chart.of, "first": month_words(chart.first), "last": month_words(chart.last)}
    whence = (
        _("They come from %(count)s months before the call-in, %(first)s to %(last)s.", **months)
        if chart.is_before
        else _("They come from the first %(count)s months that were counted, %(first)s to %(last)s.", **months)
    )
    found = [_("The middle is %(mean)s a month. Usual is from %(low)s to %(high)s.", **said), whence]
    if chart.dispersion > 1:
        spread = format_decimal(round(chart.dispersion, 1))
        words = _("Months vary %(spread)s times as much as by chance alone, so the limits are wider.", spread=spread)
        found.append(words)
    return list(map(str, found))


def _ends(chart: ControlChart) -> dict[str, str]:
    """Return the least and the largest count within the limits."""
    return {"low": number(ceil(chart.low)), "high": number(floor(chart.high))}


def _row(one: JudgedMonth) -> list[object]:
    return [month_words(one.month), one.value, "; ".join(str(SIGNALS[signal]) for signal in one.signals) or "–"]
