"""What may go wrong with a calendar from elsewhere, and how long an address is left alone afterwards."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum


class Problem(StrEnum):
    """Why nothing was read; the words are in `texts`."""

    NO_ADDRESS = "no_address"
    NOT_HTTPS = "not_https"
    PASSWORD = "password"  # noqa: S105 - the name of a problem
    PORT = "port"
    NO_HOST = "no_host"
    NOT_PUBLIC = "not_public"
    NO_ANSWER = "no_answer"
    TOO_SLOW = "too_slow"
    CERTIFICATE = "certificate"
    REDIRECTS = "redirects"
    NOT_THERE = "not_there"
    NOT_ALLOWED = "not_allowed"
    BROKEN = "broken"
    TOO_LARGE = "too_large"
    PACKED = "packed"
    NO_CALENDAR = "no_calendar"
    TOO_MUCH = "too_much"


PROBLEMS = tuple(problem.value for problem in Problem)
EVERY = timedelta(hours=6)
LONGEST_PAUSE = timedelta(days=2)
IN_FULL = timedelta(days=30)
"""So often everything is read anew even if nothing changed on the other side: time goes on, and events repeat."""


def next_look(failures: int, now: datetime) -> datetime:
    """When an address is asked again: each time that it fails it is left alone for twice as long."""
    return now + min(EVERY * int(2 ** min(failures, 8)), LONGEST_PAUSE)


def must_read_in_full(read_at: datetime | None, now: datetime) -> bool:
    """Whether "nothing changed" would not be enough."""
    return read_at is None or now - read_at > IN_FULL
