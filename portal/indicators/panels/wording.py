"""How months, days, numbers and languages are written wherever a snapshot is read."""

from __future__ import annotations

from datetime import date

from flask_babel import format_date, format_decimal
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.core.i18n import language, percent
from portal.indicators.rules import months
from portal.indicators.snapshots.document import Value

LANGUAGE_NAMES = {"en": _l("in English"), "es": _l("in Spanish")}


def month_words(month: str) -> str:
    """A month of a snapshot in words: "March 2026"."""
    return str(format_date(months.read(month), "MMMM 'de' y" if language() == "es" else "MMMM y"))


def day_words(day: str) -> str:
    """A day of a snapshot in words."""
    return str(format_date(date.fromisoformat(day), "long"))


def value_words(value: Value) -> str:
    """A value as a table shows it."""
    if value is None:
        return "–"
    return str(_("not shown")) if value == "hidden" else str(format_decimal(value))


def percent_words(value: int | str | None) -> str:
    """A share as a table shows it."""
    return "–" if value is None else percent(str(value))
