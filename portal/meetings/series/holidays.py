"""Days on which a meeting is perhaps not wanted: federal holidays, and those that the operator names."""

from __future__ import annotations

from datetime import date

from flask import current_app

from portal.core.i18n import Bilingual, language
from portal.meetings.series.rules import days_off
from portal.meetings.texts import HOLIDAYS
from portal.meetings.week import holiday_on


def holiday_name(day: date) -> str | None:
    """What a day is called on which many people are away, or None."""
    if federal := holiday_on(day):
        return str(HOLIDAYS[federal])
    for when, names in days_off(current_app.extensions["settings"].days_off):
        if when in (day.isoformat(), f"{day:%m-%d}"):
            return Bilingual(*names)[language()]
    return None
