"""Monthly counts of the help offered at a place: rules, queries, the action, wording, and the team's pages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from itertools import pairwise
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date, gettext as _, lazy_gettext as _l
from sqlalchemy import delete, select
from wtforms import SelectField
from wtforms.validators import InputRequired

from portal.accounts.sign_in import current_user
from portal.core.audit import record
from portal.core.clock import today
from portal.core.db import session
from portal.core.editing import done
from portal.core.forms import ProtectedForm, choices_of, whole_number
from portal.core.statuses import Refused
from portal.core.web import AudienceBlueprint, members
from portal.indicators import counts
from portal.indicators.counts import Area, Figure, Measure
from portal.indicators.statistics import terms
from portal.markets.places import Market, known_market, known_markets

MADE, CONNECTED, LASTING = "offers_made", "offers_connected", "offers_lasting"
COUNTED = (MADE, CONNECTED, LASTING)
Offers = Mapping[str, int | None]
"""Counts by measure; None if not known yet: whether help lasts 90 days is known only after 90 days."""


def adds_up(offers: Offers) -> bool:
    """Return whether the counts are consistent: made ≥ connected ≥ lasting, ignoring unknown ones."""
    given = [value for value in (offers[key] for key in COUNTED) if value is not None]
    return all(more >= less for more, less in pairwise(given))


def write_offers(market: Market, month: date, offers: Offers, by_id: int) -> None:
    """Record the offers of a month, which add up; None deletes a figure. Raises `Refused` if it is too early."""
    first = counts.first_own_month(market)
    if first is None or month < first:
        raise Refused("offers_early")
    counts.load_standard_measures()
    area = counts.place_area(market)
    ids = {row.key: row.id for row in session.execute(select(Measure.key, Measure.id).where(Measure.key.in_(COUNTED)))}
    unknown = [ids[key] for key in COUNTED if offers[key] is None]
    cells = (Figure.area_id == area.id, Figure.month_on == month, Figure.measure_id.in_(unknown))
    session.execute(delete(Figure).where(*cells))
    counts.write_figures(
        counts.FigureEntry(area.id, ids[key], month, value) for key in COUNTED if (value := offers[key]) is not None
    )
    record("market.offers_written", "market", market.id, by_id)


def offers_of(market: Market) -> dict[date, dict[str, int]]:
    """Newest month first."""
    rows = (
        select(Figure.month_on, Measure.key, Figure.value)
        .join(Measure, Measure.id == Figure.measure_id)
        .join(Area, Area.id == Figure.area_id)
        .where(Area.market_id == market.id, Area.part == terms.AreaPart.PLACE, Measure.key.in_(COUNTED))
        .order_by(Figure.month_on.desc())
    )
    by_month: dict[date, dict[str, int]] = {}
    for row in session.execute(rows):
        by_month.setdefault(row.month_on, {})[row.key] = row.value
    return by_month


COLUMNS = {
    MADE: _l("Offers made"),
    CONNECTED: _l("Help began within 30 days"),
    LASTING: _l("Help still goes on after 90 days"),
}
REFUSALS = {
    "offers_early": _l("Only months since the place is public can be written down."),
    "offers_sums": _l("More help began or lasts than was offered. Please check the numbers."),
}
AUDITED = {"market.offers_written": _l("wrote down offers of help")}

BACK = 15
"""Number of recent months, including the current one, that the form offers."""


class OffersForm(ProtectedForm):
    month = SelectField(_l("Month"), validators=[InputRequired(_l("Please choose from the list."))])
    offers_made = whole_number(COLUMNS[MADE], 0, 100_000)
    offers_connected = whole_number(COLUMNS[CONNECTED], 0, 100_000, optional=True)
    offers_lasting = whole_number(COLUMNS[LASTING], 0, 100_000, optional=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        months = [terms.plus(terms.month_of(today()), -number) for number in range(BACK)]
        self.month.choices = choices_of({terms.written(month): format_date(month, "LLLL y") for month in months})

    def validate(self, extra_validators: Any = None) -> bool:
        whole: bool = super().validate(extra_validators)
        if whole and not adds_up(self.offers):
            self.offers_made.errors = [REFUSALS["offers_sums"]]
        return whole and not self.errors

    @property
    def offers(self) -> Offers:
        return {key: self[key].data for key in COUNTED}


blueprint = AudienceBlueprint(
    "offers", __name__, audience=members("services", "community_lead"), url_prefix="/<lang:lang>/team/offers"
)


@blueprint.get("/")
def index() -> str:
    return render_template("indicators/offers/index.html", markets=known_markets(current_user.id))


@blueprint.route("/<int:market_id>", methods=["GET", "POST"])
def place(market_id: int) -> ResponseReturnValue:
    market = known_market(market_id, current_user.id, to_change=request.method == "POST")
    form = OffersForm()
    if not form.validate_on_submit():
        shown = {"rows": offers_of(market), "counted": COUNTED, "columns": COLUMNS}
        return render_template("indicators/offers/place.html", market=market, form=form, **shown), form.http_status
    write_offers(market, terms.read(form.month.data), form.offers, current_user.id)
    return done(url_for("offers.place", market_id=market.id), _("Saved."))
