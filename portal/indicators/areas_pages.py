"""Team pages of areas: the blueprint `figures` with its forms, and the figures of an area with their sources."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l
from flask_wtf.file import FileField
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response
from wtforms import SelectChoice, SelectField
from wtforms.validators import Optional

from portal.accounts.roles import Role
from portal.accounts.sign_in import current_user
from portal.core.editing import Both, EditorForm, is_sure, line
from portal.core.forms import Between, IntegerField, ProtectedForm, readable
from portal.core.statuses import NotFound
from portal.core.web import AudienceBlueprint, members
from portal.indicators import areas
from portal.indicators.areas import PART_NAMES, area_name, month_words
from portal.indicators.counts import Area, areas_of, city_area, known_area, measure_named, measures
from portal.indicators.statistics.terms import AreaPart
from portal.markets.map.importing import MOST_BOUNDARY_BYTES, NoBoundary, sent_area
from portal.markets.places import Market, known_market, known_markets
from portal.markets.texts import NO_BOUNDARY, names_hidden_place

OVER_OTHERS = _l(
    "This outline lies over: %(areas)s. Areas that are compared must lie clear of the place, of the streets around it "
    "and of each other."
)


class AddAreaForm(ProtectedForm):
    part = SelectField(
        _l("Which area to add"), choices=[SelectChoice(part.value, PART_NAMES[part]) for part in areas.ADDABLE]
    )


class AreaForm(EditorForm):
    ROW = Area

    name = Both(line, _l("Name"), 80)
    file = FileField(_l("Outline as a GeoJSON file"))
    ring_meters = IntegerField(
        _l("Or a ring so many meters wide"),
        validators=[Optional(), readable, Between(areas.LEAST_METERS, areas.MOST_METERS)],
    )
    geometry: str | None = None
    """The uploaded outline as GeoJSON; set by `validate`."""

    def __init__(self, area: Area, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._area = area
        if area.part not in (AreaPart.RING, AreaPart.COMPARISON_RING):
            del self.ring_meters
        if area.part in (AreaPart.PLACE, AreaPart.CITY):
            del self.file

    def shown(self, row: Area) -> dict[str, Any]:
        """Leave the width out: one that is typed has the ring drawn anew."""
        return {name: stored for name, stored in super().shown(row).items() if name != "ring_meters"}

    def validate(self, extra_validators: Any = None) -> bool:
        super().validate(extra_validators)
        sent = self.file.data if "file" in self else None
        if isinstance(sent, FileStorage) and sent.filename:
            try:
                self.geometry = areas.geojson_of(sent_area(sent.stream.read(MOST_BOUNDARY_BYTES + 1)))
            except NoBoundary as reason:
                self.complain("file", NO_BOUNDARY[reason.trouble])
                return False
            if over := areas.in_the_way(self._area, self.geometry):
                self.complain("file", OVER_OTHERS % {"areas": ", ".join(map(area_name, over))})
        return not self.errors


def let_go(_error: BaseException | None) -> None:
    """Close the temporary files of large uploads, so that nothing of them stays on the disk."""
    request.close()


blueprint = AudienceBlueprint(
    "figures",
    __name__,
    audience=members("evaluator", "community_lead"),
    url_prefix="/<lang:lang>/team/figures",
    # Above the limit for outlines, so that a file slightly too large gets a form error and not the general error page.
    largest=4 * MOST_BOUNDARY_BYTES,
)
blueprint.teardown_request(let_go)
blueprint.app_template_filter("area_name")(area_name)
blueprint.app_template_filter("month_words")(month_words)


@blueprint.get("/")
def index() -> str:
    return render_template(
        "indicators/index.html",
        rows=[(market, len(areas_of(market))) for market in known_markets(current_user.id)],
        city=city_area(),
        measures=len(measures()),
        writes_offers=Role.COMMUNITY_LEAD in current_user.roles,
    )


@blueprint.post("/city")
def add_city() -> Response:
    return redirect(url_for("figures.area", area_id=areas.add_city(current_user.id).id))


@blueprint.get("/places/<int:market_id>")
def place(market_id: int) -> str:
    return _place_page(known_market(market_id, current_user.id), AddAreaForm())


@blueprint.post("/places/<int:market_id>")
def add(market_id: int) -> ResponseReturnValue:
    market = known_market(market_id, current_user.id, to_change=True)
    form = AddAreaForm()
    if not form.validate():
        return _place_page(market, form), 422
    area = areas.add_area(market, AreaPart(form.part.data), current_user.id)
    return redirect(url_for("figures.edit", market_id=market.id, area_id=area.id))


@blueprint.route("/places/<int:market_id>/<int:area_id>", methods=["GET", "POST"])
def edit(market_id: int, area_id: int) -> ResponseReturnValue:
    market = known_market(market_id, current_user.id, to_change=request.method == "POST")
    area = areas.area_of(market, area_id)
    form = AreaForm(area)
    if not form.validate_row(area) or names_hidden_place(form, current_user.id, market.id):
        if form.newer is not None:
            flash(_("Somebody else saved this while you were writing. Please look again, then save."), "warning")
        shown = {"is_drawn": area.id in areas.outlines([area]), "counted": areas.has_figures(area)}
        return render_template("indicators/area.html", market=market, area=area, form=form, **shown), form.http_status
    meters = form.ring_meters.data if "ring_meters" in form else None
    areas.describe_area(area, form.name, current_user.id, form.geometry, meters)
    waits = area.ring_meters is not None and area.geometry is None
    flash(_("Saved. The ring is being drawn; that takes a moment.") if waits else _("Saved."), "success")
    return redirect(url_for("figures.place", market_id=market.id))


@blueprint.post("/places/<int:market_id>/<int:area_id>/drop")
def drop(market_id: int, area_id: int) -> Response:
    market = known_market(market_id, current_user.id, to_change=True)
    area = areas.area_of(market, area_id)
    if not is_sure():
        return redirect(url_for("figures.edit", market_id=market.id, area_id=area.id))
    areas.drop_area(area, current_user.id)
    flash(_("The area is erased."), "success")
    return redirect(url_for("figures.place", market_id=market.id))


@blueprint.get("/areas/<int:area_id>")
def area(area_id: int) -> str:
    counted_in = known_area(area_id, current_user.id)
    months = areas.measured_in(counted_in)
    rows = [(measure, months[measure.id]) for measure in measures() if measure.id in months]
    return render_template("indicators/area_figures.html", rows=rows, **_head(counted_in))


@blueprint.get("/areas/<int:area_id>/<key>")
def series(area_id: int, key: str) -> str:
    """A measure by month, with the source of each figure."""
    counted_in, measure = known_area(area_id, current_user.id), measure_named(key)
    rows = areas.figure_rows(counted_in, measure)
    if not rows:
        raise NotFound
    files = {made.id: (made, who) for _figure, made, who in rows if made}
    shown = {"measure": measure, "rows": rows, "files": list(files.values())}
    return render_template("indicators/series.html", **shown, **_head(counted_in))


def _head(area: Area) -> dict[str, Any]:
    market = None if area.market_id is None else known_market(area.market_id, current_user.id)
    return {"area": area, "market": market}


def _place_page(market: Market, form: AddAreaForm) -> str:
    listed = areas_of(market)
    drawn = areas.outlines(listed)
    rows = [(area, area.id in drawn, areas.has_figures(area)) for area in listed]
    over = areas.overlap_sentences(areas.overlapping([(area, drawn[area.id]) for area in listed if area.id in drawn]))
    return render_template("indicators/place.html", market=market, rows=rows, form=form, over=over)
