"""Team pages of the room Figures: its tabs, areas and their figures with their sources, measures, and snapshots."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l, ngettext
from flask_wtf.file import FileField
from sqlalchemy import func, select
from werkzeug.wrappers import Response
from wtforms import BooleanField, SelectField
from wtforms.validators import Optional

from portal.accounts.navigation import STATISTICIANS
from portal.accounts.roles import Role
from portal.accounts.sign_in import current_user
from portal.accounts.users import Member
from portal.core.audit import record
from portal.core.db import db, one, session
from portal.core.editing import Both, EditorForm, WholeForm, done, is_sure, line, lines
from portal.core.forms import ProtectedForm, choices_of, whole_number
from portal.core.i18n import language
from portal.core.jobs.engine import current_engine
from portal.core.statuses import NotFound, Refused
from portal.core.suppression import FEWEST_SHOWN
from portal.core.web import AudienceBlueprint, members
from portal.indicators import areas, counts, snapshots
from portal.indicators.areas import PART_NAMES, area_name, month_words
from portal.indicators.counts import Area, Figure, Import, Measure
from portal.indicators.statistics import protection, terms
from portal.indicators.statistics.terms import AreaPart, Direction, MeasureKind
from portal.markets.map.importing import MOST_BOUNDARY_BYTES, sent_area
from portal.markets.places import known_market, known_markets
from portal.markets.texts import REFUSALS, names_hidden_place

TABS = (
    (_l("Places"), "figures_room.index", STATISTICIANS),
    (_l("Measures"), "figures.measures", STATISTICIANS),
    (_l("Monthly counts"), "figures_import.index", STATISTICIANS),
    (_l("Incidents"), "figures_incidents.index", STATISTICIANS),
    (_l("Surveys"), "surveys_team.index", STATISTICIANS | {Role.ORGANIZER}),
    (_l("Offers of help"), "offers.index", frozenset({Role.COMMUNITY_LEAD, Role.SERVICES})),
    (_l("Snapshots"), "figures.snapshots", STATISTICIANS),
)
room_blueprint = AudienceBlueprint(
    "figures_room",
    __name__,
    audience=members("evaluator", "community_lead", "organizer"),
    url_prefix="/<lang:lang>/team/figures",
)


@room_blueprint.app_template_global()
def figures_tabs() -> list[tuple[str, str, bool]]:
    theirs = [(words, endpoint) for words, endpoint, roles in TABS if not roles.isdisjoint(current_user.roles)]
    return [(str(words), url_for(endpoint), endpoint == request.endpoint) for words, endpoint in theirs]


@room_blueprint.get("/")
def index() -> ResponseReturnValue:
    if STATISTICIANS.isdisjoint(current_user.roles):
        return redirect(url_for("surveys_team.index"))
    rows = [(market, len(counts.areas_of(market))) for market in known_markets(current_user.id)]
    return render_template("indicators/index.html", rows=rows, city=counts.city_area())


MOST_SHOWN = 600
OVER_OTHERS = _l(
    "This outline lies over: %(areas)s. Areas that are compared must lie clear of the place, of the streets around it "
    "and of each other."
)


class AddAreaForm(ProtectedForm):
    part = SelectField(_l("Which area to add"), choices=choices_of({part: PART_NAMES[part] for part in areas.ADDABLE}))


class AreaForm(EditorForm):
    ROW = Area

    name = Both(line, _l("Name"), 80)
    file = FileField(_l("Outline as a GeoJSON file"))
    ring_meters = whole_number(
        _l("Or a ring so many meters wide"), areas.LEAST_METERS, areas.MOST_METERS, optional=True
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
        if "file" in self and (sent := self.file.data):
            try:
                self.geometry = areas.geojson_of(sent_area(sent.stream.read(MOST_BOUNDARY_BYTES + 1)))
            except Refused as refusal:
                self.complain("file", REFUSALS[refusal.key])
                return False
            if over := areas.in_the_way(self._area, self.geometry):
                self.complain("file", OVER_OTHERS % {"areas": ", ".join(map(area_name, over))})
        return not self.errors


blueprint = AudienceBlueprint(
    "figures",
    __name__,
    audience=members("evaluator", "community_lead"),
    url_prefix="/<lang:lang>/team",
    # Above the limit for outlines, so that a file slightly too large gets a form error and not the general error page.
    largest=4 * MOST_BOUNDARY_BYTES,
)
blueprint.app_template_filter("area_name")(area_name)
blueprint.app_template_filter("month_words")(month_words)


@blueprint.post("/figures/city")
def add_city() -> Response:
    return redirect(url_for("figures.area", area_id=areas.add_city(current_user.id).id))


@blueprint.route("/figures/places/<int:market_id>", methods=["GET", "POST"])
def place(market_id: int) -> ResponseReturnValue:
    market = known_market(market_id, current_user.id, to_change=request.method == "POST")
    form = AddAreaForm()
    if form.validate_on_submit():
        area = areas.add_area(market, AreaPart(form.part.data), current_user.id)
        return redirect(url_for("figures.edit", market_id=market.id, area_id=area.id))
    listed = counts.areas_of(market)
    drawn = areas.outlines(listed)
    rows = [(area, area in drawn, areas.has_figures(area)) for area in listed]
    shown = {"market": market, "rows": rows, "form": form, "over": areas.overlap_sentences(drawn)}
    return render_template("indicators/place.html", **shown), form.http_status


@blueprint.route("/figures/places/<int:market_id>/<int:area_id>", methods=["GET", "POST"])
def edit(market_id: int, area_id: int) -> ResponseReturnValue:
    market = known_market(market_id, current_user.id, to_change=request.method == "POST")
    area = one(select(Area).where(Area.id == area_id, Area.market_id == market.id))
    form = AreaForm(area)
    if not form.validate_row(area) or names_hidden_place(form, current_user.id, market.id):
        if form.newer is not None:
            flash(_("Somebody else saved this while you were writing. Please look again, then save."), "warning")
        shown = {"is_drawn": area in areas.outlines([area]), "counted": areas.has_figures(area)}
        return render_template("indicators/area.html", market=market, area=area, form=form, **shown), form.http_status
    area.name = form.name
    if form.geometry is not None:
        area.geometry, area.ring_meters = form.geometry, None
    elif "ring_meters" in form and form.ring_meters.data is not None:
        # Redraw even at an unchanged width: the boundary that the ring surrounds may have moved.
        area.geometry, area.ring_meters = None, form.ring_meters.data
        db.after_commit(lambda: current_engine().enqueue(areas.DRAW_RINGS))
    record("market.area_changed", "market", area.market_id, current_user.id)
    waits = area.ring_meters is not None and area.geometry is None
    words = _("Saved. The ring is being drawn; that takes a moment.") if waits else _("Saved.")
    return done(url_for("figures.place", market_id=market.id), words)


@blueprint.post("/figures/places/<int:market_id>/<int:area_id>/drop")
def drop(market_id: int, area_id: int) -> Response:
    market = known_market(market_id, current_user.id, to_change=True)
    area = one(select(Area).where(Area.id == area_id, Area.market_id == market.id))
    if not is_sure():
        return redirect(url_for("figures.edit", market_id=market.id, area_id=area.id))
    areas.drop_area(area, current_user.id)
    return done(url_for("figures.place", market_id=market.id), _("The area is erased."))


@blueprint.get("/figures/areas/<int:area_id>")
def area(area_id: int) -> str:
    counted_in, market = counts.known_area(area_id, current_user.id)
    number = select(Figure.measure_id, func.count(Figure.month_on.distinct())).where(Figure.area_id == area_id)
    months = {row[0]: row[1] for row in session.execute(number.group_by(Figure.measure_id))}
    rows = [(measure, months[measure.id]) for measure in counts.measures() if measure.id in months]
    return render_template("indicators/area_figures.html", rows=rows, area=counted_in, market=market)


@blueprint.get("/figures/areas/<int:area_id>/<key>")
def series(area_id: int, key: str) -> str:
    (counted_in, market), measure = counts.known_area(area_id, current_user.id), counts.measure_named(key)
    figures = (
        select(Figure, Import, Member.name)
        .outerjoin(Import, Import.id == Figure.import_id)
        .outerjoin(Member, Member.id == Import.member_id)
        .where(Figure.area_id == area_id, Figure.measure_id == measure.id)
        .order_by(Figure.month_on.desc())
        .limit(MOST_SHOWN)
    )
    rows = session.execute(figures).all()
    if not rows:
        raise NotFound
    files = {made.id: (made, who) for _figure, made, who in rows if made}
    shown = {"measure": measure, "rows": rows, "files": list(files.values())}
    return render_template("indicators/series.html", area=counted_in, market=market, **shown)


KIND_NAMES = {
    MeasureKind.CRIME: _l("Recorded by the police"),
    MeasureKind.CALLS: _l("Calls for help"),
    MeasureKind.SURVEY: _l("Survey of residents"),
    MeasureKind.SERVICE: _l("Help offered and taken"),
    MeasureKind.PORTAL: _l("This site and the team"),
    MeasureKind.POLICING: _l("Arrests and stops"),
}
DIRECTION_NAMES = {
    Direction.DOWN: _l("Fewer is better"),
    Direction.UP: _l("More is better"),
    Direction.NEITHER: _l("Neither is better by itself"),
}
NO_KEY = _l("Small letters from a to z, digits and _, at least two, beginning with a letter.")


class MeasureForm(WholeForm):
    ROW = Measure
    key = line(_l("Name for programs and tables"), 40)
    name = Both(line, _l("Name"), 80)
    about = Both(lines, _l("What is counted and what is not"), 600)
    source = Both(line, _l("Who counts it"), 120)
    unit = Both(line, _l("In what"), 40)
    kind = SelectField(_l("Where the figures come from"), choices=choices_of(KIND_NAMES))
    direction = SelectField(_l("Which way is good"), choices=choices_of(DIRECTION_NAMES))
    of_key = SelectField(_l("It is a part of"), validators=[Optional()])
    lag_days = whole_number(_l("Days after the end of a month until its figures are complete"), 0, 366, usual=30)
    guarded = BooleanField(_l("It counts people: fewer than %(few)s, or none, is never published", few=FEWEST_SHOWN))
    city_only = BooleanField(_l("It is counted for the whole city only, never for a place, as deaths are"))
    residents = whole_number(_l("Of 100 residents of the city, how many belong to this group"), 0, 100, optional=True)
    counted_anyway = BooleanField(_l("It is counted with or without our effort, as the police and the 911 center do"))

    def __init__(self, others: Sequence[Measure], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._others = {measure.key: measure for measure in others}
        names = {measure.key: measure.name[language()] for measure in others}
        self.of_key.choices = choices_of(names, _l("None: it stands for itself"))

    def validate(self, extra_validators: Any = None) -> bool:
        super().validate(extra_validators)
        if not terms.is_measure_key(self.key.data or ""):
            self.complain("key", NO_KEY)
        elif self.key.data in self._others:
            self.complain("key", _("There is a measure with this name already."))
        whole = self._others.get(self.of_key.data)
        if whole and whole.of_key:
            self.complain("of_key", _("That measure is itself a part of another one."))
        if whole and whole.kind == MeasureKind.POLICING and self.kind.data != MeasureKind.POLICING:
            self.complain("kind", _("A part of arrests or stops is of the same kind: a group of people."))
        return not self.errors

    def shown(self, row: Measure) -> dict[str, Any]:
        return super().shown(row) | {"of_key": row.of_key or ""}

    @property
    def values(self) -> dict[str, Any]:
        values = super().values | {"of_key": self.of_key.data or None}
        # A group of arrests may be one person.
        return values | {"guarded": values["guarded"] or self.kind.data == MeasureKind.POLICING}


@blueprint.get("/measures/")
def measures() -> str:
    listed = counts.measures()
    return render_template(
        "indicators/measures.html",
        optional=counts.missing_sets(),
        groups=[(name, [measure for measure in listed if measure.kind == kind]) for kind, name in KIND_NAMES.items()],
        names={measure.key: measure.name for measure in listed},
        direction_names=DIRECTION_NAMES,
    )


@blueprint.post("/measures/standard")
@blueprint.post("/measures/optional/<key>")
def add_measures(key: str = "") -> Response:
    new = counts.add_optional(key, current_user.id) if key else counts.load_standard_measures()
    words = ngettext("%(num)s measure was added.", "%(num)s measures were added.", new)
    return done(url_for("figures.measures"), words if new else _("All of them are there already."))


@blueprint.route("/measures/<key>", methods=["GET", "POST"])
@blueprint.route("/measures/new", methods=["GET", "POST"])
def measure(key: str = "") -> ResponseReturnValue:
    stored = counts.measure_named(key) if key else None
    form = MeasureForm([other for other in counts.measures() if other is not stored])
    if stored is not None:
        form.key.data = stored.key
    if not form.validate_row(stored) or names_hidden_place(form, current_user.id):
        return render_template("indicators/measure.html", form=form, measure=stored), form.http_status
    if stored is None:
        counts.define_measure(form.values, current_user.id)
        return done(url_for("figures.measures"), _("The measure is added. Now its figures can be imported."))
    for name, value in form.values.items():
        setattr(stored, name, value)
    record("measure.changed", "measure", stored.key, current_user.id)
    return done(url_for("figures.measures"), _("Saved. What was published before stays as it was."))


@blueprint.get("/snapshots/", endpoint="snapshots")
def show_snapshots() -> str:
    about = {"next_on": snapshots.next_day(), "published": snapshots.history(), "least_moved": protection.LEAST_MOVED}
    return render_template("indicators/snapshots.html", **about)
