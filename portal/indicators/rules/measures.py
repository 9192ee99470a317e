"""What kinds of measures and areas there are."""

from __future__ import annotations

import re
from enum import StrEnum


class Kind(StrEnum):
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


class Part(StrEnum):
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


KINDS = tuple(kind.value for kind in Kind)
FILE_KINDS = tuple(kind.value for kind in FileKind)
DIRECTIONS = tuple(direction.value for direction in Direction)
PARTS = tuple(part.value for part in Part)
LANGUAGES = ("", "en", "es")
"""Of a figure: of all, or of those who spoke one of them."""
CHANNELS = ("", "web", "sms", "paper")
"""Of a figure: of all, or of those that came one way."""


def is_measure_key(text: str) -> bool:
    """Whether programs can call a measure this."""
    return re.fullmatch(r"[a-z][a-z0-9_]{1,39}", text) is not None
