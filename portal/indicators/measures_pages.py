"""Team pages of measures: the blueprint `figures_measures` with its form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l, ngettext
from werkzeug.wrappers import Response
from wtforms import BooleanField, SelectChoice, SelectField
from wtforms.validators import InputRequired, NumberRange, Optional

from portal.accounts.sign_in import current_user
from portal.core.editing import Both, WholeForm, line, lines
from portal.core.forms import IntegerField, readable
from portal.core.i18n import language
from portal.core.suppression import FEWEST_SHOWN
from portal.core.web import AudienceBlueprint, members
from portal.indicators import counts
from portal.indicators.counts import MEASURE_TEXTS, Measure
from portal.indicators.statistics.terms import Direction, MeasureKind, is_measure_key
from portal.markets.texts import names_hidden_place

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
PERCENT = _l("Please write a whole number from 0 to 100.")
DAYS = _l("Please write a whole number from 0 to 366.")


class MeasureForm(WholeForm):
    ROW, PAIRS = Measure, MEASURE_TEXTS

    key = line(_l("Name for programs and tables"), 40)
    name = Both(line, _l("Name"), 80)
    about = Both(lines, _l("What is counted and what is not"), 600)
    source = Both(line, _l("Who counts it"), 120)
    unit = Both(line, _l("In what"), 40)
    kind = SelectField(
        _l("Where the figures come from"), choices=[SelectChoice(one.value, name) for one, name in KIND_NAMES.items()]
    )
    direction = SelectField(
        _l("Which way is good"), choices=[SelectChoice(one.value, name) for one, name in DIRECTION_NAMES.items()]
    )
    of_key = SelectField(_l("It is a part of"), validators=[Optional()])
    lag_days = IntegerField(
        _l("Days after the end of a month until its figures are complete"),
        default=30,
        validators=[InputRequired(DAYS), readable, NumberRange(0, 366, DAYS)],
    )
    guarded = BooleanField(_l("It counts people: fewer than %(few)s, or none, is never published", few=FEWEST_SHOWN))
    city_only = BooleanField(_l("It is counted for the whole city only, never for a place, as deaths are"))
    residents = IntegerField(
        _l("Of 100 residents of the city, how many belong to this group"),
        validators=[Optional(), readable, NumberRange(0, 100, PERCENT)],
    )
    counted_anyway = BooleanField(_l("It is counted with or without our effort, as the police and the 911 center do"))

    def __init__(self, others: Sequence[Measure], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._taken = {measure.key for measure in others}
        self._parts = {measure.key for measure in others if measure.of_key}
        self._policing = {measure.key for measure in others if measure.kind == MeasureKind.POLICING}
        choices = [SelectChoice(measure.key, measure.name[language()]) for measure in others]
        self.of_key.choices = [SelectChoice("", _l("None: it stands for itself")), *choices]

    def validate(self, extra_validators: Any = None) -> bool:
        super().validate(extra_validators)
        if not is_measure_key(self.key.data or ""):
            self.complain("key", NO_KEY)
        elif self.key.data in self._taken:
            self.complain("key", _("There is a measure with this name already."))
        if self.of_key.data in self._parts:
            self.complain("of_key", _("That measure is itself a part of another one."))
        if self.of_key.data in self._policing and self.kind.data != MeasureKind.POLICING:
            self.complain("kind", _("A part of arrests or stops is of the same kind: a group of people."))
        return not self.errors

    def shown(self, row: Measure) -> dict[str, Any]:
        return super().shown(row) | {"of_key": row.of_key or ""}

    @property
    def values(self) -> dict[str, Any]:
        values = super().values | {"of_key": self.of_key.data or None}
        # A group of arrests may be one person.
        return values | {"guarded": values["guarded"] or self.kind.data == MeasureKind.POLICING}


blueprint = AudienceBlueprint(
    "figures_measures",
    __name__,
    audience=members("evaluator", "community_lead"),
    url_prefix="/<lang:lang>/team/measures",
)


@blueprint.get("/")
def index() -> str:
    listed = counts.measures()
    return render_template(
        "indicators/measures.html",
        optional=counts.missing_sets(),
        groups=[(name, [measure for measure in listed if measure.kind == kind]) for kind, name in KIND_NAMES.items()],
        names={measure.key: measure.name for measure in listed},
        direction_names=DIRECTION_NAMES,
    )


@blueprint.post("/standard")
def seed() -> Response:
    return _added(counts.load_standard_measures())


@blueprint.post("/optional/<key>")
def add_set(key: str) -> Response:
    """Add a set of measures that only some cities have figures of."""
    return _added(counts.add_optional(key, current_user.id))


def _added(new: int) -> Response:
    words = ngettext("%(num)s measure was added.", "%(num)s measures were added.", new)
    flash(words if new else _("All of them are there already."), "success")
    return redirect(url_for("figures_measures.index"))


@blueprint.route("/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    return _answer(None)


@blueprint.route("/<key>", methods=["GET", "POST"])
def edit(key: str) -> ResponseReturnValue:
    return _answer(counts.measure_named(key))


def _answer(measure: Measure | None) -> ResponseReturnValue:
    form = MeasureForm([other for other in counts.measures() if other is not measure])
    if measure is not None:
        form.key.data = measure.key
    if not form.validate_row(measure) or names_hidden_place(form, current_user.id):
        return render_template("indicators/measure.html", form=form, measure=measure), form.http_status
    if measure is None:
        counts.define_measure(form.values, current_user.id)
        flash(_("The measure is added. Now its figures can be imported."), "success")
    else:
        counts.change_measure(measure, form.values, current_user.id)
        flash(_("Saved. What was published before stays as it was."), "success")
    return redirect(url_for("figures_measures.index"))
