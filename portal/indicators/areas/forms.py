"""The forms in which the team says what is measured and where."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from werkzeug.datastructures import FileStorage
from wtforms import BooleanField, SelectChoice, SelectField
from wtforms.validators import InputRequired, NumberRange, Optional

from portal.core.editing import EditorForm, WholeForm, both, english, line, lines, spanish
from portal.core.fields import IntegerField
from portal.core.forms import Between, RoomForm, readable
from portal.core.i18n import language
from portal.indicators.areas.actions import Definition, Outline
from portal.indicators.areas.geometry import written
from portal.indicators.areas.rules import ADDABLE, LEAST_METERS, MOST_METERS
from portal.indicators.areas.texts import DIRECTION_NAMES, KEY_TAKEN, KIND_NAMES, NO_KEY, PART_NAMES, PART_OF_A_PART
from portal.indicators.models import Area, Measure
from portal.indicators.rules.measures import Part, is_measure_key
from portal.markets.map.importing import MOST_BOUNDARY_BYTES, NoBoundary, sent_area
from portal.markets.texts import NO_BOUNDARY

NAME, ABOUT, SOURCE, UNIT = _l("Name"), _l("What is counted and what is not"), _l("Who counts it"), _l("In what")
DAYS = _l("Please write a whole number from 0 to 366.")
MOST_PEOPLE = 100_000_000
PEOPLE = _l("Please write a whole number above 0, or nothing.")
TEXTS = ("name", "about", "source", "unit")


class MeasureForm(WholeForm):
    """A measure, in both languages."""

    PAIRS = TEXTS

    key = line(_l("Name for programs and tables"), 40)
    name_en, name_es = line(english(NAME), 80), line(spanish(NAME), 80)
    about_en, about_es = lines(english(ABOUT), 600), lines(spanish(ABOUT), 600)
    source_en, source_es = line(english(SOURCE), 120), line(spanish(SOURCE), 120)
    unit_en, unit_es = line(english(UNIT), 40), line(spanish(UNIT), 40)
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
    guarded = BooleanField(_l("It counts people: fewer than 10, or none, is never published"))
    counted_anyway = BooleanField(_l("It is counted with or without our effort, as the police and the 911 center do"))

    def __init__(self, others: Sequence[Measure], stored: Measure | None = None, **kwargs: Any) -> None:
        super().__init__(data=measure_as_typed(stored) if stored else None, **kwargs)
        self._taken = {one.key for one in others}
        self._parts = {one.key for one in others if one.of_key}
        choices = [SelectChoice(one.key, one.name[language()]) for one in others]
        self.of_key.choices = [SelectChoice("", _l("None: it stands for itself")), *choices]

    def validate(self, extra_validators: Any = None) -> bool:
        super().validate(extra_validators)
        if not is_measure_key(self.key.data or ""):
            self.complain("key", NO_KEY)
        elif self.key.data in self._taken:
            self.complain("key", KEY_TAKEN)
        if self.of_key.data in self._parts:
            self.complain("of_key", PART_OF_A_PART)
        return not self.errors

    @property
    def definition(self) -> Definition:
        """What was typed. The form must be valid."""
        return Definition(
            name=self.pair("name"),
            about=self.pair("about"),
            source=self.pair("source"),
            unit=self.pair("unit"),
            kind=self.kind.data,
            direction=self.direction.data,
            of_key=self.of_key.data or None,
            lag_days=self.lag_days.data,
            guarded=bool(self.guarded.data),
            counted_anyway=bool(self.counted_anyway.data),
        )


def measure_as_typed(measure: Measure) -> dict[str, Any]:
    """A measure as the fields of the form hold it."""
    values: dict[str, Any] = {}
    for name in TEXTS:
        values |= both(name, getattr(measure, name))
    plain = ("key", "kind", "direction", "lag_days", "guarded", "counted_anyway")
    return values | {name: getattr(measure, name) for name in plain} | {"of_key": measure.of_key or ""}


class AddAreaForm(RoomForm):
    """Which area is added."""

    part = SelectField(
        _l("Which area to add"), choices=[SelectChoice(part.value, PART_NAMES[part]) for part in ADDABLE]
    )


class AreaForm(EditorForm):
    """What an area is called, who lives there, and where it lies."""

    name_en, name_es = line(english(NAME), 80), line(spanish(NAME), 80)
    population = IntegerField(
        _l("How many people live there"), validators=[Optional(), readable, NumberRange(1, MOST_PEOPLE, PEOPLE)]
    )
    file = FileField(_l("Outline as a GeoJSON file"))
    ring_meters = IntegerField(
        _l("Or a ring so many meters wide"),
        validators=[Optional(), readable, Between(LEAST_METERS, MOST_METERS)],
    )
    geometry: str | None = None
    """What was sent, once the form is valid."""

    def __init__(self, area: Area, **kwargs: Any) -> None:
        data = both("name", area.name) | {"population": area.population}
        super().__init__(data=data, **kwargs)
        if area.part not in (Part.RING, Part.COMPARISON_RING):
            del self.ring_meters
        if area.part in (Part.PLACE, Part.CITY):
            del self.file

    def validate(self, extra_validators: Any = None) -> bool:
        super().validate(extra_validators)
        sent = self.file.data if "file" in self else None
        if isinstance(sent, FileStorage) and sent.filename:
            self._read(sent)
        return not self.errors

    def _read(self, sent: FileStorage) -> None:
        try:
            self.geometry = written(sent_area(sent.stream.read(MOST_BOUNDARY_BYTES + 1)))
        except NoBoundary as reason:
            self.complain("file", NO_BOUNDARY[reason.trouble])

    @property
    def outline(self) -> Outline:
        """What was typed. The form must be valid."""
        meters = self.ring_meters.data if "ring_meters" in self else None
        return Outline(self.pair("name"), self.population.data, self.geometry, meters)
