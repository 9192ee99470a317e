"""The plan of a study, its lock, the day of the call-in, and what was done otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, RadioField, SelectChoice, SelectMultipleField
from wtforms.validators import DataRequired, InputRequired
from wtforms.widgets import CheckboxInput, ListWidget

from portal.core.clock import today
from portal.core.editing import EditorForm, WholeForm, english, lines, spanish
from portal.core.fields import DateField, IntegerField
from portal.core.forms import Between, RoomForm, readable
from portal.indicators.evaluation.rules import plans
from portal.indicators.evaluation.rules.designs import MAY_BE_MAIN
from portal.indicators.evaluation.rules.plans import Plan
from portal.indicators.evaluation.texts import MODEL_NAMES
from portal.indicators.models import Area, Measure

FILL_IN = _l("Please fill this in.")
NOT_YET = _l("This day is in the future.")
WHAT, WHY = _l("What was done otherwise"), _l("Why")
ONE_MEASURE = _l("Please check at least one.")
ONE_PRIMARY = _l("Please choose exactly one, and one of those checked above.")
AREAS_NEEDED = {
    False: _l("The main model compares with similar areas. Check at least one, or choose another model."),
    True: _l("Comparing by placebos needs at least three similar areas."),
}


def _boxes(label: Any) -> SelectMultipleField:
    return SelectMultipleField(label, option_widget=CheckboxInput(), widget=ListWidget(prefix_label=False))


def _number(label: Any, least: int, most: int) -> IntegerField:
    return IntegerField(label, validators=[InputRequired(FILL_IN), readable, Between(least, most)])


class PlanForm(EditorForm):
    """What is fixed before anybody knows how it came out."""

    measures = _boxes(_l("What is looked at"))
    primary = RadioField(_l("Which one it is judged by"), validate_choice=False)
    comparison = _boxes(_l("Similar areas, where nothing was done"))
    with_ring = BooleanField(_l("Count the ring around the place too"))
    main_model = RadioField(_l("Which one gives the sentence"))
    months_before = _number(_l("Months before"), plans.SHORTEST_BEFORE, plans.LONGEST_BEFORE)
    months_after = _number(_l("Months after, at most"), plans.SHORTEST_AFTER, plans.LONGEST_AFTER)
    wash_out = _number(_l("Months left out"), 0, plans.LONGEST_WASH_OUT)
    harmonics = _number(_l("How closely seasons are followed"), 0, plans.MOST_HARMONICS)
    with_slope = BooleanField(_l("Let the trend change as well as the level"))

    def __init__(self, plan: Plan, measures: Sequence[Measure], areas: Sequence[Area], **kwargs: Any) -> None:
        super().__init__(data=plan_as_typed(plan), **kwargs)
        self._plan = plan
        self.measures.choices = [SelectChoice(one.key, str(one.name)) for one in measures]
        self.primary.choices = [SelectChoice(one.key, str(one.name)) for one in measures]
        self.comparison.choices = [SelectChoice(str(area.rank), area_name(area)) for area in areas]
        self.main_model.choices = [SelectChoice(str(one), MODEL_NAMES[str(one)]) for one in MAY_BE_MAIN]

    @property
    def plan(self) -> Plan:
        """The plan as it was typed."""
        return Plan(
            place=self._plan.place,
            measures=tuple(_chosen(self.measures)),
            comparison=tuple(int(rank) for rank in _chosen(self.comparison)),
            with_ring=bool(self.with_ring.data),
            main=self.main_model.data,
            months_before=self.months_before.data,
            months_after=self.months_after.data,
            wash_out=self.wash_out.data,
            harmonics=self.harmonics.data,
            with_slope=bool(self.with_slope.data),
            primary=self.primary.data or "",
        )

    def newer(self, stored: Plan) -> list[tuple[Any, str]]:
        """The fields in which somebody else saved something different, each with what is stored now."""
        values = plan_as_typed(stored)
        changed = [name for name, value in values.items() if self[name].data != value]
        return [(self[name], _in_words(self[name], values[name])) for name in changed]

    def validate(self, extra_validators: Any = None) -> bool:
        """A plan without gaps: half a plan decides nothing."""
        if not super().validate(extra_validators):
            return False
        gaps = plans.gaps(self.plan)
        if "measures" in gaps:
            self.complain("measures", ONE_MEASURE)
        if "primary" in gaps:
            self.complain("primary", ONE_PRIMARY)
        if "comparison" in gaps:
            self.complain("comparison", AREAS_NEEDED[self.main_model.data == "did:placebo"])
        return not self.errors


class LockForm(RoomForm):
    """What cannot be undone is said twice; `version` is the hash of the text that was on the page."""

    version = HiddenField()
    sure = BooleanField(
        _l("I have read the plan above. From now on nobody can change it"),
        validators=[DataRequired(_l("Please check this first. It cannot be undone."))],
    )


class DayForm(RoomForm):
    """When the call-in was."""

    delivered_on = DateField(_l("Day of the call-in"), validators=[readable, DataRequired(FILL_IN)])

    def validate(self, extra_validators: Any = None) -> bool:
        whole: bool = super().validate(extra_validators)
        if whole and self.delivered_on.data > today():
            self.delivered_on.errors = [NOT_YET]
        return not self.errors


class DeviationForm(WholeForm):
    """What was done otherwise than planned: it is shown, never hidden."""

    PAIRS = ("what", "why")

    done_on = DateField(_l("On which day"), validators=[readable, DataRequired(FILL_IN)])
    what_en, what_es = lines(english(WHAT)), lines(spanish(WHAT))
    why_en, why_es = lines(english(WHY)), lines(spanish(WHY))

    def validate(self, extra_validators: Any = None) -> bool:
        super().validate(extra_validators)
        if self.done_on.data and self.done_on.data > today():
            self.complain("done_on", NOT_YET)
        return not self.errors


class PrimaryForm(WholeForm):
    """Another measure to judge by than the locked plan says: a deviation with its reason."""

    PAIRS = ("reason",)

    primary = RadioField(_l("Judge by"), validators=[InputRequired(_l("Please choose one."))])
    reason_en, reason_es = lines(english(WHY)), lines(spanish(WHY))

    def __init__(self, measures: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.primary.choices = [SelectChoice(key, name) for key, name in measures]


def plan_as_typed(plan: Plan) -> dict[str, Any]:
    """A plan as the fields of the form hold it."""
    numbers = ("months_before", "months_after", "wash_out", "harmonics", "with_ring", "with_slope")
    typed = {name: getattr(plan, name) for name in numbers}
    typed |= {"main_model": plan.main, "primary": plan.primary}
    return typed | {"measures": list(plan.measures), "comparison": [str(rank) for rank in plan.comparison]}


def area_name(area: Area) -> str:
    """A comparison area for the team."""
    return str(area.name) or str(_l("Similar area %(number)s", number=area.rank))


def _chosen(field: SelectMultipleField) -> list[str]:
    """The choices that are checked, in the order of the list: the order of a plan is no choice."""
    return [choice.value for choice in field.choices if choice.value in (field.data or ())]


def _in_words(field: Any, value: Any) -> str:
    """What is stored in a field as people read it."""
    if isinstance(value, bool):
        return str(_l("Yes") if value else _l("No"))
    labels = {str(choice.value): str(choice.label) for choice in getattr(field, "choices", None) or ()}
    return ", ".join(labels.get(str(one), str(one)) for one in (value if isinstance(value, list) else [value]))
