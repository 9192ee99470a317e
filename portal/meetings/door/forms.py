"""The form for counts that were made on paper."""

from __future__ import annotations

from functools import cache
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms.validators import NumberRange, Optional

from portal.core.fields import IntegerField
from portal.core.forms import RoomForm, readable
from portal.meetings.door.rules import COUNTERS, MOST
from portal.meetings.door.texts import counter_name


class SheetForm(RoomForm):
    """One field for each counter; an empty one counts nobody."""

    @property
    def counts(self) -> dict[str, int]:
        """What was typed."""
        return {name: self[field_of(name)].data for name in COUNTERS if self[field_of(name)].data}


def sheet_form(**given: Any) -> SheetForm:
    """The form, with a label for each counter in the language of the request."""
    form = _form()(**given)
    for name in COUNTERS:
        form[field_of(name)].label.text = counter_name(name)
    return form


def field_of(counter: str) -> str:
    """The field for a counter."""
    return counter.replace(".", "-")


@cache
def _form() -> type[SheetForm]:
    wrong = NumberRange(min=0, max=MOST, message=_l("Please write a number from 0 to %(max)s."))
    fields: dict[str, Any] = {}
    for name in COUNTERS:
        fields[field_of(name)] = IntegerField(name, validators=[Optional(), readable, wrong])
    return type("SheetForm", (SheetForm,), fields)
