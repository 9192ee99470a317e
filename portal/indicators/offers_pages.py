"""Team pages for the monthly offers of help at a place."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectChoice, SelectField
from wtforms.validators import InputRequired, Optional

from portal.accounts.sign_in import current_user
from portal.core.clock import today
from portal.core.forms import Between, IntegerField, ProtectedForm, readable
from portal.core.web import AudienceBlueprint, members
from portal.indicators import measures, offers
from portal.indicators.measures import month_of, plus, written
from portal.indicators.offers import COLUMNS, COUNTED, MADE, Offers
from portal.markets.places import Market, known_market, known_markets

BACK = 15
"""Number of recent months, including the current one, that the form offers."""
IN_RANGE = (readable, Between(0, 100_000))


class OffersForm(ProtectedForm):
    """A form for the offers of a month and their outcome."""

    month = SelectField(_l("Month"), validators=[InputRequired(_l("Please choose from the list."))])
    offers_made = IntegerField(COLUMNS[MADE], validators=[InputRequired(_l("Please give a number.")), *IN_RANGE])
    offers_connected = IntegerField(COLUMNS["offers_connected"], validators=[Optional(), *IN_RANGE])
    offers_lasting = IntegerField(COLUMNS["offers_lasting"], validators=[Optional(), *IN_RANGE])

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        months = [plus(month_of(today()), -number) for number in range(BACK)]
        self.month.choices = [SelectChoice(written(month), format_date(month, "LLLL y")) for month in months]

    def validate(self, extra_validators: Any = None) -> bool:
        whole: bool = super().validate(extra_validators)
        if whole and not offers.adds_up(self.offers):
            self.offers_made.errors = [offers.REFUSALS["offers_sums"]]
        return whole and not self.errors

    @property
    def offers(self) -> Offers:
        """The entered counts by measure."""
        return {key: self[key].data for key in COUNTED}


blueprint = AudienceBlueprint(
    "offers", __name__, audience=members("services", "community_lead"), url_prefix="/<lang:lang>/team/offers"
)


@blueprint.get("/")
def index() -> str:
    """The places that the member may know of."""
    return render_template("indicators/offers/index.html", markets=known_markets(current_user.id))


@blueprint.get("/<int:market_id>")
def place(market_id: int) -> str:
    """The recorded offers of a place, and the form for a month."""
    return _page(known_market(market_id, current_user.id), OffersForm())


@blueprint.post("/<int:market_id>")
def save(market_id: int) -> ResponseReturnValue:
    """Record the offers of a month."""
    market = known_market(market_id, current_user.id, to_change=True)
    form = OffersForm()
    if not form.validate():
        return _page(market, form), 422
    offers.write_offers(market, measures.read(form.month.data), form.offers, current_user.id)
    flash(_("Saved."), "success")
    return redirect(url_for("offers.place", market_id=market.id))


def _page(market: Market, form: OffersForm) -> str:
    rows = offers.offers_of(market)
    return render_template(
        "indicators/offers/place.html",
        market=market,
        form=form,
        rows=rows,
        counted=COUNTED,
        columns=COLUMNS,
    )
