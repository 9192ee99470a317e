"""Whoever coordinates services writes down, month by month, what was offered and what came of it."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.accounts.sessions import person
from portal.core.web import Room, members
from portal.indicators.offers.actions import offers_of, write_offers
from portal.indicators.offers.forms import OffersForm
from portal.indicators.offers.rules import COUNTED
from portal.indicators.offers.texts import COLUMNS
from portal.indicators.rules import months
from portal.markets.models import Market
from portal.markets.queries import known_market, known_markets

Answer = Response | str | tuple[str, int]
room = Room("offers", __name__, audience=members("services", "community_lead"), url_prefix="/<lang:lang>/team/offers")
ROOMS = (room,)


@room.get("/")
def index() -> str:
    """The places that somebody may know of."""
    return render_template("indicators/offers/index.html", markets=known_markets(person().id))


@room.get("/<int:market_id>")
def place(market_id: int) -> str:
    """What is written down of a place, and a form for one month."""
    return _page(known_market(market_id, person().id), OffersForm())


@room.post("/<int:market_id>")
def save(market_id: int) -> Answer:
    """Keep the offers of a month."""
    market = known_market(market_id, person().id, to_change=True)
    form = OffersForm()
    if not form.validate():
        return _page(market, form), 422
    write_offers(market, months.read(form.month.data), form.offers, person().id)
    flash(_("Saved."), "success")
    return redirect(url_for("offers.place", market_id=market.id))


def _page(market: Market, form: OffersForm) -> str:
    rows = offers_of(market)
    return render_template(
        "indicators/offers/place.html", market=market, form=form, rows=rows, counted=COUNTED, columns=COLUMNS
    )
