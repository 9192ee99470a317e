"""The forms that take files of figures, and that say yes to what they would change."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from werkzeug.datastructures import FileStorage
from wtforms import BooleanField, HiddenField

from portal.core.forms import RoomForm

NO_FILE = _l("Please choose a file.")


class SendForm(RoomForm):
    """A form with a file that must be there."""

    def validate(self, extra_validators: Any = None) -> bool:
        whole: bool = super().validate(extra_validators)
        if not isinstance(self["file"].data, FileStorage) or not self["file"].data.filename:
            self["file"].errors = [NO_FILE]
        return whole and not self.errors


class MonthsForm(SendForm):
    """A table of monthly counts."""

    file = FileField(_l("Table with monthly counts (CSV or XLSX)"))


class YesForm(RoomForm):
    """Says which figures were shown as those that stand there now."""

    mark = HiddenField()
    over = BooleanField(_l("Yes, replace what came from elsewhere"))

    def may_replace(self, *, needed: bool) -> bool:
        """Whether figures that came from elsewhere may be replaced, where some would be."""
        if needed and not self.over.data:
            self.over.errors = [_l("Please check this first: figures of another source would be replaced.")]
        return not self.errors
