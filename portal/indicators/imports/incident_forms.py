"""The forms for files of incidents: sending, saying what the columns hold, and what each type counts as."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import SelectChoice, SelectField
from wtforms.validators import NumberRange, Optional

from portal.core.editing import line
from portal.core.fields import IntegerField
from portal.core.forms import RoomForm, readable
from portal.indicators.areas.texts import month_words
from portal.indicators.imports.forms import SendForm
from portal.indicators.imports.models import Source
from portal.indicators.imports.rules.mapping import IGNORED, TOTAL_ONLY, Reading
from portal.indicators.imports.rules.missing import Fate, Missing
from portal.indicators.imports.texts import IGNORED_WORDS, ORDER_NAMES, TOTAL_ONLY_WORDS, UNDECIDED_WORDS
from portal.indicators.models import Measure

FILL_IN = _l("Please fill this in.")
EPSG = _l("Please write the number of a projection, from 1024 to 32767.")
COLUMNS = ("date", "kind", "x", "y", "block", "case")
WITHOUT = SelectChoice("", _l("None"))


class IncidentsForm(SendForm):
    """A file of incidents, from a source that is known or a new one."""

    source = SelectField(_l("Who publishes it"), validators=[Optional()])
    new_source = line(_l("Or somebody new: what do you call them"), 80)
    file = FileField(_l("File of incidents (CSV or XLSX)"))

    def __init__(self, sources: Sequence[Source], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.source.choices = [
            SelectChoice("", _l("Somebody new")),
            *(SelectChoice(str(one.id), one.name) for one in sources),
        ]

    def validate(self, extra_validators: Any = None) -> bool:
        super().validate(extra_validators)
        if not self.source.data and not self.new_source.data:
            self.new_source.errors = [FILL_IN]
        return not self.errors


class ColumnsForm(RoomForm):
    """What the columns hold and how days and places are written."""

    date = SelectField(_l("When it happened"))
    kind = SelectField(_l("What it was"))
    order = SelectField(
        _l("How days are written"), choices=[SelectChoice(one.value, name) for one, name in ORDER_NAMES.items()]
    )
    x = SelectField(_l("Where: x, easting or longitude"))
    y = SelectField(_l("Where: y, northing or latitude"))
    epsg = IntegerField(
        _l("Projection (EPSG number)"), validators=[Optional(), readable, NumberRange(1024, 32767, EPSG)]
    )
    block = SelectField(_l("Where: address by block"))
    case = SelectField(_l("Number of the case"))

    def __init__(self, head: Sequence[str], proposed: Reading | None = None, **kwargs: Any) -> None:
        data = {name: getattr(proposed, name) for name in (*COLUMNS, "order")} if proposed else {}
        if proposed and proposed.epsg:
            data["epsg"] = proposed.epsg
        super().__init__(data=data, **kwargs)
        for name in COLUMNS:
            self[name].choices = [WITHOUT, *(SelectChoice(said, said) for said in head)]

    def validate(self, extra_validators: Any = None) -> bool:
        super().validate(extra_validators)
        for name in ("date", "kind"):
            if not self[name].data:
                self[name].errors = [FILL_IN]
        if bool(self.x.data) != bool(self.y.data):
            (self.y if self.x.data else self.x).errors = [_l("Both are needed, or neither.")]
        elif not self.x.data and not self.block.data:
            self.block.errors = [_l("Please say where it was: x and y, or the address by block.")]
        elif self.x.data and not self.epsg.data and not self.epsg.errors:
            self.epsg.errors = [EPSG]
        return not self.errors

    @property
    def reading(self) -> Reading:
        """What was chosen. The form must be valid."""
        chosen: dict[str, Any] = {name: self[name].data or "" for name in (*COLUMNS, "order")}
        return Reading(**chosen, epsg=self.epsg.data or Reading.epsg)


class TypesForm(RoomForm):
    """What each type counts as, and which months the file covers whole. Fields are added by `types_form`."""

    first = SelectField(_l("First month that the file covers whole"))
    last = SelectField(_l("Last month that the file covers whole"))
    total = SelectField(_l("Every row is also one more of"))

    def fates(self, gone: Iterable[str]) -> dict[str, str]:
        """What becomes of the measures of which a type is missing, by their keys."""
        return {key: self[f"missing_{key}"].data for key in gone}

    def chosen(self, names: Sequence[str]) -> dict[str, str]:
        """What was said of each type, by its key."""
        return {type_name: self[f"type_{number}"].data or "" for number, type_name in enumerate(names)}


def types_form(
    names: Sequence[str],
    reading: Reading,
    known: Sequence[Measure],
    months: Sequence[date],
    gone: Mapping[str, Missing],
    lang: str,
) -> TypesForm:
    """The form for the types of a file, filled with what is known or proposed."""
    choices = [
        SelectChoice("", UNDECIDED_WORDS),
        *(SelectChoice(measure.key, measure.name[lang]) for measure in known),
        SelectChoice(TOTAL_ONLY, TOTAL_ONLY_WORDS),
        SelectChoice(IGNORED, IGNORED_WORDS),
    ]
    fields = {f"type_{number}": SelectField(name or "–", choices=choices) for number, name in enumerate(names)}
    measure_names = {measure.key: measure.name[lang] for measure in known}
    fields |= {
        f"missing_{key}": SelectField(measure_names[key], default=one.usual.value, choices=_fates(one))
        for key, one in gone.items()
    }
    made: type[TypesForm] = type("TypesOfFile", (TypesForm,), fields)
    said: Mapping[str, str] = reading.types
    data = {f"type_{number}": said.get(" ".join(name.casefold().split()), "") for number, name in enumerate(names)}
    form = made(data={**data, "total": reading.total})
    form.total.choices = [
        SelectChoice("", _l("None: only its type counts")),
        *(SelectChoice(one.key, one.name[lang]) for one in known),
    ]
    form.first.choices = form.last.choices = [SelectChoice(f"{month:%Y-%m}", month_words(month)) for month in months]
    return form


def _fates(one: Missing) -> list[SelectChoice]:
    counted = _l("Write 0 in every area and month") if one.is_whole else _l("Count it from its other types")
    return [
        SelectChoice(Fate.LEAVE.value, _l("Leave its figures as they are")),
        SelectChoice(Fate.COUNT.value, counted),
    ]


class SourceForm(SendForm):
    """A table of blocks with where each is."""

    file = FileField(_l("Table of blocks (CSV or XLSX)"))
