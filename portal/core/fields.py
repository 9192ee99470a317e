"""Fields for days, hours and numbers that stop at what cannot be read.

A validator, also one of the form itself (`validate_…`), is then never called with nothing, and the person hears once
what was wrong.
"""

from __future__ import annotations

from typing import Any

import wtforms
from flask_babel import gettext as _
from wtforms.validators import StopValidation

YEARS = range(1900, 2200)
"""Outside of these a slip of the pen is certain, and sums with days have no answer."""


class _Readable:
    data: Any
    raw_data: list[Any] | None
    process_errors: list[Any]

    def pre_validate(self, _form: Any) -> None:
        if self.process_errors and any(str(typed).strip() for typed in self.raw_data or ()):
            raise StopValidation
        if self.process_errors:
            # Only spaces: as if nothing had been typed, which `InputRequired` and `Optional` have their own words for.
            self.raw_data = [""]


class DateField(_Readable, wtforms.DateField):
    """A day."""

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata(valuelist)
        if self.data is not None and self.data.year not in YEARS:
            self.data = None
            raise ValueError(_("There is no such day. Please choose one."))


class TimeField(_Readable, wtforms.TimeField):
    """A time of day."""


class IntegerField(_Readable, wtforms.IntegerField):
    """A whole number."""


class FloatField(_Readable, wtforms.FloatField):
    """A number."""
