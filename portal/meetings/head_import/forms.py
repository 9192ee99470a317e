"""The form that takes a table, and the one that says yes to what it would change."""

from __future__ import annotations

import json
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from werkzeug.datastructures import FileStorage
from wtforms import HiddenField

from portal.core.forms import RoomForm
from portal.meetings.head_import.rules import MOST_HEADS, MOST_LINES, Line
from portal.meetings.report_back.rules import SIDES
from portal.meetings.texts import MISSING


class TableForm(RoomForm):
    """A file."""

    table = FileField(_l("Table with the counts (CSV or XLSX)"))

    def validate(self, extra_validators: Any = None) -> bool:
        whole: bool = super().validate(extra_validators)
        if not isinstance(self.table.data, FileStorage) or not self.table.data.filename:
            self.table.errors = [MISSING]
        return whole and not self.errors

    @property
    def content(self) -> bytes:
        """What was sent."""
        return bytes(self.table.data.read())


class YesForm(RoomForm):
    """Carries what was shown; it comes back from a browser and is looked at again like any other table."""

    counts = HiddenField()
    mark = HiddenField()
    not_read = HiddenField()

    @property
    def lines(self) -> list[Line]:
        """The counts that were shown; none if they were tampered with."""
        try:
            given = json.loads(self.counts.data or "")
        except (ValueError, RecursionError):
            return []
        right = isinstance(given, dict) and len(given) <= MOST_LINES and all(map(_is_right, given.values()))
        return [Line(0, slug, heads) for slug, heads in given.items()] if right else []

    @property
    def sheets(self) -> list[str]:
        """The names of the sheets that were not read; none if they were tampered with."""
        try:
            given = json.loads(self.not_read.data or "")
        except (ValueError, RecursionError):
            return []
        return [name for name in given if isinstance(name, str)] if isinstance(given, list) else []


def packed(lines: list[Line]) -> str:
    """Counts as the form carries them."""
    return json.dumps({line.meeting: dict(line.heads) for line in lines})


def _is_right(heads: object) -> bool:
    if not isinstance(heads, dict) or not heads or not set(heads) <= set(SIDES):
        return False
    return all(type(count) is int and 0 <= count <= MOST_HEADS for count in heads.values())
