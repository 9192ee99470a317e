"""Text files and dates of Alder Falls; dates are relative to today, so that the city never looks outdated."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from portal.core.clock import now, today, zone
from portal.core.i18n import Bilingual

TEXTS = Path(__file__).parent / "alder_falls"
PUBLISHED_AT = time(9, 0)


def read(name: str) -> dict[str, Any]:
    """Return the parsed contents of one text file."""
    return tomllib.loads((TEXTS / f"{name}.toml").read_text(encoding="utf-8"))


def on_weekday(earliest: date, weekday: int) -> date:
    """Return the first such day of the week from `earliest` on; 0 is Monday."""
    return earliest + timedelta(days=(weekday - earliest.weekday()) % 7)


def days_ago(days: int) -> date:
    """Return the date in the city this many days ago."""
    return today() - timedelta(days=days)


def morning(day: date) -> datetime:
    """Return nine o'clock on a day in the city, or midnight if nine is still to come."""
    at_nine = datetime.combine(day, PUBLISHED_AT, zone())
    return at_nine if at_nine <= now() else datetime.combine(day, time.min, zone())


def pair(texts: Mapping[str, str]) -> Bilingual:
    """Return a text of the files in both languages."""
    return Bilingual(en=texts["en"].strip(), es=texts["es"].strip())
