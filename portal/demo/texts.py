"""The texts of Alder Falls, and its days, counted from today so that the city never grows old."""

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
    """One file of the city's texts."""
    return tomllib.loads((TEXTS / f"{name}.toml").read_text(encoding="utf-8"))


def on_weekday(earliest: date, weekday: int) -> date:
    """The first such day of the week from `earliest` on; 0 is Monday."""
    return earliest + timedelta(days=(weekday - earliest.weekday()) % 7)


def days_ago(days: int) -> date:
    """The date in the city so many days ago."""
    return today() - timedelta(days=days)


def morning(day: date) -> datetime:
    """Nine o'clock in the city, or the midnight before if it is not nine yet."""
    at_nine = datetime.combine(day, PUBLISHED_AT, zone())
    return at_nine if at_nine <= now() else datetime.combine(day, time.min, zone())


def pair(texts: Mapping[str, str]) -> Bilingual:
    """A text of the files, in both languages."""
    return Bilingual(en=texts["en"].strip(), es=texts["es"].strip())
