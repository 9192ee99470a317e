"""The form for an agenda, with as many lines as are needed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms.validators import NumberRange, Optional

from portal.core.editing import EditorForm, english, line, spanish
from portal.core.fields import IntegerField
from portal.core.forms import readable
from portal.meetings.agenda.models import PointLine
from portal.meetings.agenda.rules import MOST_MINUTES, MOST_POINTS, Point, gaps
from portal.meetings.texts import MISSING

SPARE = 3


class AgendaForm(EditorForm):
    """Points in their order, in fields called `point1_en`, `point1_es`, `point1_minutes` and so on."""

    points: int

    @property
    def lines(self) -> tuple[PointLine, ...]:
        """What was typed, with the lines that stayed empty."""
        numbers = range(1, self.points + 1)
        return tuple(PointLine(self.pair(f"point{one}"), self[f"point{one}_minutes"].data) for one in numbers)

    def validate(self, extra_validators: Any = None) -> bool:
        """A point is there in both languages and with its length, or not at all."""
        whole: bool = super().validate(extra_validators)
        for name in gaps(self.lines):
            if not self[name].errors:
                self.complain(name, MISSING)
        return whole and not self.errors


def stored_form(points: Sequence[Point]) -> AgendaForm:
    """The form that holds what is stored, with room for more."""
    return _room_for(min(len(points) + SPARE, MOST_POINTS))(data=as_typed(points))


def posted_form(names: Iterable[str]) -> AgendaForm:
    """The form that was sent, with as many lines as it had; `names` are those of its fields."""
    sent = frozenset(names)
    return _room_for(sum(f"point{number}_en" in sent for number in range(1, MOST_POINTS + 1)))()


def as_typed(points: Sequence[Point]) -> dict[str, Any]:
    """An agenda as the fields of the form hold it."""
    typed: dict[str, Any] = {}
    for number, point in enumerate(points, 1):
        typed |= {f"point{number}_en": point.what.en, f"point{number}_es": point.what.es}
        typed[f"point{number}_minutes"] = point.minutes
    return typed


@cache
def _room_for(points: int) -> type[AgendaForm]:
    fields: dict[str, Any] = {"points": points}
    wrong = _l("Please write a number from 1 to %(max)s.", max=MOST_MINUTES)
    for number in range(1, points + 1):
        what = _l("Point %(number)s", number=number)
        fields[f"point{number}_en"] = line(english(what), 120)
        fields[f"point{number}_es"] = line(spanish(what), 120)
        fields[f"point{number}_minutes"] = IntegerField(
            _l("Minutes for point %(number)s", number=number),
            validators=[Optional(), readable, NumberRange(min=1, max=MOST_MINUTES, message=wrong)],
        )
    return type("AgendaForm", (AgendaForm,), fields)
