"""How long a signed-in browser stays signed in, and how exactly we remember when it was last seen."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


@dataclass(frozen=True)
class Stay:
    """How long one may be away, and how long one may stay."""

    idle: timedelta = timedelta(minutes=45)
    whole: timedelta = timedelta(hours=12)
    second_factor: timedelta = timedelta(minutes=10)
    """How long there is, after the password, to give the second factor."""


STAY = Stay()


class Ending(StrEnum):
    """Why somebody must sign in again, as a key for the page."""

    IDLE = "idle"
    TOO_LONG = "too_long"
    UNFINISHED = "unfinished"


def ending(
    created_at: datetime, seen_at: datetime, second_factor_at: datetime | None, now: datetime, stay: Stay = STAY
) -> Ending | None:
    """Return why a sign-in has ended by `now`, or None while it lasts."""
    if second_factor_at is None and now - created_at >= stay.second_factor:
        return Ending.UNFINISHED
    if now - created_at >= stay.whole:
        return Ending.TOO_LONG
    return Ending.IDLE if now - seen_at >= stay.idle else None


def to_the_minute(moment: datetime) -> datetime:
    """Drop the seconds: a more exact record of who was at the desk when serves only somebody who matches records."""
    return moment.replace(second=0, microsecond=0)


def worth_noting(seen_at: datetime, now: datetime) -> bool:
    """Say whether `seen_at` should be written again; once a minute is enough and spares the database."""
    return to_the_minute(now) > seen_at
