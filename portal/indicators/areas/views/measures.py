"""What is measured: the list, adding, changing, and the measures that most cities begin with."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from portal.accounts.sessions import person
from portal.core.web import Room, members
from portal.indicators.actions import load_standard_measures
from portal.indicators.areas import actions
from portal.indicators.areas.forms import MeasureForm, measure_as_typed
from portal.indicators.areas.texts import DIRECTION_NAMES, KIND_NAMES
from portal.indicators.models import Measure
from portal.indicators.queries import measure_named, measures
from portal.markets.naming import names_hidden_place

Answer = Response | str | tuple[str, int]
room = Room(
    "figures_measures",
    __name__,
    audience=members("evaluator", "community_lead"),
    url_prefix="/<lang:lang>/team/measures",
)


@room.get("/")
def index() -> str:
    """All measures, by where their figures come from."""
    found = measures()
    return render_template(
        "indicators/measures.html",
        groups=[(name, [one for one in found if one.kind == kind]) for kind, name in KIND_NAMES.items()],
        names={one.key: one.name for one in found},
        direction_names=DIRECTION_NAMES,
    )


@room.post("/standard")
def seed() -> Response:
    """Add the measures that most cities begin with, where they are missing."""
    new = load_standard_measures()
    said = ngettext("%(num)s measure was added.", "%(num)s measures were added.", new)
    flash(said if new else _("All of them are there already."), "success")
    return redirect(url_for("figures_measures.index"))


@room.get("/new")
def new() -> str:
    """An empty form."""
    return _page(MeasureForm(measures()))


@room.post("/new")
def create() -> Answer:
    """Add a measure."""
    form = MeasureForm(measures())
    if not form.validate() or names_hidden_place(form, person().id):
        return _page(form), 422
    actions.define_measure(form.key.data or "", form.definition, person().id)
    flash(_("The measure is added. Now its figures can be imported."), "success")
    return redirect(url_for("figures_measures.index"))


@room.get("/<key>")
def edit(key: str) -> str:
    """The form."""
    measure = measure_named(key)
    form = MeasureForm(_others(measure), measure)
    form.version.data = str(measure.version)
    return _page(form, measure)


@room.post("/<key>")
def save(key: str) -> Answer:
    """Keep what was typed."""
    measure = measure_named(key)
    form = MeasureForm(_others(measure))
    form.key.data = measure.key
    if form.is_behind(measure.version):
        form.version.data = str(measure.version)
        return _page(form, measure, form.differences(measure_as_typed(measure))), 409
    if not form.validate() or names_hidden_place(form, person().id):
        return _page(form, measure), 422
    actions.change_measure(measure, form.definition, person().id)
    flash(_("Saved. What was published before stays as it was."), "success")
    return redirect(url_for("figures_measures.index"))


def _others(measure: Measure) -> list[Measure]:
    return [one for one in measures() if one.key != measure.key]


def _page(form: MeasureForm, measure: Measure | None = None, newer: list[tuple[Any, str]] | None = None) -> str:
    return render_template("indicators/measure.html", form=form, measure=measure, newer=newer)
