"""What kinds of measures and areas there are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from enum import StrEnum


class MeasureKind(StrEnum):
    """Where the figures of a measure come from."""

    CRIME = "crime"
    """What the police recorded. Residents' reports are none of it, and are never drawn as crime."""
    CALLS = "calls"
    """Calls for service."""
    SURVEY = "survey"
    """Answers of residents to the questions of a survey."""
    SERVICE = "service"
    """Help that was offered and taken."""
    PORTAL = "portal"
    """How the portal and the people behind it keep their word."""


class Direction(StrEnum):
    """Which way is good."""

    DOWN = "down"
    UP = "up"
    NEITHER = "neither"


class AreaPart(StrEnum):
    """What an area is to the study of a place."""

    PLACE = "place"
    COMPARISON = "comparison"
    """Somewhere similar, where nothing was done."""
    RING = "ring"
    """Around the place: where dealing would move to."""
    COMPARISON_RING = "comparison_ring"
    CITY = "city"


class FileKind(StrEnum):
    """What a file of figures holds."""

    MONTHS = "months"
    """Monthly counts, as they are."""
    INCIDENTS = "incidents"
    """One row for each incident, counted here."""


KINDS = tuple(kind.value for kind in MeasureKind)
FILE_KINDS = tuple(kind.value for kind in FileKind)
DIRECTIONS = tuple(direction.value for direction in Direction)
PARTS = tuple(part.value for part in AreaPart)
LANGUAGES = ("", "en", "es")
"""Of a figure: of all, or of those who spoke one of them."""
CHANNELS = ("", "web", "sms", "paper")
"""Of a figure: of all, or of those that came one way."""


def is_measure_key(text: str) -> bool:
    """Whether programs can call a measure this."""
    return re.fullmatch(r"[a-z][a-z0-9_]{1,39}", text) is not None


def month_of(day: date) -> date:
    """The month of a day."""
    return day.replace(day=1)


def plus(month: date, months: int) -> date:
    """The month so many months later; earlier, if the number is negative."""
    year, place = divmod(month.year * 12 + month.month - 1 + months, 12)
    return date(year, place + 1, 1)


def between(first: date, last: date) -> int:
    """How many months after `first` is `last`; negative before it."""
    return (last.year - first.year) * 12 + last.month - first.month


def span(first: date, last: date) -> Iterator[date]:
    """Every month from `first` through `last`, in order."""
    return (plus(first, number) for number in range(between(first, last) + 1))


def written(month: date) -> str:
    """As programs read it: "2026-03" (ISO 8601)."""
    return f"{month:%Y-%m}"


def read(text: str) -> date:
    """The month written as "2026-03". Raises `ValueError` for anything else."""
    year, sign, month = text.partition("-")
    if not (sign and len(year) == 4 and len(month) == 2 and text.isascii() and (year + month).isdigit()):
        raise ValueError("not a month")
    return date(int(year), int(month), 1)


def is_complete(month: date, lag_days: int, day: date) -> bool:
    """Whether all of a month's figures were in on a day: they are, so many days after its last."""
    return plus(month, 1) + timedelta(days=lag_days) <= day
