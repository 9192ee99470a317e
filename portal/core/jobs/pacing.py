"""The pure rules of pacing: a token bucket for each of our numbers, counted in segments, shared by priority.

Carriers limit the segments a second of each number. The provider queues what is beyond that, first in, first out; an
answer to a person in danger would then wait behind a newsletter. So we never hand in more than the carriers take.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from math import inf

BURST_SECONDS = 10
"""The bucket holds what the number may send in this time."""
LOAN_SECONDS = 10
"""Dialogue may use up what the number may send in this time ahead. What it borrows queues at the provider, and so would
an answer to a person in danger behind it."""
NO_WAIT = timedelta(0)
TINY = 1e-6
"""Levels are sums of floating point numbers."""


class Priority(IntEnum):
    """The order in which messages are sent when not all can be."""

    URGENT = 0
    """Answers to a person in danger: never wait, whatever the number has borrowed already."""
    DIALOGUE = 1
    """Opt-outs, codes, and answers to somebody who just wrote."""
    NOTICE = 2
    """Reminders and changes that concern this person."""
    ANNOUNCEMENT = 3
    """The same words to many."""


@dataclass(frozen=True)
class Bucket:
    """The segments that a number may send now; negative while answers have borrowed."""

    level: float
    at: datetime


def capacity(rate: float) -> float:
    """Return the most segments that a bucket holds at a rate in segments a second."""
    return max(1.0, rate * BURST_SECONDS)


def refilled(bucket: Bucket, rate: float, now: datetime) -> Bucket:
    """Return the bucket as it is now; a clock that went back adds nothing."""
    seconds = max(0.0, (now - bucket.at).total_seconds())
    return Bucket(min(capacity(rate), bucket.level + rate * seconds), max(now, bucket.at))


def take(bucket: Bucket, rate: float, now: datetime, segments: int, priority: Priority) -> tuple[Bucket, timedelta]:
    """Take segments from a bucket; return the new bucket, and `NO_WAIT` or the time after which to try again.

    Announcements leave half of the bucket to others. A message larger than the bucket is admitted when that is full.
    """
    filled = refilled(bucket, rate, now)
    missing = _least(rate, segments, priority) - filled.level
    if missing <= TINY:
        return Bucket(filled.level - segments, filled.at), NO_WAIT
    return filled, timedelta(seconds=missing / rate)


def _least(rate: float, segments: int, priority: Priority) -> float:
    """Return the level at which a message is admitted."""
    match priority:
        case Priority.URGENT:
            return -inf
        case Priority.DIALOGUE:
            return min(segments - rate * LOAN_SECONDS, capacity(rate))
        case Priority.NOTICE:
            return min(segments, capacity(rate))
        case _:
            return min(segments + capacity(rate) / 2, capacity(rate))
