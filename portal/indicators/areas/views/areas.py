"""Where is counted: the places that somebody may know of, their areas, and the figures that are there."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.accounts.rules.roles import Role
from portal.accounts.sessions import person
from portal.core.editors import is_sure
from portal.core.errors import NotFound
from portal.core.web import Room, members
from portal.indicators.areas import actions
from portal.indicators.areas.forms import AddAreaForm, AreaForm
from portal.indicators.areas.queries import city_area, figure_rows, has_figures, measured_in, outlines
from portal.indicators.areas.rules import key_of
from portal.indicators.areas.texts import CHANNEL_NAMES, LANGUAGE_NAMES, area_name, month_words
from portal.indicators.models import Area
from portal.indicators.queries import areas_of, known_area, measure_named, measures
from portal.indicators.rules.measures import Part
from portal.markets.map.importing import MOST_BOUNDARY_BYTES
from portal.markets.models import Market
from portal.markets.naming import names_hidden_place
from portal.markets.queries import known_market, known_markets

Answer = Response | str | tuple[str, int]
room = Room(
    "figures",
    __name__,
    audience=members("evaluator", "community_lead"),
    url_prefix="/<lang:lang>/team/figures",
    # A file that is too large still gets an answer in words.
    largest=4 * MOST_BOUNDARY_BYTES,
)
room.app_template_filter("area_name")(area_name)
room.app_template_filter("month_words")(month_words)
room.app_template_filter("area_key")(lambda area: key_of(area.part, area.rank))


@room.teardown_request
def let_go(_error: BaseException | None) -> None:
    """Close the temporary files that large uploads are kept in meanwhile; nothing of them stays on the disk."""
    request.close()


@room.get("/")
def index() -> str:
    """The places that somebody may know of, each with how many areas it has."""
    markets = known_markets(person().id)
    return render_template(
        "indicators/index.html",
        rows=[(market, len(areas_of(market))) for market in markets],
        city=city_area(),
        measures=len(measures()),
        writes_offers=Role.COMMUNITY_LEAD in person().roles,
    )


@room.post("/city")
def add_city() -> Response:
    """Count in the whole city too."""
    city = actions.add_city(person().id)
    return redirect(url_for("figures.area", area_id=city.id))


@room.get("/places/<int:market_id>")
def place(market_id: int) -> str:
    """The areas of a place."""
    return _place_page(known_market(market_id, person().id), AddAreaForm())


@room.post("/places/<int:market_id>")
def add(market_id: int) -> Answer:
    """Add an area, and go on to say where it lies."""
    market = known_market(market_id, person().id, to_change=True)
    form = AddAreaForm()
    if not form.validate():
        return _place_page(market, form), 422
    area = actions.add_area(market, Part(form.part.data), person().id)
    return redirect(url_for("figures.edit", market_id=market.id, area_id=area.id))


@room.get("/places/<int:market_id>/<int:area_id>")
def edit(market_id: int, area_id: int) -> str:
    """What an area is called and where it lies."""
    market = known_market(market_id, person().id)
    area = actions.area_of(market, area_id)
    form = AreaForm(area)
    form.version.data = str(area.version)
    return _area_page(market, area, form)


@room.post("/places/<int:market_id>/<int:area_id>")
def save(market_id: int, area_id: int) -> Answer:
    """Keep it; a ring is drawn by a worker."""
    market = known_market(market_id, person().id, to_change=True)
    area = actions.area_of(market, area_id)
    form = AreaForm(area)
    if form.is_behind(area.version):
        form.version.data = str(area.version)
        flash(_("Somebody else saved this while you were writing. Please look again, then save."), "warning")
        return _area_page(market, area, form), 409
    if not form.validate() or names_hidden_place(form, person().id, market.id):
        return _area_page(market, area, form), 422
    actions.describe_area(area, form.outline, person().id)
    waits = area.ring_meters is not None and area.geometry is None
    flash(_("Saved. The ring is being drawn; that takes a moment.") if waits else _("Saved."), "success")
    return redirect(url_for("figures.place", market_id=market.id))


@room.post("/places/<int:market_id>/<int:area_id>/drop")
def drop(market_id: int, area_id: int) -> Response:
    """Erase an area in which nothing was counted, once somebody said that they are sure."""
    market = known_market(market_id, person().id, to_change=True)
    area = actions.area_of(market, area_id)
    if not is_sure():
        return redirect(url_for("figures.edit", market_id=market.id, area_id=area.id))
    actions.drop_area(area, person().id)
    flash(_("The area is erased."), "success")
    return redirect(url_for("figures.place", market_id=market.id))


@room.get("/areas/<int:area_id>")
def area(area_id: int) -> str:
    """What is measured in an area, and for how many months."""
    found = known_area(area_id, person().id)
    counted = measured_in(found)
    rows = [(measure, counted[measure.id]) for measure in measures() if measure.id in counted]
    return render_template("indicators/area_figures.html", area=found, market=_market_of(found), rows=rows)


@room.get("/areas/<int:area_id>/<key>")
def series(area_id: int, key: str) -> str:
    """A measure by month, with where each figure came from."""
    found, measure = known_area(area_id, person().id), measure_named(key)
    rows = figure_rows(found, measure)
    if not rows:
        raise NotFound
    return render_template(
        "indicators/series.html",
        area=found,
        market=_market_of(found),
        measure=measure,
        rows=rows,
        files=list({row.made.id: (row.made, row.who) for row in rows if row.made}.values()),
        is_split=any(row.figure.language or row.figure.channel for row in rows),
        language_names=LANGUAGE_NAMES,
        channel_names=CHANNEL_NAMES,
    )


def _market_of(area: Area) -> Market | None:
    return None if area.market_id is None else known_market(area.market_id, person().id)


def _place_page(market: Market, form: AddAreaForm) -> str:
    areas = areas_of(market)
    drawn = outlines(areas)
    rows = [(area, area.id in drawn, sum(measured_in(area).values()) > 0) for area in areas]
    return render_template("indicators/place.html", market=market, rows=rows, form=form)


def _area_page(market: Market, area: Area, form: AreaForm) -> str:
    return render_template(
        "indicators/area.html",
        market=market,
        area=area,
        form=form,
        is_drawn=area.id in outlines([area]),
        counted=has_figures(area),
    )
