"""When each point of an agenda begins, and what keeps an agenda from being shown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Protocol, TypeVar

from portal.meetings.rules import Text

MOST_POINTS = 20
MOST_MINUTES = 600


class Point(Protocol):
    """A point of an agenda; a line of a form may hold nothing."""

    @property
    def what(self) -> Text: ...
    @property
    def minutes(self) -> int | None: ...


Some = TypeVar("Some", bound=Point)


def is_empty(point: Point) -> bool:
    """Whether nothing was typed into the line."""
    return not (point.what.en.strip() or point.what.es.strip() or point.minutes)


def gaps(points: Sequence[Point]) -> tuple[str, ...]:
    """What is missing, by the names of the fields: an agenda is shown at once, so it is whole in both languages."""
    found = []
    for number, point in enumerate(points, 1):
        if is_empty(point):
            continue
        found += [f"point{number}_{lang}" for lang in ("en", "es") if not getattr(point.what, lang).strip()]
        if not point.minutes:
            found.append(f"point{number}_minutes")
    return tuple(found)


def timed(points: Sequence[Some], starts_at: datetime) -> list[tuple[datetime, Some]]:
    """Each point with the moment in which it begins. Points have lengths, so that they move with their meeting."""
    begins, found = starts_at, []
    for point in points:
        found.append((begins, point))
        begins += timedelta(minutes=point.minutes or 0)
    return found


def too_long_by(points: Sequence[Point], starts_at: datetime | None, ends_at: datetime | None) -> int:
    """By how many minutes the agenda is longer than the meeting; nought when it fits or there is no time yet."""
    if starts_at is None or ends_at is None:
        return 0
    return max(0, sum(point.minutes or 0 for point in points) - int((ends_at - starts_at) / timedelta(minutes=1)))


def mark(points: Sequence[Point]) -> str:
    """Changes whenever somebody saves another agenda."""
    said = "\x00".join(f"{point.minutes}\x01{point.what.en}\x01{point.what.es}" for point in points)
    return blake2b(said.encode(), digest_size=8).hexdigest()
