"""How a place can stand, and the one rule for whether the public may know of it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum


class Status(StrEnum):
    MESSAGE_DELIVERED = "message_delivered"
    HOLDING = "holding"
    SLIPPING = "slipping"
    RECOVERING = "recovering"
    HELD_12 = "held_12"
    HELD_24 = "held_24"
    HELD_36 = "held_36"
    GRADUATED = "graduated"


STATUSES = tuple(status.value for status in Status)


def is_public(released_at: datetime | None, now: datetime) -> bool:
    """Whether the public may know of a place: only from the hour of its release on."""
    return released_at is not None and released_at <= now


def public_since(published_at: datetime | None, released_at: datetime | None) -> datetime | None:
    """Since when the public can know of something at a place: a date before the release would tell when work began."""
    if published_at is None or released_at is None:
        return published_at
    return max(published_at, released_at)
